"""How players come by the key of common encryption: what manifests say to each system of keys. Pure.

HLS names a system by a `KEYFORMAT` (RFC 8216, 4.3.2.4), DASH by the UUID of its `ContentProtection` (ISO/IEC 23009-1, 5.8.4.1);
what each expects there is a convention: the identifiers of the DASH-IF, and what hls.js, dash.js and Shaka Player read.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement

from reel.errors import InvalidRequest
from reel.package.entries import Protection
from reel.package.faults import UNQUOTABLE

SystemName = Literal["identity", "clearkey", "fairplay", "widevine", "playready"]

METHODS = {"cbcs": "SAMPLE-AES", "cenc": "SAMPLE-AES-CTR"}
"""Of HLS; the second is not in RFC 8216, and is what players with Widevine and PlayReady take."""
UUIDS: dict[SystemName, str] = {
    "clearkey": "e2719d58-a985-b3c9-781a-b030af78d30e",
    "widevine": "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
    "playready": "9a04f079-9840-4286-ab92-e65be0885f95",
}
"""Of DASH, where FairPlay is not used, and a bare key has no place."""
URN = "urn:uuid:"
KEY_FORMATS: dict[SystemName, str] = {
    "identity": "identity",
    "clearkey": "org.w3.clearkey",
    "fairplay": "com.apple.streamingkeydelivery",
    "widevine": URN + UUIDS["widevine"],
    "playready": "com.microsoft.playready",
}
"""Of HLS."""
PSSH_HEAD = 28
"""Bytes of a box `pssh` before its ids of keys, which are counted, or where it has none before the size of its data."""
NAMESPACES = {"xmlns:cenc": "urn:mpeg:cenc:2013", "xmlns:dashif": "https://dashif.org/CPS"}


@dataclass(frozen=True)
class KeySystem:
    """One way to the key."""

    name: SystemName
    uri: str | None = None
    """Of `identity` where the key itself is, 16 bytes; of `clearkey` and `fairplay` of the licence."""
    pssh: bytes | None = None
    """Of `widevine` and `playready`, the whole box, as whoever keeps the keys gives it."""

    def __post_init__(self) -> None:
        if self.uri is not None and (not self.uri or UNQUOTABLE.search(self.uri) or " " in self.uri):
            raise InvalidRequest.at(f"{self.name}.uri", "is no address", "write where players get the key or licence")
        if (self.pssh is None) == (self.name in ("widevine", "playready")) or (self.pssh is None) == (self.uri is None):
            raise InvalidRequest.at(self.name, "lacks its `uri` or `pssh`, or has both", "give the one that it takes")


def key_tags(protection: Protection, systems: Sequence[KeySystem]) -> list[str]:
    """The tags of a playlist of segments that are encrypted so, one for each system."""
    method = METHODS[protection.scheme]
    tags = []
    for system in systems:
        words = [f"METHOD={method}", f'URI="{_address(system)}"', f'KEYFORMAT="{KEY_FORMATS[system.name]}"']
        if system.name != "identity":
            words.append('KEYFORMATVERSIONS="1"')
        if system.name in ("widevine", "clearkey"):  # no attribute of RFC 8216; who does not know it passes it over
            words.append(f"KEYID=0x{protection.key_id.hex()}")
        tags.append(f"#EXT-X-KEY:{','.join(words)}")
    return tags


def _address(system: KeySystem) -> str:
    """Where the key is; Widevine's and PlayReady's own data stands in its place."""
    if system.uri is not None:
        return system.uri
    assert system.pssh is not None
    if system.name == "widevine":
        return f"data:text/plain;base64,{base64.b64encode(system.pssh).decode()}"
    # Its object alone, without the box around it: what its players look for there.
    return f"data:text/plain;charset=UTF-16;base64,{base64.b64encode(_data(system.pssh)).decode()}"


def _data(pssh: bytes) -> bytes:
    """What a box `pssh` holds for its system (ISO/IEC 23001-7, 8.1): in version 1, behind ids of keys."""
    at = PSSH_HEAD + (4 + 16 * int.from_bytes(pssh[PSSH_HEAD : PSSH_HEAD + 4], "big") if pssh[8] else 0)
    return pssh[at + 4 :]


def add_protection(adaptation: Element, protection: Protection, systems: Sequence[KeySystem]) -> None:
    """Say of an adaptation set that it is encrypted, under which key, and how each system comes by that.

    The W3C's common element (1077efec-...) is left out: dash.js takes what is in it for an error, and who knows a key by its
    id has no need of it. Files have that box in their heads.
    """
    key_id = str(UUID(bytes=protection.key_id))
    scheme = {"schemeIdUri": "urn:mpeg:dash:mp4protection:2011", "value": protection.scheme, "cenc:default_KID": key_id}
    SubElement(adaptation, "ContentProtection", scheme)
    for system in systems:
        if system.name in UUIDS:
            element = _element(adaptation, UUIDS[system.name], system.pssh)
            if system.name == "clearkey":
                element.set("value", "ClearKey1.0")
                SubElement(element, "dashif:Laurl").text = system.uri


def _element(adaptation: Element, uuid: str, pssh: bytes | None) -> Element:
    element = SubElement(adaptation, "ContentProtection", {"schemeIdUri": URN + uuid})
    if pssh is not None:
        SubElement(element, "cenc:pssh").text = base64.b64encode(pssh).decode()
    return element
