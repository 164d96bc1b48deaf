"""AES-128 of whole segments (RFC 8216, 4.3.2.4 and 5.2): a lock for ordinary players, and no rights management."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from reel.errors import InvalidRequest
from reel.extras import missing_extra
from reel.package.faults import UNQUOTABLE

KEY_BYTES = 16
HEX = re.compile(rb"[0-9A-Fa-f]{32}")


@dataclass(frozen=True)
class Encryption:
    """The key of a package, and where its players get it. It is not put into the package."""

    key: bytes
    uri: str

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise InvalidRequest.at("key", f"has {len(self.key)} bytes", f"AES-128 needs {KEY_BYTES}")
        if not self.uri or UNQUOTABLE.search(self.uri) or not _is_address(self.uri):
            raise InvalidRequest.at("key_uri", "is no address", "write where players get the key: `https://...`")

    def __repr__(self) -> str:
        """Without the key, which would end up in logs."""
        return f"Encryption(uri={self.uri!r})"


def _is_address(uri: str) -> bool:
    try:
        return urlsplit(uri).scheme in ("https", "http", "") and " " not in uri
    except ValueError:
        return False


def key_of(data: bytes, place: str) -> bytes:
    """The key in a file: its 16 bytes, or 32 hexadecimal digits. `InvalidRequest`, without a word of what is in it."""
    if len(data) == KEY_BYTES:
        return data
    if HEX.fullmatch(data.strip()):
        return bytes.fromhex(data.strip().decode())
    odd = len(data.strip()) == 2 * KEY_BYTES
    why = f"not all of its {2 * KEY_BYTES} letters are hexadecimal digits" if odd else f"it has {len(data)} bytes"
    what = f"is no key of AES-128: {why}"
    raise InvalidRequest.at(place, what, f"give a file of {KEY_BYTES} bytes, or of {2 * KEY_BYTES} hexadecimal digits")


def encrypted(data: bytes, key: bytes, number: int) -> bytes:
    """A segment, CBC with padding of PKCS #7. Its number in its playlist is the IV, as 5.2 has it where none is stated."""
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # an extra
        from cryptography.hazmat.primitives.padding import PKCS7
    except ModuleNotFoundError as error:
        raise missing_extra(error, "key", "encryption") or error from error
    padding = PKCS7(KEY_BYTES * 8).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(number.to_bytes(KEY_BYTES, "big"))).encryptor()
    return cipher.update(padding.update(data) + padding.finalize()) + cipher.finalize()
