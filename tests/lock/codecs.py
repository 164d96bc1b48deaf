"""What encoders are told, codec by codec: an operation's example has one short segment in one codec, and would not see what a
codec's file says of others, of long segments, or of another effort."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, get_args

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS, AudioCodecName, VideoCodecName
from reel.codecs.video import Effort
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.sound import encode_command
from reel.presets import Canvas, VideoEncoder, audio_encoder, capped_crf, for_cutting, for_frames
from tests.lock.signature import plain

CANVAS = Canvas(width=640, height=360, rate=Fraction(25))
SHORT, LONG = 25, 100
"""Frames of segments: of one that ends as it is, and of one that is encoded as if it went on, in the codecs that do so."""


def told() -> dict[str, dict[str, Any]]:
    """Of each codec, its rules and all that its encoder is told, by the settings."""
    pictures = {name: _locked(codec.rules, _pictures(name)) for name, codec in VIDEO_CODECS.items()}
    return pictures | {name: _locked(codec.rules, _sounds(name)) for name, codec in AUDIO_CODECS.items()}


def _locked(rules: int, commands: Iterator[tuple[str, str]]) -> dict[str, Any]:
    return {"rules": rules, "commands": dict(commands)}


def _pictures(name: VideoCodecName) -> Iterator[tuple[str, str]]:
    for said, encoder in _encoders(name):
        for frames in (SHORT, LONG):
            yield f"{said}, {frames} frames", _plain(encode_frames_command(CANVAS, for_frames(encoder, frames), "out"))


def _encoders(name: VideoCodecName) -> Iterator[tuple[str, VideoEncoder]]:
    codec = VIDEO_CODECS[name]
    for effort in get_args(Effort):
        yield effort, capped_crf(1_000_000, CANVAS, name, effort=effort)
    usual = capped_crf(1_000_000, CANVAS, name)
    for depth, alpha in codec.pixel_formats:
        yield f"{depth} bit{', alpha' if alpha else ''}", usual.model_copy(update={"bit_depth": depth, "alpha": alpha})
    if codec.cuttable:
        yield "cuttable", for_cutting(usual, CANVAS.rate)
    if codec.buffered:
        yield "half a buffer", usual.model_copy(update={"start_fill": 0.5})
    if codec.two_passes:
        yield "first pass", usual.model_copy(update={"pass_number": 1})
        second = {"pass_number": 2, "crf": None, "bits_per_second": 800_000}
        yield "second pass", usual.model_copy(update=second)


def _sounds(name: AudioCodecName) -> Iterator[tuple[str, str]]:
    for search in AUDIO_CODECS[name].searches:
        yield search, _plain(encode_command(audio_encoder(name), "out", search))


def _plain(command: list[str]) -> str:
    return plain(shlex.join(["ffmpeg", *command]))


def complaint(name: str, found: dict[str, Any], locked: dict[str, Any] | None) -> str:
    """What is wrong with a codec and its lock, and what to do; empty where nothing is."""
    renew = "run `make lock-operations` and commit tests/lock/locked_codecs"
    if locked is None:
        return f"{name} is not locked: {renew}"
    if found["rules"] < locked["rules"]:
        return f"the rules of {name} are {found['rules']}, but were {locked['rules']} already: they only ever rise"
    if found["rules"] > locked["rules"]:
        return f"{name} has other rules than are locked: {renew}"
    changed = [said for said, command in locked["commands"].items() if found["commands"].get(said) != command]
    if changed:
        return (
            f"{name} is encoded otherwise ({'; '.join(changed)}), and old artefacts would be served for new ones: "
            f"set `rules` in reel/codecs/ to {locked['rules'] + 1}, then {renew}"
        )
    return "" if found == locked else f"{name} has settings that are not locked: {renew}"
