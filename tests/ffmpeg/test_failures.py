"""What FFmpeg's failures are taken for. The first half brings a real FFmpeg into the situation; the second half holds
messages word for word, of situations that a test cannot make."""

from __future__ import annotations

import json
import os
import pickle
import random
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from reel.errors import BadMedia, Internal, ReelError, Resource, Transient
from reel.ffmpeg import process
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.failures import RULES, classify, shortage
from reel.ffmpeg.process import run
from reel.settings import settings

SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2"]
NULL = ["-f", "null", "-"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with picture and sound."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    run([*SOURCE, "-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", str(path)], place="clip")
    return path


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for one megabyte."""
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], check=False).returncode
    ):
        pytest.skip("mounting a small tmpfs needs root and the right to mount")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


@pytest.fixture
def with_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """`with_limit("-v 300000")` starts every FFmpeg under that `ulimit`."""

    def choose(limit: str) -> None:
        launcher = tmp_path / "limited"
        launcher.write_text(f'#!/bin/sh\ntrap "" XFSZ\nulimit {limit}\nexec {ffmpeg_path()} "$@"\n')
        launcher.chmod(0o755)
        monkeypatch.setenv("REEL_FFMPEG_FILES", json.dumps([str(ffmpeg_path())]))
        settings.cache_clear()
        monkeypatch.setattr(process, "ffmpeg_path", lambda: launcher)

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def failure_of(*argv: str) -> ReelError:
    with pytest.raises(ReelError) as caught:
        run(argv, place="step", silence_seconds=5)
    error = caught.value
    assert not re.search(r"0x[0-9a-f]{6}", str(error)), "addresses in memory make equal errors look different"
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
    assert all(problem.remedy for problem in error.problems)
    return error


def assert_is(error: ReelError, kind: type[ReelError], words: str) -> None:
    assert type(error) is kind, error
    assert words in str(error)


# Situations


def test_disk_full(full_disk):
    for codec, name in (("rawvideo", "out.avi"), ("mpeg4", "out.mp4"), ("bmp", "%03d.bmp")):
        error = failure_of(*SOURCE, "-c:v", codec, str(full_disk / name))
        assert_is(error, Resource, "No space left on device")


def test_device_full():
    assert_is(failure_of(*SOURCE, "-f", "mpegts", "/dev/full"), Resource, "No space left on device")


def test_file_too_large(with_limit, tmp_path):
    with_limit("-f 100")
    assert_is(failure_of(*SOURCE, "-c:v", "rawvideo", str(tmp_path / "out.avi")), Resource, "File too large")


@pytest.mark.parametrize("kilobytes", [250_000, 350_000])
def test_memory_refused(with_limit, kilobytes):
    """Where it fails first is chance: a thread, a filter, a scaler."""
    with_limit(f"-v {kilobytes}")
    threads = ["-threads", "4", "-filter_threads", "4"]
    error = failure_of(*SOURCE, "-vf", "scale=8000:8000", *threads, *NULL)
    assert type(error) is Resource, error


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(random.Random(1).randbytes(4096), id="noise"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n" * 3, id="text"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, id="head of a PNG"),
    ],
)
def test_not_a_medium(tmp_path, content):
    path = tmp_path / "asset"
    path.write_bytes(content)
    error = failure_of("-i", f"file:{path}", *NULL)
    assert type(error) is BadMedia, error


def test_cut_off(clip, tmp_path):
    path = tmp_path / "half.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert_is(failure_of("-i", f"file:{path}", *NULL), BadMedia, "moov atom not found")


def test_nothing_decodes(clip, tmp_path):
    path = tmp_path / "scrambled.mp4"
    content = bytearray(clip.read_bytes())
    start = content.index(b"mdat") + 4
    end = content.index(b"moov") - 4
    content[start:end] = random.Random(1).randbytes(end - start)
    path.write_bytes(content)
    assert type(failure_of("-i", f"file:{path}", "-map", "0:v", *NULL)) is BadMedia


def test_damaged_av1_is_no_want_of_memory(tmp_path):
    path = tmp_path / "a.mp4"
    run(
        ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=4", "-c:v", "libsvtav1", "-preset", "10", f"file:{path}"],
        place="av1",
    )
    content = bytearray(path.read_bytes())
    chance, start = random.Random(3), content.index(b"mdat") + 40
    for _ in range(40):
        content[chance.randrange(start, len(content) - 4000)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    assert_is(failure_of("-i", f"file:{path}", "-map", "0:v", *NULL), BadMedia, "most of it cannot be decoded")


def test_an_encoder_that_does_not_open_is_no_fault_of_the_file(clip, tmp_path):
    """It is also said of the file that a stream of it, which nobody asked for, has a codec that is not on the whitelist."""
    source = ["-codec_whitelist", "h264", "-i", f"file:{clip}", "-map", "0:v", "-frames:v", "1"]
    encoding = [*source, "-c:v", "libx264", "-b:v", "1000", "-passlogfile", str(tmp_path / "stats"), "-f", "mp4", "-y"]
    run([*encoding, "-pass", "1", f"file:{tmp_path / 'first.mp4'}"], place="first")
    failure = failure_of(*encoding, "-pass", "2", f"file:{tmp_path / 'second.mp4'}")
    assert_is(failure, Internal, "requested bitrate is too low")


def test_x265_that_does_not_open_is_no_fault_of_the_file():
    said = """
        x265 [error]: requested bitrate is too low. estimated minimum is 16349274 kbps
        [libx265 @ 0x55f38f3d8cc0] [error] Cannot open libx265 encoder.
        [vost#0:0/libx265 @ 0x55f38f3d81c0] [enc:libx265 @ 0x55f38f3d8b80] [error] Error while opening encoder - maybe ...
        [fc#0 @ 0x55f38f3c6500] [error] Error sending frames to consumers: Invalid data found when processing input
    """
    assert_is(classify(183, textwrap.dedent(said).strip(), "step"), Internal, "requested bitrate is too low")


def test_what_ends_a_run_is_told_and_not_what_every_run_says(clip, tmp_path):
    """That codecs of streams which are not asked for are not on the whitelist is no fault of the file."""
    short = tmp_path / "short.mp4"
    run(["-i", f"file:{clip}", "-c", "copy", "-t", "0.4", f"file:{short}"], place="clip")
    content = bytearray(short.read_bytes())
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[start:end] = random.Random(1).randbytes(end - start)
    short.write_bytes(content)
    error = failure_of("-codec_whitelist", "h264", "-i", f"file:{short}", "-map", "0:v", *NULL)
    assert_is(error, BadMedia, "most of it cannot be decoded")


def test_limits_on_input(clip):
    assert_is(failure_of("-max_pixels", "1000", "-i", str(clip), "-map", "0:v", *NULL), BadMedia, "max pixel count")
    assert_is(failure_of("-max_streams", "1", "-i", str(clip), *NULL), BadMedia, "REEL_MAX_STREAMS")
    assert_is(failure_of("-format_whitelist", "matroska", "-i", str(clip), *NULL), BadMedia, "not on whitelist")
    assert_is(failure_of("-protocol_whitelist", "crypto", "-i", f"file:{clip}", *NULL), BadMedia, "not on whitelist")
    assert_is(failure_of("-codec_whitelist", "vp9", "-i", str(clip), *NULL), BadMedia, "not on whitelist")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["-vf", "nosuch", *NULL], "No such filter: 'nosuch'"),
        (["-vf", "scale=nosuch=1", *NULL], "Option not found"),
        (["-c:v", "nosuch", *NULL], "Unknown encoder 'nosuch'"),
        (["-bsf:v", "nosuch", *NULL], "Bitstream filter not found"),
        (["-nosuch", "1", *NULL], "Unrecognized option 'nosuch'"),
        (["-f", "nosuch", "-"], "Requested output format 'nosuch' is not known"),
    ],
)
def test_another_build(argv, words):
    error = failure_of(*SOURCE, *argv)
    assert_is(error, Internal, words)
    assert "REEL_FFMPEG" in str(error)


def test_our_own_mistakes(clip):
    assert_is(failure_of("-i", str(clip), "-map", "0:v:3", *NULL), Internal, "matches no streams")
    assert_is(failure_of("-i", str(clip), "-map", "1:v", *NULL), Internal, "Invalid input file index")
    assert_is(failure_of(*SOURCE, "-c:v", "libx264", "-preset", "nosuch", *NULL), Internal, "invalid preset 'nosuch'")
    assert_is(failure_of(*SOURCE, "-vf", "crop=9999:9", *NULL), Internal, "too big or non positive size")
    assert_is(failure_of("-i", "nosuch.mp4", *NULL), Internal, "No such file or directory")
    assert_is(failure_of(*SOURCE, "/nosuch/out.mp4"), Internal, "/nosuch/out.mp4: No such file or directory")


def test_a_part_that_is_missing_is_no_success(clip, tmp_path):
    """FFmpeg joins what is there, and ends with 0."""
    listing = tmp_path / "parts.txt"
    # An FFmpeg sees no file that its arguments do not name, but for what is in the folder that it writes to.
    shutil.copy(clip, tmp_path / "clip.mp4")
    listing.write_text(f"ffconcat version 1.0\nfile {tmp_path}/clip.mp4\nfile {tmp_path}/gone.mp4\n")
    error = failure_of("-f", "concat", "-safe", "0", "-i", str(listing), "-c", "copy", str(tmp_path / "out.mp4"))
    assert_is(error, Internal, "gone.mp4'; Error during demuxing: No such file or directory")


def test_input_that_cannot_be_read():
    """Address 0 of one's own memory answers like a failing disk."""
    assert_is(failure_of("-i", "/proc/self/mem", *NULL), Transient, "Input/output error")
    raw = ["-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "/proc/self/mem"]
    assert_is(failure_of(*raw, *NULL), Transient, "Error during demuxing: Input/output error")


# Words


@pytest.mark.parametrize(
    ("code", "tail", "kind"),
    [
        (234, "[aist#0:0/ac4 @ 0x56072] [error] Decoding requested, but no decoder found for: ac4", BadMedia),
        (187, "[png @ 0x5] [error] Error submitting packet: Not yet implemented in FFmpeg, patches welcome", BadMedia),
        (226, "[out#0/mp4 @ 0x558c8] [fatal] Error opening output small/x.mp4: Read-only file system", Resource),
        (243, "[out#0/mp4 @ 0x561dd] [fatal] Error opening output ro/x.mp4: Permission denied", Internal),
        (255, "[in#0 @ 0x5570c] [error] Error opening input: Operation not permitted", Internal),
        (187, "[in#0 @ 0x5558566bb540] [error] Error opening input: End of file", BadMedia),
        (234, "[libvpx-vp9 @ 0x55d5e] [error] Failed to initialize encoder: Memory allocation error", Resource),
        (244, "", Resource),
        (228, "", Resource),
        (251, "", Transient),
        (140, "", Transient),
        (255, "", Transient),
        (1, "", Internal),
        (-9, "", Resource),
        (-15, "", Transient),
        (-24, "", Resource),
        (-25, "", Resource),
        (-11, "", Internal),
        (-4, "", Internal),
        (-40, "", Internal),
    ],
)
def test_words_and_codes(code, tail, kind):
    assert type(classify(code, tail, "step")) is kind


def test_a_full_disk_outweighs_faults_that_were_tolerated():
    tail = """\
[h264 @ 0x557b98baf940] [error] Error splitting the input into NAL units.
[vist#0:0/h264 @ 0x557b98b89340] [dec:h264 @ 0x557b98b8b140] [error] Error submitting packet to decoder: Invalid data \
found when processing input
[out#0/avi @ 0x55b515a7e740] [error] Error muxing a packet
[out#0/avi @ 0x55b515a7e740] [error] Task finished with error code: -28 (No space left on device)"""
    error = classify(228, tail, "segment 3")
    assert isinstance(error, Resource)
    assert error.problems[0].place == "segment 3"


def test_a_warning_is_no_error():
    assert isinstance(
        classify(234, "[in#0 @ 0x1f00] [warning] Invalid data found when processing input", "x"), Internal
    )


def test_the_unknown_is_told_in_ffmpegs_words_cause_first():
    tail = """\
[lib @ 0x562510] [error] the cause
[vf#0:0 @ 0x562510] [error] Error sending frames to consumers: Invalid argument
[vf#0:0 @ 0x562510] [error] Task finished with error code: -22 (Invalid argument)
[lib @ 0x562511] [error] the cause
[out @ 0x562512] [error] what came of it"""
    assert "exit code 234 (Invalid argument): [error] the cause; " not in str(classify(234, tail, "x"))
    assert "exit code 234 (Invalid argument): the cause; what came of it" in str(classify(234, tail, "x"))


def test_a_hang_after_a_failed_allocation_is_a_shortage():
    """As x265 did for ever in 400 MB of address space."""
    assert isinstance(shortage("x265 [error]: malloc of size 6160 failed\n" * 3, "x"), Resource)
    assert shortage("[in#0 @ 0x5f] [error] Error opening input: Invalid data found when processing input", "x") is None
    assert shortage("", "x") is None


def test_every_rule_has_a_remedy():
    assert all(rule.remedy and re.compile(rule.pattern) for rule in RULES)


def test_whoever_has_a_file_that_nobody_decodes_is_asked_for_no_patches():
    line = "[png @ 0x5] [error] Error submitting packet: Not yet implemented in FFmpeg, patches welcome"
    said = str(classify(187, line, "clips[0].asset"))
    assert "clips[0].asset: is of a kind that FFmpeg cannot decode (convert the asset" in said
    assert "patches" not in said
