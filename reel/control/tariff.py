"""What a generation costs in credits: by the prices of processors and of what is kept, and by a share of what was made before.

Credits are off unless `REEL_CREDITS` is on: installations that do not sell put nothing aside and charge nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from reel.catalogue import StepRecord, millionths
from reel.plan.estimate import Basis, Estimate, Prices, class_of
from reel.plan.step import Plan, Step, seconds_by_step
from reel.settings import Settings

ANY = "*"
"""In the table of what reused steps cost: any operation that has no line of its own."""


@dataclass(frozen=True)
class Tariff:
    """How much is asked for what. All results are millionths of a credit, and at least one: what is paid for has a price."""

    prices: Prices
    reused: Mapping[str, float]
    """Share of its processors' price that a step costs which was made before, by operation; nothing where neither it nor `*` is
    there."""
    usual: int
    """What is put aside where nothing is known yet."""

    def foretold(self, plan: Plan, made: Collection[str], expected: Estimate, basis: Basis) -> int:
        """What a plan is to cost at most, in nine cases of ten."""
        found = [step for step in plan.steps if step.key in made]
        weights = seconds_by_step(found)

        def seconds(step: Step) -> float:
            return weights[step.key] * basis.history.pace(class_of("cpu", step, basis.machine)).factor

        reused = sum(self._share(step.kind) * seconds(step) for step in found)
        return self._price(expected.cpu_seconds_p90 + reused, expected.bytes_p90)

    def estimated(self, expected: Estimate) -> int:
        """The same of an estimate alone: what was made before is not in it."""
        return self._price(expected.cpu_seconds_p90, expected.bytes_p90)

    def of(self, steps: Iterable[StepRecord]) -> int:
        """What steps cost, as they went."""
        cpu, size = 0.0, 0
        for step in steps:
            cpu += step.cpu_seconds * (self._share(step.operation) if step.reused else 1.0)
            size += 0 if step.reused else step.bytes
        return self._price(cpu, size)

    def _share(self, operation: str) -> float:
        return self.reused.get(operation, self.reused.get(ANY, 0.0))

    def _price(self, cpu_seconds: float, size: float) -> int:
        return max(1, millionths(self.prices.of(cpu_seconds, size) or 0.0))


def tariff_of(settings: Settings) -> Tariff | None:
    """The tariff that the settings name; null where credits are off."""
    if not settings.credits:
        return None
    prices = Prices(processor_second=settings.price_processor_second, stored_gigabyte=settings.price_stored_gigabyte)
    return Tariff(prices, settings.price_reused, max(1, millionths(settings.credits_reserved)))


Usual = Callable[[str], int | None]
"""What generations of a kind cost of late; null where none is known."""


def put_aside(tariff: Tariff | None, kind: str, usual: Usual, expected: Estimate | None = None) -> int:
    """What is put aside for an order: by its estimate, else by what such orders cost of late; 0 where credits are off."""
    if tariff is None:
        return 0
    if expected is not None:
        return tariff.estimated(expected)
    known = usual(kind)
    return tariff.usual if known is None else known
