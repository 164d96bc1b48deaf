"""What segments with alpha are laid on to be proven."""

from __future__ import annotations

from collections.abc import Iterator

from reel.plan.operations import ProvePicture


def grounds(operation: ProvePicture) -> Iterator[tuple[ProvePicture, int | None]]:
    """What a segment is held against, and the luma of the ground that it is laid on for that; null: it hides all."""
    if not operation.alpha:
        yield operation, None
        return
    for colour, luma in (("#000000", 16), ("#ffffff", 235)):
        timeline = operation.timeline.model_copy(update={"background": colour})
        yield operation.model_copy(update={"timeline": timeline}), luma
