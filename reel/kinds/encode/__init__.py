"""`encode`: several videos of one master."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reel.kinds.encode.compile import compile_encode, faults
from reel.kinds.encode.request import EncodeRequest
from reel.kinds.kind import Kind, counted, entries


def summary(document: Mapping[str, Any]) -> str:
    """`3 videos of a master`."""
    return f"{counted(entries(document, 'outputs') or 1, 'video')} of a master"


ENCODE = Kind(EncodeRequest, faults=faults, compile=compile_encode, summary=summary)
