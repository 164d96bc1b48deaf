"""What a request says of the encryption of a ladder: of whole segments, or of samples by common encryption."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from reel.errors import Problem
from reel.request.parts import AssetName
from reel.request.rules import Fault, Ruled, fault, rule
from reel.values import is_empty, is_none

HEAD_FILE, PROTECTED_FILE = "head.mp4", "protected.mp4"
"""What is published of an encrypted track: the head of whole segments, beside these, or the file of encrypted samples."""

MOST_KEY_BYTES = 34
"""Of its file: 16 bytes, or 32 hexadecimal digits and a line's end; what is longer is no key."""

MOST_SYSTEMS = 4
"""Of which each is there once, and the bare key alone."""

Address = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r'^(https?://[^\s"]+|[^\s":]+)$')]
LicenceAddress = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, pattern=r'^((https?|skd)://[^\s"]+|[^\s":]+)$')
]
"""FairPlay has a scheme of its own."""

BOX_SYSTEMS: Mapping[str, str] = {
    "widevine": "edef8ba979d64acea3c827dcd51d21ed",
    "playready": "9a04f07998404286ab92e65be0885f95",
}
"""Systems that give players a box `pssh`, each with its id in it."""
LEAST_BOX = 32
"""Bytes: its head, its system, and that nothing follows (ISO/IEC 23001-7, 8.1)."""


def opened_name(name: str) -> str:
    """What is opened of a published track: of one that is encrypted as whole segments, its playlist."""
    return f"{name.removesuffix(f'/{HEAD_FILE}')}.m3u8" if name.endswith(f"/{HEAD_FILE}") else name


class KeySystem(Ruled):
    """How players that have one system of keys come by them."""

    system: Literal["identity", "clearkey", "fairplay", "widevine", "playready"] = Field(
        description="identity: the key itself, by HLS alone."
    )
    uri: LicenceAddress | None = Field(
        None,
        description="Of identity: where the key is, 16 bytes; of clearkey and fairplay: where players get the licence.",
        examples=["https://keys.example/1", "skd://film-1"],
    )
    pssh: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        None, description="Of widevine and playready: the box `pssh` in Base64, as whoever keeps the keys gives it."
    )

    @rule
    def _takes_its_own(self) -> Iterator[Fault]:
        takes, other = ("pssh", "uri") if self.system in BOX_SYSTEMS else ("uri", "pssh")
        if not self.given(takes):
            yield fault(f"{self.system} takes its `{takes}`", takes)
        if self.given(other):
            yield fault(f"{self.system} takes no `{other}`", other)

    @rule
    def _in_its_box(self) -> Iterator[Fault]:
        if self.system in BOX_SYSTEMS and self.pssh is not None and (wrong := _wrong_box(self.pssh, self.system)):
            yield fault(wrong, "pssh")


def _wrong_box(text: str, system: str) -> str | None:
    """Why a text is no box of a system; null where it is one."""
    try:
        box = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return "`pssh` is no Base64"
    if len(box) < LEAST_BOX or int.from_bytes(box[:4], "big") != len(box) or box[4:8] != b"pssh":
        return "`pssh` holds no box of that name: give the whole box, as it would stand in a file"
    if box[12:28].hex() != BOX_SYSTEMS[system]:
        return f"`pssh` is another system's: that of {system} begins with {BOX_SYSTEMS[system]}"
    return None


class LadderEncryption(Ruled):
    """A lock on segments, by AES-128 (RFC 8216); or on samples, by common encryption (ISO/IEC 23001-7)."""

    scheme: Literal["aes-128", "cbcs", "cenc"] = Field(
        "aes-128",
        exclude_if=lambda scheme: scheme == "aes-128",
        description="aes-128: whole segments, for HLS alone; cbcs, cenc: samples, for HLS and DASH.",
    )
    key: AssetName = Field(
        description="A file with the key: 16 bytes, or 32 hexadecimal digits. A key is no part of a request."
    )
    key_id: str | None = Field(
        None,
        exclude_if=is_none,
        description="Of cbcs and cenc: what players ask for the key by, 32 hexadecimal digits.",
    )
    uri: Address | None = Field(
        None, description="Of aes-128: where players get the key.", examples=["https://keys.example/1"]
    )
    systems: Annotated[tuple[KeySystem, ...], Field(max_length=MOST_SYSTEMS)] = Field(
        (), exclude_if=is_empty, description="Of cbcs and cenc: how players come by the key."
    )

    @field_validator("key_id")
    @classmethod
    def _digits(cls, key_id: str | None) -> str | None:
        if key_id is None:
            return None
        try:
            return UUID(key_id).hex
        except ValueError:
            raise ValueError("must be 32 hexadecimal digits, or a UUID") from None

    @rule
    def _has_what_its_scheme_takes(self) -> Iterator[Fault]:
        takes, others = (("key_id", "systems"), ("uri",)) if self.is_common else (("uri",), ("key_id", "systems"))
        for field in takes:
            if not self._has(field):
                yield fault(f"{self.scheme} needs `{field}`", field)
        for field in others:
            if self._has(field):
                yield fault(f"{self.scheme} has no `{field}`: leave it out, or give another `scheme`", field)

    def _has(self, field: str) -> bool:
        return bool(self.given(field) and (not self.knows(field) or getattr(self, field)))

    @rule
    def _fairplay_by_cbcs(self) -> Iterator[Fault]:
        if self.scheme == "cenc" and "fairplay" in self._names:
            what = "fairplay decrypts cbcs alone: give that as the `scheme`, or leave fairplay out"
            yield fault(what, "scheme", "systems")

    @rule
    def _each_once(self) -> Iterator[Fault]:
        if len({*self._names}) < len(self._names):
            yield fault("names one twice", "systems", at="systems")

    @rule
    def _identity_alone(self) -> Iterator[Fault]:
        # hls.js takes a bare key for that of a transport stream, whatever else is there, and plays nothing.
        if "identity" in self._names and len(self.systems) > 1:
            yield fault("`identity` stands alone: leave out the others, or it", "systems", at="systems")

    @property
    def _names(self) -> list[str]:
        """The systems that are known by name."""
        return [each.system for each in self.systems if each.knows("system")]

    @property
    def is_common(self) -> bool:
        """Whether samples are encrypted, and not whole segments."""
        return self.scheme != "aes-128"


def track_file(name: str, encryption: LadderEncryption | None) -> str:
    """The file of a track in its ladder's folder; of whole encrypted segments, their head."""
    if encryption is None:
        return f"{name}.mp4"
    # In a folder of its own, as the other is: nobody takes it for a video that anything plays.
    return f"{name}/{PROTECTED_FILE if encryption.is_common else HEAD_FILE}"


def one_key_each(used: Sequence[tuple[str, LadderEncryption, str]]) -> Iterator[Problem]:
    """Ids of keys that stand for another key elsewhere: players keep keys by them. `used`: each encryption by its place, with
    the SHA-256 of its key."""
    first: dict[str, tuple[str, str]] = {}
    for place, encryption, sha256 in used:
        if encryption.key_id is not None:
            before, known = first.setdefault(encryption.key_id, (place, sha256))
            if known != sha256:
                what = f"is that of another key in {before}"
                yield Problem(f"{place}.key_id", what, "give each key an id of its own, or both the same file")
