"""What webhooks say: addresses that work when they come, the request's own metadata, failures in our words; and webhooks
that a request names for itself."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from reel.catalogue import Catalogue, Generation, NewDeadLetter, NewGeneration
from reel.control import telling
from reel.control.ledger import Ledger
from reel.control.orders import order_of, ordered
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.report import OutputFile, Report
from reel.request.terms import Terms
from reel.settings import settings
from tests.control.receiving import Clock, Receiver, deliver_due, drain, endpoint, serving
from tests.report.reports import report
from tests.s3 import CREDENTIALS, s3_server
from tests.settings_table import PAGE
from tests.waiting import wait_for

NOTES = {"order": "A-1047", "lines": [1, 2], "location": "s3://reel/secret"}
REQUEST: dict[str, Any] = {"kind": "mixer", "clips": ["a.mp4"], "metadata": NOTES}
TERMS = Terms(tenant="acme", project="spring", idempotency_key="order-17")
BYTES = b"a video of no account"


def order(catalogue: Catalogue, *, terms: Terms = TERMS, **changes: Any) -> Ledger:
    """A generation that is about to be done, or to fail."""
    with catalogue.tenant("acme") as records:
        generation, _ = ordered(records, order_of({**REQUEST, **changes}, terms))
        for status in ("fetching", "rendering", "saving"):
            records.move(generation.id, status)
    return Ledger(catalogue, terms, generation.id)


def delivered_at(place: str) -> Report:
    """The report of a video with its poster, which lie at a place."""
    made = report(1)
    files = tuple(
        OutputFile(name=file.name, path=f"{place}/{file.name}", bytes=len(BYTES), sha256=file.sha256)
        for file in made.outputs[0].files
    )
    return made.model_copy(update={"outputs": (made.outputs[0].model_copy(update={"files": files}),)})


def last(receiver: Receiver) -> Any:
    """What the last event said."""
    return json.loads(receiver.got[-1][1])["data"]


def at(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def test_files_on_a_disk_are_told_by_their_addresses(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, tmp_path: Path
) -> None:
    endpoint(catalogue, receiver.url)
    for name in ("variant-001.mp4", "variant-001/poster.jpg", "report.json", "report.html"):
        (tmp_path / "out ü" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out ü" / name).write_bytes(name.encode())
    order(catalogue).done(delivered_at(str(tmp_path / "out ü")), 0)
    deliver_due(catalogue, clock)
    data = last(receiver)
    (output,) = data["outputs"]
    assert (output["name"], output["duration"], output["bytes"]) == ("variant-001.mp4", 10.0, len(BYTES))
    told = [output, output["poster"], data["report"], data["report_page"]]
    assert [at(each["url"]).decode() for each in told] == [
        "variant-001.mp4",
        "variant-001/poster.jpg",
        "report.json",
        "report.html",
    ]
    assert [each["expires"] for each in told] == [None] * 4
    assert data["metadata"] == NOTES, "as it was given: what looks like a place of ours gets no address"
    assert (data["project"], data["idempotency_key"], data["status"]) == ("spring", "order-17", "done")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> Iterator[str]:
    """A place in a bucket of a real server, with the files of a generation."""
    with s3_server(tmp_path / "s3") as server:
        for name, value in {**CREDENTIALS, "REEL_S3_ENDPOINT": server.endpoint}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        server.make_bucket("reel")
        for name in ("variant-001.mp4", "variant-001/poster.jpg", "report.json"):
            server.client().put_object(Bucket="reel", Key=f"out/acme/ü 1/{name}", Body=BYTES)
        yield "s3://reel/out/acme/ü 1"


def test_a_late_attempt_sends_an_address_that_works(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one of the first attempt, which was not taken, is of no use any more by then."""
    receiver.answer = lambda number: 500 if number == 1 else 200
    with catalogue.tenant("acme") as records:
        records.add_endpoint(receiver.url, ["generation.done"])
    order(catalogue).done(delivered_at(bucket), 0)
    monkeypatch.setattr(telling, "ADDRESS_LIFE", timedelta(seconds=1))
    deliver_due(catalogue, clock)
    (early,) = last(receiver)["outputs"]

    def is_over() -> bool:
        try:
            return not at(early["url"])
        except urllib.error.HTTPError as error:
            return error.code == 403

    wait_for(is_over, "the end of the first address")
    monkeypatch.setattr(telling, "ADDRESS_LIFE", timedelta(days=1))
    clock.now += timedelta(hours=30)
    deliver_due(catalogue, clock)
    (late,) = last(receiver)["outputs"]
    assert at(late["url"]) == at(late["poster"]["url"]) == at(last(receiver)["report"]["url"]) == BYTES
    assert late["location"] == f"{bucket}/variant-001.mp4"
    assert late["expires"] == (clock.now + timedelta(days=1)).isoformat(timespec="seconds")
    assert len(set(receiver.ids())) == 1


def test_a_failure_is_told_in_our_words(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    endpoint(catalogue, receiver.url)
    ledger = order(catalogue)
    # A name of a file may hold bytes that are no UTF-8.
    ledger.failed(
        BadMedia(Problem("clips[0].asset", "is empty: \udcff", "name another"), Problem("clips[1]", "is cut"))
    )
    ledger.failed(BadMedia.at("clips[0].asset", "is empty, told twice"))
    drain(catalogue, clock)
    with catalogue.tenant("acme") as records:
        (letter,) = records.dead_letters()
    assert receiver.types() == ["queued", "started", "failed"]
    error = last(receiver)["error"]
    assert (error["class"], error["dead_letter"]) == ("bad media", letter.id)
    assert error["problems"][1] == {"place": "clips[1]", "what": "is cut", "remedy": ""}
    assert "clips[0].asset: is empty" in error["message"]
    assert last(receiver)["metadata"] == NOTES


def test_the_example_on_the_page_is_what_is_sent(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    endpoint(catalogue, receiver.url)
    order(catalogue).done(delivered_at("/out"), 0)
    with catalogue.tenant("acme") as records:
        other, _ = records.add(NewGeneration(kind="mixer", request={}))
        records.fail(BadMedia.at("a", "b"), NewDeadLetter(generation=other.id, error_class="bad media"))
    drain(catalogue, clock)
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)]
    sent = [json.loads(body) for _, body in receiver.got]
    for example in examples:
        (event,) = [each for each in sent if each["type"] == example["type"]]
        assert form(example) == form(event)
    assert [example["type"] for example in examples] == ["generation.done", "generation.failed"]


def form(document: Any) -> Any:
    """The names in a document, without what its user put there."""
    if isinstance(document, dict):
        return {name: form(value) if name != "metadata" else "" for name, value in document.items()}
    return [form(part) for part in document[:1]] if isinstance(document, list) else ""


def allow(catalogue: Catalogue, *hosts: str) -> str:
    """Let requests of the tenant name these hosts; the secret that signs what they are sent."""
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme", webhook_hosts=hosts)
    with catalogue.tenant("acme") as records:
        return records.endpoint_of_requests()[0].secret


def test_a_request_hears_of_itself_once_and_in_order(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    secret = allow(catalogue, "127.0.0.1")
    mine = order(catalogue, webhook={"url": f"{receiver.url}?order=17"})
    mine.done(delivered_at("/out"), 0)
    other = Terms(tenant="acme", idempotency_key="other")
    with catalogue.tenant("acme") as records:
        ordered(records, order_of(REQUEST, other))
    receiver.answer = lambda number: 500 if number == 2 else 200
    drain(catalogue, clock)
    assert receiver.types() == ["queued", "started", "started", "done"]
    assert len(set(receiver.ids())) == 3
    for headers, body in receiver.got:
        moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        assert headers["webhook-signature"] == Webhook(secret).sign(headers["webhook-id"], moment, body.decode())
        assert json.loads(body)["data"]["generation"] == mine.generation


def test_a_request_hears_what_it_asked_for_besides_the_tenants_own_endpoints(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, open_networks: Callable[..., None]
) -> None:
    with serving(own := Receiver()):
        open_networks(receiver.port, own.port)
        endpoint(catalogue, receiver.url)
        allow(catalogue, "127.0.0.1")
        webhook = {"url": own.url, "events": ["generation.done", "generation.failed"]}
        order(catalogue, webhook=webhook).done(delivered_at("/out"), 0)
        drain(catalogue, clock)
        assert own.types() == ["done"]
        assert receiver.types() == ["queued", "started", "done"]
        assert own.ids() != receiver.ids()[-1:], "each message has a name of its own"


@pytest.mark.parametrize(
    ("hosts", "url", "says"),
    [
        ((), "https://shop.example/h", "reel tenant set acme --webhook-hosts` allows none"),
        (("*.shop.example",), "https://shop.example/h", "the host shop.example is not allowed"),
        (("*.shop.example",), "https://a.shop.example.evil.example/h", "a.shop.example.evil.example is not allowed"),
        (("shop.example",), "https://shop.example:22/h", "uses port 22 (REEL_WEB_PORTS allows 80, 443)"),
        (("127.0.0.1",), "http://127.0.0.1/h", "is not on the public internet"),
        (("2130706433",), "http://2130706433/h", "REEL_PRIVATE_NETWORKS"),
        (("shop.example",), "https://evil.example#@shop.example/h", "the host evil.example is not allowed"),
    ],
)
def test_what_its_tenant_may_not_name_is_refused_when_it_is_asked_for(
    catalogue: Catalogue, hosts: tuple[str, ...], url: str, says: str
) -> None:
    allow(catalogue, *hosts)
    with pytest.raises(InvalidRequest) as refused:
        order(catalogue, webhook={"url": url})
    assert says in str(refused.value)
    assert refused.value.problems[0].place == "webhook.url"
    with catalogue.tenant("acme") as records:
        assert records.generations() == [], "nothing is queued"


def test_what_the_tenant_may_name_is_queued(catalogue: Catalogue) -> None:
    allow(catalogue, "*.Shop.example.", "hooks.example")
    for number, host in enumerate(("a.shop.example", "A.B.SHOP.example", "hooks.example.")):
        with catalogue.tenant("acme") as records:
            new = order_of({**REQUEST, "webhook": {"url": f"https://{host}/h"}}, Terms(tenant="acme", slot=str(number)))
            assert ordered(records, new)[1]


def test_a_host_that_is_allowed_no_more_is_sent_nothing(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    allow(catalogue, "127.0.0.1")
    ledger = order(catalogue, webhook={"url": receiver.url})
    allow(catalogue, "shop.example")
    deliver_due(catalogue, clock)
    assert receiver.got == []
    with catalogue.tenant("acme") as records:
        assert "--webhook-hosts` allows shop.example" in (records.events(ledger.generation)[0].last_error or "")


def test_hosts_that_hang_delay_no_other_requests(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, hanging: Receiver
) -> None:
    """Requests of one tenant, whose webhooks are on two hosts: each has lanes of its own, and all of one host share them."""
    from reel.control.webhooks import LANE_WIDTH, Sender

    allow(catalogue, "127.0.0.1", "localhost")
    for number in range(2 * LANE_WIDTH):
        url = f"http://localhost:{hanging.port}/{number}"
        order_once(catalogue, f"slow-{number}", {"url": url})
    order_once(catalogue, "quick", {"url": receiver.url})
    sender = Sender(catalogue, clock)
    sender.begin()
    wait_for(lambda: receiver.got, "the quick one's event")
    sender.begin()
    assert len(hanging.got) <= LANE_WIDTH
    hanging.hold.set()
    sender.wait()


def order_once(catalogue: Catalogue, key: str, webhook: dict[str, Any]) -> Generation:
    with catalogue.tenant("acme") as records:
        terms = Terms(tenant="acme", idempotency_key=key)
        return ordered(records, order_of({**REQUEST, "webhook": webhook}, terms))[0]


def test_one_that_is_gone_ends_no_other_requests_webhook(
    catalogue: Catalogue, receiver: Receiver, clock: Clock
) -> None:
    allow(catalogue, "127.0.0.1")
    receiver.answer = lambda number: 410 if number == 1 else 200
    order_once(catalogue, "gone", {"url": f"{receiver.url}/gone", "events": ["generation.queued"]})
    deliver_due(catalogue, clock)
    order_once(catalogue, "there", {"url": receiver.url})
    drain(catalogue, clock)
    assert receiver.types() == ["queued", "queued"]


def test_a_replay_is_told_as_what_it_replays(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    allow(catalogue, "127.0.0.1")
    ledger = order(catalogue, webhook={"url": receiver.url})
    ledger.failed(BadMedia.at("a", "b"))
    with catalogue.tenant("acme") as records:
        again = records.replay(records.dead_letters()[0].id)
    drain(catalogue, clock)
    told = [json.loads(body)["data"] for _, body in receiver.got]
    assert [each["metadata"] for each in told] == [NOTES] * 4
    assert [each["status"] for each in told if each["generation"] == again.id] == ["queued"]


def test_an_order_by_a_template_is_told_with_its_data() -> None:
    card = {
        "kind": "template",
        "variables": {"SKU": {"type": "text"}},
        "data": {"SKU": "x-1"},
        "metadata": {"sku": "{{SKU}}"},
        "webhook": {"url": "https://shop.example/{{SKU}}"},
        "timeline": "not looked at",
    }
    new = order_of(card, TERMS)
    assert new.request_metadata == {"sku": "x-1"}
    assert new.webhook == {"url": "https://shop.example/x-1", "events": None}
