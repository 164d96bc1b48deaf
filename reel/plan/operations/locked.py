"""Operations that encrypt finished tracks: whole segments of them, or their samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import CmafTrack, Operation, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.work import PROCESS_BYTES
from reel.request.encryption import HEAD_FILE
from reel.time import Rational
from reel.toolchain import Tool

ENCRYPT_SECONDS = 0.2
PROTECT_SECONDS = 0.4
"""A program is started, and what it made is read twice."""


class Locked(Operation):
    """The family of those that encrypt a track."""

    source: str
    """Key of the track."""
    key_file: str
    """SHA-256 of the file that the key is in: what is drawn by lot cannot be found from its digest."""

    def needs(self) -> tuple[str, ...]:
        return (self.source,)

    def assets(self) -> tuple[str, ...]:
        return (self.key_file,)


class Encrypt(Locked):
    """Encrypt a track by AES-128, in a file for each segment, behind a head that is clear."""

    operation: Literal["encrypt"] = "encrypt"
    rules: ClassVar[int] = 1
    # Encryption has but one result, whoever works it out.
    tools: ClassVar[frozenset[Tool]] = frozenset()
    task: ClassVar[str] = "package"
    doing: ClassVar[str] = "encrypt {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    head: ClassVar[str] = HEAD_FILE
    starts: tuple[Rational, ...]
    """Seconds next to which segments begin."""

    def files(self) -> tuple[str, ...]:
        return (self.head, *(f"{number}.m4s" for number in range(len(self.starts))))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=ENCRYPT_SECONDS, bytes=1 << 20, memory_bytes=PROCESS_BYTES)


class Protect(Locked, CmafTrack):
    """Encrypt the samples of a track by common encryption (ISO/IEC 23001-7), through Shaka Packager."""

    operation: Literal["protect"] = "protect"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"packager"})
    task: ClassVar[str] = "package"
    doing: ClassVar[str] = "encrypt {}"
    awaits_findings: ClassVar[bool] = True
    # Not every machine has the program.
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    media: Literal["video", "audio"]
    scheme: Literal["cbcs", "cenc"]
    key_id: str
    """Hexadecimal digits."""

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=PROTECT_SECONDS, bytes=1 << 20, memory_bytes=PROCESS_BYTES)
