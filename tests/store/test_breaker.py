"""When a service that fails is asked, and when not."""

from __future__ import annotations

import pytest

from reel.buckets.breaker import FAILURES_IN_ROW, OPEN_SECONDS, Breaker
from reel.errors import Internal, Transient


class Service:
    """A service behind a breaker, at a time that is set."""

    def __init__(self) -> None:
        self.now, self.asked = 100.0, 0
        self.breaker = Breaker("s3://reel", lambda: self.now)

    def ask(self, error: Exception | None = None) -> str:
        """What came of a call: `answered`, `failed`, or `refused` where the service was not even asked."""
        before = self.asked
        try:
            with self.breaker.guarded():
                self.asked += 1
                if error:
                    raise error
        except (Transient, Internal):
            return "failed" if self.asked > before else "refused"
        return "answered"


DOWN = Transient.at("x", "down")


def test_it_is_asked_until_several_in_a_row_have_failed() -> None:
    service = Service()
    assert [service.ask(DOWN) for _ in range(FAILURES_IN_ROW + 2)] == ["failed"] * FAILURES_IN_ROW + ["refused"] * 2


@pytest.mark.parametrize("answer", [None, Internal.at("x", "no such thing")])
def test_any_answer_in_between_begins_the_count_again(answer: Exception | None) -> None:
    service = Service()
    for _ in range(3):
        assert {service.ask(DOWN) for _ in range(FAILURES_IN_ROW - 1)} == {"failed"}
        service.ask(answer)


@pytest.mark.parametrize(("error", "then"), [(None, "answered"), (DOWN, "refused")])
def test_after_a_while_one_sees_whether_it_is_back(error: Exception | None, then: str) -> None:
    service = Service()
    for _ in range(FAILURES_IN_ROW):
        service.ask(DOWN)
    service.now += OPEN_SECONDS
    assert (service.ask(error), service.ask()) == ("failed" if error else "answered", then)


def test_while_one_looks_the_others_wait() -> None:
    service = Service()
    for _ in range(FAILURES_IN_ROW):
        service.ask(DOWN)
    service.now += OPEN_SECONDS
    with service.breaker.guarded():
        assert service.ask() == "refused"
    assert service.ask() == "answered"


def test_the_refusal_names_the_service() -> None:
    service = Service()
    for _ in range(FAILURES_IN_ROW):
        service.ask(DOWN)
    with pytest.raises(Transient, match=r"s3://reel: failed 8 times in a row"), service.breaker.guarded():
        pass
