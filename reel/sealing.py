"""Secrets that are stored, encrypted: AES-256-GCM, with a key of the installation's own secret (`reel.secrets`).

    seal(b"...")                          # sealed.v1.<key id>.<nonce, ciphertext and tag in base64url>
    sealed_document({"asset": "https://cdn.example/a.mp4?signature=..."})
    # {"asset": "https://cdn.example/a.mp4?sealed=v1.1f0c....": readable but for the secret, and an address still

A document's addresses are sealed one by one, so that whoever reads it elsewhere, in the database or on a page of Prefect, sees
what it asks for. A key goes by the first digits of its digest: after a rotation older ones still open what they have sealed.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from typing import Any

from reel.errors import Resource
from reel.extras import missing_extra
from reel.secrets import every_derived
from reel.values import texts_of, with_addresses

PURPOSE = "encryption at rest"
MARK = "sealed.v1."
NONCE_BYTES = 12
"""Random: of 2^32 messages under one key, two have the same with a chance of 2^-32 (NIST SP 800-38D, 8.3)."""
_TOKEN = re.compile(r"sealed\.v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)")
_ADDRESS = re.compile(r"https?:/[^?#]*\?(sealed)=(v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+)", re.IGNORECASE)


def seal(data: bytes) -> str:
    """A text that only this installation can read. Errors: as `reel.secrets.all_secrets`."""
    key = every_derived(PURPOSE)[0]
    nonce = os.urandom(NONCE_BYTES)
    id_ = _id(key)
    token = nonce + _cipher(key).encrypt(nonce, data, f"{MARK}{id_}".encode())
    return f"{MARK}{id_}.{base64.urlsafe_b64encode(token).rstrip(b'=').decode()}"


def unseal(text: str) -> bytes:
    """What was sealed. Raises `Resource` where this machine has not the secret, or the text is damaged."""
    data = _unsealed(text)
    if data is None:
        raise _cannot_open("secret", text)
    return data


def require_openable(document: Any, place: str = "request") -> None:
    """Raises `Resource` for a document with addresses that `opened_document` leaves sealed: whoever asks these would be
    refused, and nobody knew why. `place` is what it is told of."""
    for token in tokens_of(document):
        if _unsealed(token) is None:
            raise _cannot_open(place, token)


def _cannot_open(place: str, token: str) -> Resource:
    """Says whether it was sealed with another secret than this machine has, by the ids of both."""
    found = _TOKEN.fullmatch(token)
    ours = [_id(key) for key in every_derived(PURPOSE)]
    if found and found[1] in ours:
        return Resource.at(place, "was encrypted here, and is damaged", "restore it from a backup")
    whose = f"secret {found[1]}" if found else "no secret that is known"
    what = f"was encrypted with {whose}, and this machine has {', '.join(ours)}: its REEL_SECRET is another"
    remedy = "give all machines of the installation, and a restored catalogue, the same REEL_SECRET or REEL_SECRET_FILE"
    return Resource.at(place, what, remedy)


def opened(data: bytes) -> bytes:
    """A file's bytes as they were before they were sealed; what was not is as it is. Raises as `unseal`."""
    text = data.decode("ascii", "replace")
    return unseal(text) if is_sealed(text) else data


def is_sealed(text: str) -> bool:
    """Whether a text looks as if it were sealed."""
    return _TOKEN.fullmatch(text) is not None


def is_newest(text: str) -> bool:
    """Whether a sealed text, or a document with sealed addresses, needs no sealing anew."""
    found = _TOKEN.fullmatch(text)
    return found is not None and found[1] == _id(every_derived(PURPOSE)[0])


def sealed_document(document: Any, place: str = "") -> Any:
    """A JSON document with all that is secret in its addresses sealed: passwords, queries (which hold signatures) and
    fragments; of webhooks all but the host. `place` is the field that it stands in."""
    return with_addresses(document, _sealed, place)


def opened_document(document: Any) -> Any:
    """The document as it was. What is not ours to open stays as it is."""
    if isinstance(document, dict):
        return {name: opened_document(part) for name, part in document.items()}
    if isinstance(document, list | tuple):
        return [opened_document(part) for part in document]
    return _opened(document) if isinstance(document, str) else document


def tokens_of(value: Any) -> Iterator[str]:
    """What is sealed of a value: itself, where it is a sealed text, or the addresses of a document. Its other texts are its
    writer's own, whatever they look like."""
    if isinstance(value, str) and is_sealed(value):
        yield value
    else:
        addresses = map(_ADDRESS.fullmatch, texts_of(value))
        yield from (f"{found[1]}.{found[2]}" for found in addresses if found)


def _sealed(address: str, shown: str) -> str:
    return f"{shown}?{seal(address.encode('utf-8', 'surrogatepass')).replace('.', '=', 1)}"


def _opened(text: str) -> str:
    found = _ADDRESS.fullmatch(text)
    data = _unsealed(f"{found[1]}.{found[2]}") if found else None
    return text if data is None else data.decode("utf-8", "surrogatepass")


def _unsealed(text: str) -> bytes | None:
    found = _TOKEN.fullmatch(text)
    if not found:
        return None
    try:
        token = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
    except ValueError:
        return None
    for key in every_derived(PURPOSE):
        if _id(key) == found[1]:
            try:
                return bytes(
                    _cipher(key).decrypt(token[:NONCE_BYTES], token[NONCE_BYTES:], f"{MARK}{found[1]}".encode())
                )
            except (_tampered(), ValueError):
                return None
    return None


def _id(key: bytes) -> str:
    return hashlib.sha256(b"id of " + key).hexdigest()[:8]


def _cipher(key: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # an extra
    except ModuleNotFoundError as error:
        raise missing_extra(error, "secret") or error from error
    return AESGCM(key)


def _tampered() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag
