"""Markdown and the words that all forms of the report share."""

from __future__ import annotations

import pytest

from reel.control.telling import of_done
from reel.errors import BadMedia, Internal, InvalidRequest, Problem, ReelError
from reel.plan.lessons import Actual
from reel.report import OutputFile, VideoReport, words
from reel.report.html import to_html
from reel.report.markdown import FAILED, MOST_ROWS, escaped_markdown, failure_markdown, to_markdown
from tests.report.reports import ESTIMATE, output, report


def test_it_tells_what_was_made() -> None:
    text = to_markdown(report())
    assert text.startswith("# 1 video in 12.3 s\n")
    assert "| variant-001.mp4 | 10.0 s | 4.59 MB | 480x854 |" in text
    assert "| picture | 3 | 1 | 20.0 s | 5.0 s | 9.00 MB |" in text
    assert "| processor time | 40.0 s | 90.0 s | 41.5 s |" in text
    assert "| made | 10.00 MB | 20.00 MB | 12.00 MB |" in text
    assert "| cost |" not in text
    assert "Predicted: 10.0 s (p90: 25.0 s)" in text


def test_it_links_to_what_can_be_opened() -> None:
    addresses = {"report.html": "http://x/report.html", "variant-001.mp4": "http://x/a%20b.mp4?signed=1&b=2"}
    text = to_markdown(report(), addresses)
    assert "[Report with pictures](<http://x/report.html>)" in text
    assert "| [variant-001.mp4](<http://x/a%20b.mp4?signed=1&b=2>) | 10.0 s |" in text


def test_a_failure_leads_with_what_is_wrong_where_and_what_to_do() -> None:
    error = InvalidRequest(Problem("clips[0].in", "is <late>", "mend it"), Problem("seed", "must be a number"))
    lines = failure_markdown(error).splitlines()
    assert lines[0] == "# The request cannot be met as it is written"
    assert r"| clips\[0\].in | is &lt;late&gt; | mend it |" in lines
    assert "| seed | must be a number |  |" in lines
    assert "it is not tried again" in lines[-1]


def test_a_failure_shows_its_pictures() -> None:
    error = Internal.at("variant-001 at 1.2 s", "is not what was asked for")
    assert "![asked for, and made](<http://x/failure-0.jpg>)" in failure_markdown(error, ["http://x/failure-0.jpg"])


def test_a_thousand_problems_are_cut_short() -> None:
    error = BadMedia(*(Problem(f"clips[{number}]", "is empty") for number in range(1000)))
    assert f"and {1000 - MOST_ROWS} more" in failure_markdown(error)


def test_every_class_of_error_has_its_words() -> None:
    def classes(of: type[ReelError]) -> set[str]:
        return {of.classification}.union(*map(classes, of.__subclasses__()))

    assert classes(ReelError) == {*FAILED}


def test_users_text_is_escaped() -> None:
    text = to_markdown(report())
    assert "<" not in text
    assert "](" not in text
    assert "- variant-001: &lt;b&gt;black&lt;/b&gt; stretch" in text


def test_every_row_of_a_table_has_its_columns() -> None:
    tables = [part.splitlines() for part in to_markdown(report(3)).split("\n\n") if part.startswith("|")]
    found = [{row.replace("\\|", "").count("|") for row in rows} for rows in tables]
    assert found == [{7}, {7}, {5}]


def test_a_thousand_outputs_are_cut_short() -> None:
    text = to_markdown(report(1000))
    assert f"and {1000 - MOST_ROWS} more" in text
    assert len(text) < 40_000


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\nb", "a b"),
        ("<i>", "&lt;i&gt;"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("`x`", r"\`x\`"),
        ("é 🎬", "é 🎬"),
    ],
)
def test_escaped(given: str, shown: str) -> None:
    assert escaped_markdown(given) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0.00 s"), (0.42, "0.42 s"), (12.34, "12.3 s"), (99.94, "99.9 s"), (99.96, "1 min 40 s"), (185, "3 min 05 s"),
     (3599.6, "1 h 00 min"), (7800, "2 h 10 min")],
)  # fmt: skip
def test_seconds(value: float, shown: str) -> None:
    assert words.seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0 B"), (512, "512 B"), (36_000, "36 kB"), (4_589_310, "4.59 MB"), (1.2e9, "1.20 GB")]
)
def test_size(value: int, shown: str) -> None:
    assert words.size(value) == shown


@pytest.mark.parametrize(("rms", "shown"), [(-29.47, "-29.5 dBFS, peak -5.1"), (-120.0, "silent")])
def test_loudness(rms: float, shown: str) -> None:
    assert words.loudness(output(1, sound_rms_db=rms)) == shown


def test_each_video_of_a_variant_is_told() -> None:
    one = report()
    (whole,) = one.outputs
    files = [
        OutputFile(name=f"variant-001-{size}.mp4", path=f"/{size}", bytes=2_500_000, sha256="0" * 64) for size in "ab"
    ]
    videos = (
        VideoReport(file=files[0], width=640, height=360, codec="h264", bits_per_second=1_000_400, reused=True),
        VideoReport(file=files[1], width=1280, height=720, codec="h264", bits_per_second=2_000_000, reused=False),
    )
    several = one.model_copy(update={"outputs": (whole.model_copy(update={"files": tuple(files), "videos": videos}),)})
    text = to_markdown(several)
    assert "| variant-001-a.mp4 | 10.0 s | 2.50 MB | 640x360 h264, 1,000 kbit/s, reused |" in text
    assert "| variant-001-b.mp4 | 10.0 s | 2.50 MB | 1280x720 h264, 2,000 kbit/s, made |" in text
    assert several.outputs[0].video.name == "variant-001-b.mp4", "the largest stands for the variant"
    page = to_html(several)
    assert all(f'<a href="{file.name}">{file.name}</a>: ' in page for file in files)
    assert [each["name"] for each in of_done(several)["outputs"]] == [file.name for file in files]


def test_costs_are_compared_where_there_are_prices() -> None:
    priced = report().model_copy(
        update={
            "estimate": ESTIMATE.model_copy(update={"cost": 0.5, "cost_p90": 1.25}),
            "actual": Actual(seconds=12.3, cpu_seconds=41.5, bytes=1, cost=0.625),
        }
    )
    assert "| cost | 0.5000 | 1.2500 | 0.6250 |" in to_markdown(priced)


def test_nothing_is_compared_where_nothing_was_made_or_measured() -> None:
    for changed in ({"actual": None}, {"estimate": ESTIMATE.model_copy(update={"steps": 0})}):
        assert "Estimate and actual" not in to_markdown(report().model_copy(update=changed))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"similarity": 0.42, "most_similar": "variant-002"}, "42%, nearest variant-002"),
        ({"similarity": 0.0, "most_similar": None}, "like no other"),  # whether or not there is any other
    ],
)
def test_how_alike_variants_are(manifest: dict[str, object], said: str) -> None:
    assert words.similarity(output(1).model_copy(update={"manifest": manifest})) == said
