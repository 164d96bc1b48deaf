"""Makes the fonts in `reel/text/fonts` from Debian's packages of Noto; run by hand when they should change.

    apt-get download fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji
    for package in *.deb; do dpkg -x "$package" noto; done
    python infra/fonts/make_fonts.py noto/usr/share/fonts

Fonts of single scripts are copied as they are. The CJK font is cut down to the characters of the national standards, which
is a third of its size. `coverage.json` says which characters each font has, and the digest of its file, so that no font need be
opened to know.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[2] / "reel" / "text" / "fonts"

SCRIPTS = (
    "", "Arabic", "Armenian", "Bengali", "CanadianAboriginal", "Cherokee", "Devanagari", "Ethiopic", "Georgian", "Gujarati",
    "Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "OlChiki", "Oriya", "Sinhala", "Symbols",
    "Tamil", "Telugu", "Thaana", "Thai",
)  # fmt: skip
"""Scripts of living languages with a bold Noto Sans, most widely used ones."""


def main(source: Path) -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in [*FOLDER.glob("*.ttf"), *FOLDER.glob("*.otf")]:
        path.unlink()
    latin = source / "truetype" / "noto"
    shutil.copy(latin / "NotoSans-Regular.ttf", FOLDER)
    for script in SCRIPTS:
        shutil.copy(latin / f"NotoSans{script}-Bold.ttf", FOLDER)
    shutil.copy(latin / "NotoSansSymbols2-Regular.ttf", FOLDER)
    shutil.copy(latin / "NotoColorEmoji.ttf", FOLDER)
    cut_down(source / "opentype" / "noto" / "NotoSansCJK-Bold.ttc", FOLDER / "NotoSansCJKjp-Bold.otf")
    coverage = {path.name: described(path) for path in sorted([*FOLDER.glob("*.ttf"), *FOLDER.glob("*.otf")])}
    (FOLDER / "coverage.json").write_text(json.dumps(coverage, separators=(",", ":")) + "\n")


def cut_down(source: Path, target: Path) -> None:
    """The Japanese face of the collection, with the characters of all standards, and without the rarest features."""
    options = subset.Options(
        layout_features=["ccmp", "kern", "mark", "mkmk", "ljmo", "vjmo", "tjmo"], font_number=0, hinting=False,
        desubroutinize=False, notdef_outline=True,
    )  # fmt: skip
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted({ord(character) for character in characters()}))
    cutter.subset(font)
    subset.save_font(font, str(target), options)


def characters() -> Iterator[str]:
    """GB 2312, JIS X 0208, Big5 (all of them without the rarest), all modern Hangul, kana and punctuation."""
    yield from encoded("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    yield from encoded("euc_jp", range(0xA1, 0xF5), range(0xA1, 0xFF))
    yield from encoded("big5", range(0xA1, 0xC7), chain(range(0x40, 0x7F), range(0xA1, 0xFF)))
    for first, last in ((0xAC00, 0xD7A3), (0x3000, 0x30FF), (0x3130, 0x318F), (0x31F0, 0x31FF), (0xFF00, 0xFFEF)):
        yield from map(chr, range(first, last + 1))


def encoded(codec: str, leads: Iterable[int], trails: Iterable[int]) -> Iterator[str]:
    trails = list(trails)
    for lead in leads:
        for trail in trails:
            try:
                yield from bytes([lead, trail]).decode(codec)
            except UnicodeDecodeError:
                continue


def described(path: Path) -> dict[str, object]:
    """Family name, digest of the file, and the characters as a flat list of first and last code points."""
    font = TTFont(path)
    points = sorted(font.getBestCmap())
    ranges: list[int] = []
    for point in points:
        if ranges and point == ranges[-1] + 1:
            ranges[-1] = point
        else:
            ranges += [point, point]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"family": font["name"].getBestFamilyName(), "sha256": sha256, "characters": ranges}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
