"""Text in pictures: shaped, wrapped and fitted by Typst, with fonts that come with the project.

The only module that knows Typst. A text reaches it as data, never as source, so that nothing in it can become syntax.
"""

from reel.text.draw import draw_text
from reel.text.fit import fits_on_a_line, fitting_size, problems
from reel.text.fonts import font_digests
from reel.text.glyphs import drawable, missing, refusal, warnings

__all__ = [
    "draw_text", "drawable", "fits_on_a_line", "fitting_size", "font_digests", "missing", "problems", "refusal", "warnings",
]  # fmt: skip
