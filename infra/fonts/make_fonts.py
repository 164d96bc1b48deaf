"""Makes the fonts in `reel/text/fonts`; run by hand when they should change.

Most are Debian's packages of Noto; emoji, mathematics and symbols are newer in the npm packages of Fontsource (as WOFF2):

    apt-get download fonts-noto-core fonts-noto-cjk
    for package in *.deb; do dpkg -x "$package" noto; done
    for font in noto-color-emoji@5.3.2 noto-sans-math@5.3.0 noto-sans-symbols-2@5.3.0; do
        mkdir -p "web/${font%@*}" && tar xzf "$(npm pack --silent "@fontsource/$font")" -C "web/${font%@*}" --strip-components=1
    done
    pip install fonttools brotli
    python infra/fonts/make_fonts.py noto/usr/share/fonts web

Hints for screens of few pixels are left out, as nothing here reads them: that is a third of most files. The CJK font is cut
down to the characters of the national standards. The emoji are drawn from their outlines (`COLR`), which is half of what
bitmaps take, and sharp at any size. `coverage.json` says which characters each font has, and the digest of its file, so that
no font need be opened to know.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[2] / "reel" / "text" / "fonts"

BOLD = (
    "Sans", "SansAdlam", "SansArabic", "SansArmenian", "SansBalinese", "SansBengali", "SansCanadianAboriginal", "SansCham",
    "SansCherokee", "SansDevanagari", "SansEthiopic", "SansGeorgian", "SansGujarati", "SansGurmukhi",
    "SansHanifiRohingya", "SansHebrew", "SansJavanese", "SansKannada", "SansKayahLi", "SansKhmer", "SansLao", "SansLisu",
    "SansMalayalam", "SansMeeteiMayek", "SansMyanmar", "SansOlChiki", "SansOriya", "SansSinhala", "SansSoraSompeng",
    "SansSundanese", "SansSymbols", "SansTaiTham", "SansTamil", "SansTelugu", "SansThaana", "SansThai", "SerifTibetan",
)  # fmt: skip
"""Noto's fonts of scripts that people write today. Tibetan has no sans."""

REGULAR = (
    "Sans", "SansBatak", "SansBuginese", "SansBuhid", "SansChakma", "SansCoptic", "SansHanunoo", "SansLepcha",
    "SansLimbu", "SansMandaic", "SansMendeKikakui", "SansMiao", "SansMongolian", "SansMro", "SansNKo", "SansNewTaiLue",
    "SansOsage", "SansOsmanya", "SansPahawhHmong", "SansPauCinHau", "SansRejang", "SansRunic", "SansSamaritan",
    "SansSaurashtra", "SansSylotiNagri", "SansSyriac", "SansTagalog", "SansTagbanwa", "SansTaiLe", "SansTaiViet",
    "SansTifinagh", "SansVai", "SansWancho", "SansWarangCiti", "SansYi",
)  # fmt: skip
"""Those that have no bold, and the regular one of Latin, Greek and Cyrillic."""

WEB = {
    "NotoSansMath-Regular.ttf": "noto-sans-math/files/noto-sans-math-latin-400-normal.woff2",
    "NotoSansSymbols2-Regular.ttf": "noto-sans-symbols-2/files/noto-sans-symbols-2-symbols-400-normal.woff2",
    "NotoColorEmoji.ttf": "noto-color-emoji/files/noto-color-emoji-emoji-400-normal.woff2",
}

UNREAD = ("SVG ", "MATH", "DSIG", "gasp", "meta", "cvt ", "fpgm", "prep", "hdmx", "VDMX", "LTSH")
"""Tables that nothing here reads: emoji a second time, how formulas are set, signatures, hints."""


def main(debian: Path, web: Path) -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in [*FOLDER.glob("*.ttf"), *FOLDER.glob("*.otf")]:
        path.unlink()
    names = [*(f"Noto{script}-Bold.ttf" for script in BOLD), *(f"Noto{script}-Regular.ttf" for script in REGULAR)]
    sources = {name: debian / "truetype" / "noto" / name for name in names}
    for name, source in (sources | {name: web / source for name, source in WEB.items()}).items():
        trim(source, FOLDER / name)
    cut_down(debian / "opentype" / "noto" / "NotoSansCJK-Bold.ttc", FOLDER / "NotoSansCJKjp-Bold.otf")
    coverage = {path.name: described(path) for path in sorted([*FOLDER.glob("*.ttf"), *FOLDER.glob("*.otf")])}
    (FOLDER / "coverage.json").write_text(json.dumps(coverage, separators=(",", ":")) + "\n")


def trim(source: Path, target: Path) -> None:
    """The whole font, without hints and unread tables."""
    font = TTFont(source)
    font.flavor = None
    for table in UNREAD:
        if table in font:
            del font[table]
    for name in font.getGlyphOrder():
        font["glyf"][name].removeHinting()
    font.save(target)


def cut_down(source: Path, target: Path) -> None:
    """The Japanese face of the collection, with the characters of the standards, and without the rarest features."""
    options = subset.Options(
        layout_features=["ccmp", "kern", "mark", "mkmk", "ljmo", "vjmo", "tjmo"], font_number=0, hinting=False,
        desubroutinize=False, notdef_outline=True,
    )  # fmt: skip
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted({ord(character) for character in characters()}))
    cutter.subset(font)
    subset.save_font(font, str(target), options)


CJK_BLOCKS = (
    (0x1100, 0x11FF), (0x3000, 0x30FF), (0x3130, 0x318F), (0x31C0, 0x33FF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0xFE10, 0xFE6F), (0xFF00, 0xFFEF),
)  # fmt: skip
"""Punctuation, kana, Hangul, units and circled signs, compatibility forms."""


def characters() -> Iterator[str]:
    """GB 2312, JIS X 0213 and the forms of names that Japanese computers add (cp932), Big5 with Hong Kong's supplement."""
    high = range(0xA1, 0xFF)
    yield from encoded("gb2312", range(0xA1, 0xF8), high)
    yield from encoded("euc_jis_2004", high, high)
    yield from encoded("euc_jis_2004", high, high, before=b"\x8f")
    yield from encoded("cp932", range(0x81, 0xFD), range(0x40, 0xFD))
    yield from encoded("big5hkscs", range(0x87, 0xFF), chain(range(0x40, 0x7F), high))
    for first, last in CJK_BLOCKS:
        yield from map(chr, range(first, last + 1))
    yield "\U00020bb7"  # the other form of a family name, Yoshi


def encoded(codec: str, leads: Iterable[int], trails: Iterable[int], before: bytes = b"") -> Iterator[str]:
    """All characters that a codec of two bytes knows."""
    trails = list(trails)
    for lead in leads:
        for trail in trails:
            try:
                yield from (before + bytes([lead, trail])).decode(codec)
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
    main(Path(sys.argv[1]), Path(sys.argv[2]))
