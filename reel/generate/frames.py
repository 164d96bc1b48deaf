"""What a request would look like, before it is made: one frame, or a sheet of several, by the same steps as the video.

    frame = frame_of({"kind": "template", ...}, Look(frame=2.5), worker)
    frame.picture                               # a JPEG

What was made is kept by content, as all steps are: the same frame of the same request takes no step again, and a frame of a
request that changed elsewhere shares what is alike.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from reel.control.ledger import this_catalogue
from reel.control.naming import settled
from reel.errors import Cancelled, InvalidRequest, Transient
from reel.find.kept import titled_errors
from reel.generate.progress import Progress
from reel.generate.render import plan as plan_of
from reel.generate.run import run_plan
from reel.make.worker import Worker
from reel.plan.shares import part_of
from reel.request.look import Look
from reel.retry import mended

NOWHERE = Path("/nonexistent")
"""What relative paths count from, where whoever asks has no folder here."""


@dataclass(frozen=True)
class Frame:
    """A picture of what would be made."""

    picture: bytes
    """JPEG."""
    key: str
    """Of the step that made it: another picture has another key."""
    warnings: tuple[str, ...] = ()


def frame_of(
    document: Mapping[str, Any], look: Look, worker: Worker, base: Path = NOWHERE, seconds: float | None = None
) -> Frame:
    """A picture of what a request makes for the worker's tenant.

    Errors: `reel.errors`; `InvalidRequest` and `BadMedia` as of the request itself, `Transient` where it takes more `seconds`.
    """
    with this_catalogue().tenant(worker.tenant, only_reads=True) as records:
        full = settled(document, records)
    asked = _asking_for(full, look)
    with titled_errors(worker.tenant), _Limit(worker.for_run(), seconds) as limited:
        return mended(lambda: _made(asked, look.variant, limited, base))


def _made(asked: Mapping[str, Any], variant: int, worker: Worker, base: Path) -> Frame:
    # Without what proves it: that is for what is delivered.
    plan = plan_of(asked, base=base, worker=worker, proven=False)
    output = next((each for each in plan.outputs if each.variant == variant), None)
    if output is None:
        raise InvalidRequest.at("variant", f"there is no variant {variant}", "the request makes fewer")
    part = part_of(plan, [output.step])
    made = run_plan(part, worker, Progress(part))[output.step].artefact
    return Frame(worker.store.open(made, output.file).read_bytes(), output.step, plan.warnings)


def _asking_for(document: Mapping[str, Any], look: Look) -> Mapping[str, Any]:
    """A request for the picture instead of the video; of variants, no more than are needed to come to the one that is shown."""
    still = {"contact_sheet": look.pictures} if look.pictures else {"frame": float(look.frame or Fraction(0))}
    asked = {**document, "preview": {**still, "scale": look.scale}}
    return {**asked, "variants": look.variant} if "variants" in document or look.variant > 1 else asked


class _Limit(AbstractContextManager[Worker]):
    """A worker whose work is called off after a while."""

    def __init__(self, worker: Worker, seconds: float | None) -> None:
        self._worker, self._seconds = worker, seconds
        self._timer = threading.Timer(seconds or 0, worker.cancelled.set)

    def __enter__(self) -> Worker:
        if self._seconds is not None:
            self._timer.daemon = True
            self._timer.start()
        return self._worker

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if isinstance(error, Cancelled):
            what = f"took more than {self._seconds:g} s"
            raise Transient.at("frame", what, "ask again: what was made of it by now is kept") from error
