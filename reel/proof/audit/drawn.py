"""Whether what is drawn for a layer is what its clip asks for: bitmaps, and loops of the library."""

from __future__ import annotations

from reel.plan.operations import AnyOperation, DrawnBitmap, DrawnLoop, ImageBitmap, TextBitmap
from reel.proof.audit.cuts import AuditContext, wrong_stream
from reel.proof.seen import Seen, is_covered, never_leaves_its_area
from reel.rectangles import Rectangle, around
from reel.timeline import Area, DrawnContent, Framing, ImageContent, TextContent, TextStyle

ROUNDING = 2
"""Pixels by which an area may differ for the sake of even numbers."""


def _is_framed(planned: Framing, asked: Framing, grown: float, area: Area) -> bool:
    """Whether a bitmap that is larger than its area by a factor shows what is asked for there: pixels of the picture that are
    seen one by one (`none`), and a blur (`contain-blur`), grow with it."""
    has_measure = asked.fit in ("none", "contain-blur")
    due = asked.unit * (grown if has_measure else 1)
    off = abs(planned.unit / due - 1) * min(area.width, area.height)
    return off <= ROUNDING and planned.model_copy(update={"unit": asked.unit}) == asked


def wrong_bitmap(bitmap: AnyOperation, area: Area, framing: Framing, seen: Seen, known: AuditContext) -> str | None:
    """What is wrong with the bitmap that is planned for a clip; null where nothing is."""
    content = seen.clip.content
    if not isinstance(bitmap, ImageBitmap | TextBitmap | DrawnBitmap):
        return f"a {bitmap.operation} is planned as its bitmap"
    # By the longer side: of a narrow area, two pixels of its width are many of its height.
    longer = max(area.size)
    grown = bitmap.width / area.width if area.width == longer else bitmap.height / area.height
    off = max(abs(bitmap.width - area.width * grown), abs(bitmap.height - area.height * grown))
    if off > ROUNDING + ROUNDING * grown or grown < 1 - ROUNDING / longer:
        return f"its bitmap is {bitmap.width}x{bitmap.height} for an area of {area.width}x{area.height}"
    match content, bitmap:
        case ImageContent(asset=asset), ImageBitmap():
            video = known.assets[asset].video
            assert video
            if bitmap.source.asset != asset:
                return f"another picture is planned ({bitmap.source.asset[:12]})"
            if not _is_framed(bitmap.framing, framing, grown, area):
                return f"it is framed as {bitmap.framing}, not as {framing} {grown:.3f} times as large"
            return wrong_stream(bitmap.source, video)
        case TextContent(text=text, style=style, box=box), TextBitmap():
            if bitmap.text != text:
                return f"its text is {bitmap.text!r}, and asked for as {text!r}"
            if bitmap.fonts != known.fonts:
                return "it is planned with other fonts"
            if bitmap.box != (box or area.size):
                return f"it is set in a box of {bitmap.box}, and asked for in one of {box or area.size}"
            return _wrong_style(bitmap.style, style)
        case DrawnContent(name=name), DrawnBitmap():
            canvas = known.timeline.canvas
            unit = min(canvas.width, canvas.height) / 1080 * grown
            near = abs(bitmap.unit - unit) <= unit * 2 * ROUNDING / longer
            return None if bitmap.name == name and near else f"{bitmap.name} at {bitmap.unit:g} is planned, not {name}"
        case _:
            return f"a bitmap of {bitmap.operation} is planned where a {content.kind} is asked for"


def _wrong_style(planned: TextStyle, asked: TextStyle) -> str | None:
    """The first property of a text that is planned otherwise."""
    different = ((name, getattr(planned, name), due) for name, due in asked if getattr(planned, name) != due)
    return next((f"its {name} is {found}, and asked for as {due}" for name, found, due in different), None)


def wrong_loop(
    loop: DrawnLoop, name: str, first: int, area: Area, seen: Seen, frames: tuple[int, int], known: AuditContext
) -> str | None:
    """What is wrong with the drawn loop that is planned for a clip; null where nothing is."""
    if loop.name != name or (loop.width, loop.height) != area.size or loop.rate != known.timeline.canvas.rate:
        return f"{loop.name} of {loop.width}x{loop.height} is planned, not {name}"
    due = (frames[0] - seen.clip.start) % loop.frames
    if first != due:
        return f"{name} begins with its frame {first}, and should with {due}"
    for left, top, right, bottom in _left_out(loop, area):
        missing = Area(x=left, y=top, width=right - left, height=bottom - top)
        if not (never_leaves_its_area(seen.clip) and seen.clip.scale == seen.clip.scale[:1]):
            return f"parts of {name} are not planned, and it moves"
        if not is_covered(known.timeline, seen.track, missing, *frames, known.assets):
            return f"the part of {name} at {left}, {top} is not planned, and is seen"
    return None


def _left_out(loop: DrawnLoop, area: Area) -> list[Rectangle]:
    """What no part of a loop shows of its area."""
    left: list[Rectangle] = [area.rectangle]
    for part in loop.parts:
        hole = (area.x + part.x, area.y + part.y, area.x + part.x + part.width, area.y + part.y + part.height)
        left = [rest for each in left for rest in around(hole, each)]
    return left
