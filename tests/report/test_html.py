"""The page: complete, self-contained, and safe from the text in it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from reel.report.cards import Published
from reel.report.html import MOST_PICTURES, clips_of, script_source, to_html
from tests.report.reports import NASTY, output, report

VOID = {"meta", "img", "br", "link", "input", "source"}


class Page(HTMLParser):
    """Collects tags, attributes and visible text; knows whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.text += data

    def values(self, tag: str, attribute: str) -> list[str | None]:
        return [attributes[attribute] for name, attributes in self.tags if name == tag and attribute in attributes]


def test_users_text_is_shown_and_never_obeyed() -> None:
    page = Page(to_html(report()))
    assert not page.open
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "b.mov" in page.text
    assert NASTY in page.text
    assert "20260101-<g>" in page.text
    assert "<b>black</b> stretch" in page.text


def test_of_all_scripts_a_browser_runs_ours() -> None:
    """By its digest, which the page's own policy and the gateway name."""
    (script,) = re.findall(r"<script>(.*?)</script>", to_html(report()), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = str(Page(to_html(report())).values("meta", "content"))
    assert script_source() == f"'sha256-{digest}'"
    assert f"script-src {script_source()}" in policy


@pytest.mark.parametrize(
    "shown",
    [
        "12.3 s",
        "10.0 s",
        "p90: 25.0 s",
        "90.0 s",
        "41.5 s",
        "4 steps",
        "1 step",
        "1.25\u00d7",
        "480 \u00d7 854",
        "-29.5 dBFS",
        "42%",
        "ffmpeg:7d4b",
    ],
)
def test_facts_are_there(shown: str) -> None:
    assert shown in Page(to_html(report())).text


def test_pictures_are_inside_and_links_are_relative() -> None:
    page = Page(to_html(report(), Published({"variant-001/poster.jpg": b"jpeg", "variant-001/sprite.jpg": b"jpeg"})))
    assert page.values("video", "poster") == ["data:image/jpeg;base64,anBlZw=="]
    assert page.values("img", "src") == ["variant-001/poster.jpg", "data:image/jpeg;base64,anBlZw=="]
    assert set(page.values("a", "href")) == {"variant-001.mp4", "variant-001/poster.jpg"}


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = to_html(report(), Published({"variant-001/poster.jpg": b"jpeg"}))
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", text)
    assert "default-src 'none'" in text


def test_the_strip_is_in_proportion() -> None:
    styles = [style for style in Page(to_html(report())).values("span", "style") if style and "flex-grow" in style]
    assert [style.split(";")[0] for style in styles] == ["flex-grow:60", "flex-grow:240"]


def test_many_variants_make_rows_instead_of_cards() -> None:
    pictures = {f"variant-{number:03d}/poster.jpg": b"jpeg" for number in range(1, 31)}
    page = Page(to_html(report(variants=30), Published(pictures)))
    assert len(page.values("video", "poster")) == MOST_PICTURES
    assert len({link for link in page.values("a", "href") if str(link).endswith(".mp4")}) == 30


@pytest.mark.parametrize("count", [0, 1, 2, 12, 13, 500])
def test_every_clip_has_a_colour_of_its_own(count: int) -> None:
    sequence = [{"place": f"clips[{number}]", "name": "a.mp4"} for number in range(count)]
    played = output(1).model_copy(update={"manifest": {"sequence": sequence}})
    hues = [clip["hue"] for clip in clips_of(report().model_copy(update={"outputs": (played,)})).values()]
    assert len(set(hues)) == count
    assert all(0 <= hue < 360 for hue in hues)
