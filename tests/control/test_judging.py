"""What is said of a request by who has none of its assets: of those that were read before, all that follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import Catalogue, NewAsset, Records
from reel.control.judging import judge
from reel.generate.planning import plan_generation
from reel.kinds import parse_request
from reel.make.worker import make_worker
from reel.plan.estimate import Basis, estimate
from reel.plan.operations.base import Proof
from reel.settings import Settings
from tests.plan.facts import facts, plan_request

URL = "https://cdn.example/a.mp4"
SILENT = "https://cdn.example/silent.mp4"


@pytest.fixture
def records(catalogue: Catalogue) -> Iterator[Records]:
    """A tenant whose generations have read two files."""
    found = {URL: facts("a", 10), SILENT: facts("b", 10, sound=False)}
    with catalogue.tenant("acme") as acme:
        seen = [(url, each.sha256, each.bytes) for url, each in found.items()]
        acme.saw(seen, {each.sha256: each.model_dump(mode="json") for each in found.values()})
    with catalogue.tenant("acme", only_reads=True) as acme:
        yield acme


def mixer(*clips: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "mixer", "clips": [*clips], "variants": 1, "seed": 1, **fields}


def test_a_known_request_is_estimated_as_its_plan_is(records: Records) -> None:
    request = mixer({"asset": URL, "in": 1, "out": 3})
    judged = judge(request, records, Settings(jobs=2, proof="off"))
    assert (judged.errors, judged.unknown) == ((), ())
    plan = plan_request(parse_request(request), {"clips[0].asset": facts("a", 10)})
    assert judged.estimate == estimate(plan, (), Basis(2))


TWO_SIZES = {
    "outputs": [
        {"type": "video", "name": "large", "resolution": "720p"},
        {"type": "video", "name": "small", "resolution": "360p"},
    ]
}
LAYERS = {
    "kind": "template",
    "resolution": "720p",
    "timeline": {
        "tracks": [
            {"clips": [{"type": "video", "asset": URL, "out": 4}, {"type": "colour", "colour": "red", "duration": 2}]},
            {
                "clips": [
                    {"type": "text", "text": "Hi", "duration": 3},
                    {"type": "colour", "colour": "blue", "duration": 2},
                ]
            },
        ]
    },
}


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(mixer({"asset": URL, "in": 1, "out": 3}), id="one clip"),
        pytest.param(mixer(*[{"asset": URL, "in": at, "out": at + 1} for at in range(9)]), id="nine clips"),
        pytest.param(mixer({"asset": URL, "out": 8}, **TWO_SIZES), id="two sizes"),
        pytest.param(LAYERS, id="layers"),
    ],
)
def test_what_proofs_take_is_in_it(records: Records, request_: dict[str, Any], tmp_path: Path) -> None:
    """Against the plan that a worker makes, which knows each frame that is looked at."""
    judged = judge(request_, records, Settings(jobs=2))
    assert judged.errors == ()
    worker = make_worker(Settings(home=tmp_path))
    asked = parse_request(request_)
    library = {place: facts("a", 10) for place in asked.asset_places()}
    plan = plan_generation(asked, library, {}, worker)
    proofs = [step for step in plan.steps if isinstance(step.operation, Proof)]
    bare = estimate(plan, {step.key for step in proofs}, Basis(2))
    whole = estimate(plan, (), Basis(2))
    assert judged.estimate
    assert judged.estimate.steps == whole.steps > bare.steps
    known, guessed = whole.cpu_seconds - bare.cpu_seconds, judged.estimate.cpu_seconds - bare.cpu_seconds
    assert known / 2 < guessed < known * 2


def test_what_it_delivers_is_foretold(records: Records) -> None:
    judged = judge(mixer({"asset": URL, "in": 1, "out": 3}, **TWO_SIZES, variants=1), records, Settings())
    assert judged.expected
    amounts, rate = judged.expected.amounts, 30
    assert amounts.seconds == 2
    assert amounts.pixels == 2 * rate * (1280 * 720 + 640 * 360)
    assert amounts.bytes > 100_000


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (mixer({"asset": URL, "in": 1, "out": 30}), "clips[0].out"),
        (mixer(URL, audio={"mode": "replace", "soundtrack": SILENT}), "audio.soundtrack"),
        (mixer("ftp://cdn.example/a.mp4"), "clips[0].asset"),
        (mixer("a.mp4"), "clips[0].asset"),
        (mixer("file:a.mp4"), "clips[0].asset"),
        (mixer("https://10.0.0.1/a.mp4"), "clips[0].asset"),
        (mixer("https://0x7f.1/a.mp4"), "clips[0].asset"),
        (mixer("https://[::1]/a.mp4"), "clips[0].asset"),
        (mixer("https://cdn.example:22/a.mp4"), "clips[0].asset"),
        (mixer("s3://bucket"), "clips[0].asset"),
        (mixer(URL, variants=0), "variants"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(records: Records, request_: dict[str, Any], place: str) -> None:
    judged = judge(request_, records, Settings())
    assert place in {problem.place for problem in judged.errors}
    assert judged.estimate is None


AT_ONCE: list[tuple[dict[str, Any], list[str]]] = [
    (  # names of the library, and all else
        mixer(URL, "asset:ast_1", "folder:none", "project:x", variants=0, frame_rate=31,
              outputs=[{"type": "video", "quality": {"crf": 99}}]),
        ["clips[1].asset", "clips[2]", "clips[3]", "frame_rate", "outputs[0].quality.crf", "variants"],
    ),
    (  # a size, and moments that only the video's length tells of
        mixer(URL, aspect="16:9", variants=5,
              outputs=[{"type": "pictures", "widths": [5000], "thumbnails": {"at": [1, 99]}, "poster": 50}]),
        ["outputs[0].poster", "outputs[0].thumbnails.at[1]", "outputs[0].widths[0]", "variants"],
    ),
    (
        {"kind": "encode", "asset": URL, "range": {"start": 2, "end": 4}, "preview": {"frame": 7},
         "outputs": [{"type": "video", "resolution": "4k"}, {"type": "pictures", "thumbnails": {"every": 0.01}}]},
        ["outputs[0]", "outputs[1].thumbnails.every", "preview.frame"],
    ),
    (  # sounds that there are not
        {"kind": "encode", "asset": SILENT,
         "outputs": [{"type": "video", "quality": {"crf": 99}, "chapters": [{"at": 99, "title": "x"}]}, {"type": "audio"},
                     {"type": "ladder", "audio": [{}]}]},
        ["outputs[0].chapters[0].at", "outputs[0].quality.crf", "outputs[1]", "outputs[2].audio[0]"],
    ),
    (  # of two that differ in their tracks alone, none is the same
        {"kind": "encode", "asset": URL,
         "outputs": [{"type": "video", "audio_tracks": [1], "name": "a"}, {"type": "video", "audio_tracks": [7], "name": "b"},
                     {"type": "pictures", "poster": 99}]},
        ["outputs[1].audio_tracks[0]", "outputs[2].poster"],
    ),
    (  # a wrong entry hides no other one, and lends none a fault
        mixer(URL, outputs=[{"type": "video", "alpha": True}, {"type": "film"}, {"type": "video", "bitrate": 1},
                            {"type": "video"}, {"type": "pictures", "widths": [9, 99], "quality": 0}]),
        ["outputs[0]", "outputs[1].type", "outputs[2].bitrate", "outputs[4].quality", "outputs[4].widths[0]"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "places"), AT_ONCE)
def test_all_that_is_wrong_is_told_at_once(records: Records, request_: dict[str, Any], places: list[str]) -> None:
    assert sorted(problem.place for problem in judge(request_, records, Settings()).errors) == places


def test_what_is_not_known_is_no_error(records: Records) -> None:
    judged = judge(mixer(URL, "https://cdn.example/new.mp4"), records, Settings())
    assert (judged.errors, judged.unknown, judged.estimate) == ((), ("clips[1].asset",), None)


def test_where_something_has_to_be_listened_to_first_nothing_is_estimated(records: Records) -> None:
    sources = [{"asset": URL, "name": "a"}, {"asset": URL, "name": "b", "sync_offset": "auto"}]
    request = {"kind": "multicam", "sources": sources, "switches": [{"at": 0, "source": "a"}], "end": 5}
    judged = judge(request, records, Settings())
    assert (judged.errors, judged.unknown, judged.estimate) == ((), (), None)


def test_what_another_tenant_has_read_is_not_known(catalogue: Catalogue, records: Records) -> None:
    with catalogue.tenant("other", only_reads=True) as theirs:
        assert judge(mixer(URL), theirs, Settings()).unknown == ("clips[0].asset",)


def test_facts_that_a_former_version_kept_are_not_known(catalogue: Catalogue) -> None:
    with catalogue.tenant("acme") as acme:
        acme.saw([(URL, "cc", 1)], {"cc": {"shape": "of before"}})
        assert judge(mixer(URL), acme, Settings()).unknown == ("clips[0].asset",)


FAR = "https://cdn.example/far.mp4"


def test_nothing_is_planned_of_what_is_beyond_a_limit(catalogue: Catalogue) -> None:
    """As the gateway is asked by anybody: a file that says it lasts thirty years, and a tenant with limits of its own."""
    known = facts("c", 10)
    assert known.video
    far = known.model_copy(
        update={"video": known.video.model_copy(update={"duration": Fraction(10**9)}), "audio": None}
    )
    with catalogue.tenant("acme") as acme:
        acme.saw([(FAR, far.sha256, far.bytes)], {far.sha256: far.model_dump(mode="json")})
        acme.saw([(URL, facts("a", 10).sha256, 1)], {facts("a", 10).sha256: facts("a", 10).model_dump(mode="json")})
        (problem,) = judge(mixer(FAR), acme, Settings()).errors
        assert (problem.place, "the limit `asset_seconds` is 172,800" in problem.what) == ("clips[0].asset", True)
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme", limits={"output_seconds": 3, "clips": 4})
    with catalogue.tenant("acme", only_reads=True) as acme:
        assert judge(mixer({"asset": URL, "out": 2}), acme, Settings()).errors == ()
        for request, name in ((mixer(URL), "output_seconds"), (mixer(*[URL] * 5), "clips")):
            assert [f"the limit `{name}`" in each.what for each in judge(request, acme, Settings()).errors] == [True]


def kept(catalogue: Catalogue, name: str, **told: Any) -> str:
    """An asset of the library that somebody has looked at."""
    with catalogue.tenant("acme") as acme:
        id_ = acme.keep_asset(NewAsset(name=name), due=acme.now()).id
    with catalogue.operator() as everybody:
        found = everybody.claim_asset(everybody.now(), timedelta(minutes=1))
    assert found is not None
    with catalogue.tenant("acme") as acme:
        assert (
            acme.looked_at(found, {"state": "ready", "due": None, "object": id_, "sha256": "0" * 64, **told})
            is not None
        )
        if given := told.get("facts"):
            acme.saw([(f"asset:{id_}", given["sha256"], given["bytes"])], {given["sha256"]: given})
    return f"asset:{id_}"


def test_an_asset_of_the_library_is_held_to_what_its_field_asks_for(catalogue: Catalogue) -> None:
    table = kept(catalogue, "t.csv", media_type="text/csv", bytes=8)
    key = kept(catalogue, "k.key", media_type="application/octet-stream", bytes=16)
    words = kept(catalogue, "s.srt", media_type="application/x-subrip", bytes=50)
    film = facts("film", 10).model_dump(mode="json")
    video = kept(catalogue, "a.mp4", media_type="video/mp4", bytes=9_000, facts=film)
    subtitles = [{"asset": each, "language": tag} for tag, each in (("en", words), ("de", table), ("fr", video))]
    locked: dict[str, Any] = {"type": "ladder", "subtitles": subtitles, "audio": [{"asset": table, "language": "en"}]}
    outputs = [
        {**locked, "encryption": {"key": key, "uri": "https://keys.example/1"}},
        {**locked, "name": "b", "subtitles": [], "audio": None, "encryption": {"key": video, "uri": "k"}},
        {"type": "pictures", "upload": video},
    ]
    for request, places in (
        (
            {"kind": "encode", "asset": video, "outputs": outputs},
            {
                "outputs[0].subtitles[1].asset": "text/csv, and no subtitles",
                "outputs[0].subtitles[2].asset": "video/mp4, and no subtitles",
                "outputs[0].audio[0].asset": "text/csv, and has neither picture nor sound",
                "outputs[1].encryption.key": "video/mp4, and no key",
                "outputs[2].upload": "is a video",
            },
        ),
        (mixer(table, video), {"clips[0].asset": "t.csv is text/csv, and has neither picture nor sound"}),
        ({"kind": "slideshow", "images": [video, words], "duration": 4},
         {"images[0].asset": "is a video", "images[1].asset": "application/x-subrip"}),
    ):  # fmt: skip
        with catalogue.tenant("acme", only_reads=True) as acme:
            told = {problem.place: problem.what for problem in judge(request, acme, Settings(jobs=2)).errors}
        assert told.keys() == places.keys()
        assert all(what in told[place] for place, what in places.items()), told


def test_what_values_of_a_template_do_is_told_of_the_values(catalogue: Catalogue) -> None:
    picture = {"type": "image", "asset": "{{LOGO}}", "duration": 1}
    document = {
        "kind": "template",
        "variables": {"LOGO": {"type": "asset"}, "TINT": {"type": "colour"}, "NAME": {}},
        "background": "{{TINT}}",
        "timeline": {"tracks": [{"clips": [picture]}, {"clips": [{"type": "text", "text": "{{NAME}}!"}]}]},
    }
    with catalogue.tenant("acme") as acme:
        acme.publish("card", acme.add_version(acme.add_template("card").id, document).version)
    table = kept(catalogue, "t.csv", media_type="text/csv", bytes=8)
    order = {"template": {"name": "card"}, "values": {"LOGO": table, "TINT": "bleu"}, "resolution": "481p"}
    with catalogue.tenant("acme", only_reads=True) as acme:
        told = {str(problem) for problem in judge(order, acme, Settings(jobs=2)).errors}
    assert {each.partition(": ")[0] for each in told} == {"values.LOGO", "values.TINT", "values.NAME", "resolution"}
    assert "values.NAME: {{NAME}} has no value (give values.NAME, or a default)" in told
