"""What a proof leaves: what is wrong, in words and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import cv2

from reel.damage import DAMAGE
from reel.errors import Internal
from reel.make.context import Measured, StepContext
from reel.plan.operations.base import Proof
from reel.settings import settings

MOST_TOLD = 6
"""Mismatches that one proof tells, where they are no error."""


def told_or_raised(wrong: list[Internal], of: Measured, context: StepContext) -> list[dict[str, Any]]:
    """What is wrong, for a report, with its pictures as files of the artefact; the first is raised where that is an error.

    It is none where what is proven, of which this was measured, was made of a damaged source: what another decoder makes of
    damage is nobody's measure.
    """
    is_damaged = bool(of.get(DAMAGE))
    if wrong and settings().proof_mismatch == "fail" and not is_damaged:
        raise wrong[0]
    told: list[dict[str, Any]] = []
    for number, error in enumerate(wrong[:MOST_TOLD]):
        (problem,) = error.problems
        told.append(
            {"place": problem.place, "what": problem.what, "picture": "", **({DAMAGE: True} if is_damaged else {})}
        )
        for picture in error.evidence.pictures:
            told[-1]["picture"] = f"{number}.jpg"
            (context.folder / f"{number}.jpg").write_bytes(picture)
    return told


def jpeg(pixels: Any) -> bytes:
    """A picture as JPEG, from red, green and blue."""
    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return data.tobytes() if done else b""


def write_proof(context: StepContext, document: Mapping[str, Any]) -> None:
    """Leave what was found as the artefact's file, for people."""
    (context.folder / Proof.file).write_text(json.dumps(document), "utf-8")
