"""Real footage from end to end: every file is rendered and verified, or refused with a name. Never a hang or a traceback."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reel.errors import BadMedia, ReelError
from reel.generate.render import render
from reel.make.worker import Worker
from tests.corpus import corpus_files, needs_corpus

NO_PICTURE = {
    "multiple-aac-tracks.mp4",
    "sample_with_dts_hd_ma.mkv",
    "silent.mp4",
    "speech_to_text_test.mp4",
    "video_dovi_3840x2160_30fps_dav1_10.mp4",  # its coding has no decoder
}
"""Files of `video/` that hold sound alone, or nothing that can be decoded."""


def outcome(path: Path, worker: Worker) -> str:
    """`verified`, or the class of the error; anything that is no error of ours fails the test."""
    request = {"kind": "mixer", "clips": [str(path)], "resolution": "480p", "stills": False}
    try:
        report = render(request, worker=worker)
    except ReelError as error:
        assert path.name in str(error)  # noqa: PT017 - it need not be raised
        return type(error).__name__
    assert report.outputs[0].measured["frames"] >= 1
    return "verified"


def outcomes(folder: str, worker: Worker, share: slice) -> dict[str, str]:
    files = corpus_files(folder)[share]
    with ThreadPoolExecutor(2) as threads:
        return dict(
            zip((path.name for path in files), threads.map(lambda path: outcome(path, worker), files), strict=True)
        )


@needs_corpus
@pytest.mark.parametrize(
    "share",
    [
        pytest.param(slice(4, None, 8), id="each eighth"),
        pytest.param(slice(None), id="all", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
    ],
)
def test_every_good_video_becomes_a_verified_output(share: slice, worker: Worker) -> None:
    found = outcomes("video", worker, share)
    assert {name for name, came_to in found.items() if came_to != "verified"} == NO_PICTURE & found.keys()
    assert all(found[name] == BadMedia.__name__ for name in NO_PICTURE & found.keys())


@needs_corpus
@pytest.mark.parametrize("folder", ["broken", "subs", "audio"])
def test_every_broken_file_is_refused_by_name_or_verified(folder: str, worker: Worker) -> None:
    assert set(Counter(outcomes(folder, worker, slice(None)).values())) <= {"verified", BadMedia.__name__}


@needs_corpus
def test_all_bad_clips_are_named_at_once(worker: Worker) -> None:
    bad = [path for path in corpus_files("broken") if path.suffix in (".wav", ".png", ".mp3")]
    good = [path for path in corpus_files("video") if path.name in ("in.mp4", "small.mp4")]
    clips = [str(path) for path in [*bad, *good]]
    with pytest.raises(BadMedia) as refused:
        render({"kind": "mixer", "clips": clips}, worker=worker)
    named = {problem.place.split(":")[0] for problem in refused.value.problems}
    assert named == {f"clips[{number}].asset" for number in range(len(bad))}
