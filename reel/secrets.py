"""The installation's own secret, and keys derived from it: one for each purpose, so that none tells of another.

    derived("links")          # 32 bytes: the same in all processes and on all machines that have the same secret
    every_derived("links")    # that, and those of the secrets before it, newest first: for what was made before a rotation

The secret is a text of at least 32 characters: `REEL_SECRET`, else the contents of `REEL_SECRET_FILE`, else those of `secret`
in the home, which is made at first use. Each may hold several, apart by white space, the newest first. Where an installation
has several machines, they have to be given one.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from reel.disk import disk_errors, require_folder, sync
from reel.errors import InvalidRequest
from reel.settings import settings

FILE = "secret"
LEAST_LETTERS = 32
"""Of a secret: with 16 letters of hexadecimal digits and more, nobody finds it by trying (128 bits)."""
_SALT = b"reelflow installation secret"


def derived(purpose: str) -> bytes:
    """32 bytes for a purpose, by HKDF-SHA-256. Errors: as `all_secrets`."""
    return every_derived(purpose)[0]


def every_derived(purpose: str) -> tuple[bytes, ...]:
    """Those of all secrets that count, the newest first. What is made uses the first; what is checked or read, any."""
    return tuple(hkdf_sha256(secret.encode(), _SALT, purpose.encode()) for secret in all_secrets())


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """One block of RFC 5869: 32 bytes."""
    return hmac.digest(hmac.digest(salt, secret, hashlib.sha256), info + b"\x01", hashlib.sha256)


def all_secrets() -> tuple[str, ...]:
    """The installation's secrets, the newest first; read anew each time, as they may be rotated. Raises `InvalidRequest` that
    names the setting when there is none or a weak one, and `Resource` when the file cannot be read or made."""
    told = settings()
    if told.secret is not None:
        return _checked("REEL_SECRET", told.secret.get_secret_value())
    if told.secret_file is not None:
        with disk_errors(told.secret_file.parent):
            return _checked("REEL_SECRET_FILE", _text_of(told.secret_file))
    path = told.home / FILE
    return _checked(str(path), _made(path))


def rotate() -> str:
    """Make a new secret of the file in the home, before those that are in it; the place that it is in. Where a setting says
    what the secret is, nothing is changed: whoever set it puts a new one first. Errors: as `all_secrets`."""
    return _set_by() or _written((new_secret(), *all_secrets()))


def forget_older() -> str:
    """Keep the newest secret of the file in the home alone; what older ones sealed and nobody sealed anew is lost. The place,
    as of `rotate`."""
    return _set_by() or _written(all_secrets()[:1])


def _set_by() -> str:
    """The setting that says what the secret is; empty where it is that in the home."""
    told = settings()
    if told.secret is not None:
        return "REEL_SECRET"
    return "" if told.secret_file is None else "REEL_SECRET_FILE"


def _written(found: tuple[str, ...]) -> str:
    """Replace the file in one piece: others read it at any moment."""
    path = settings().home / FILE
    new = path.with_name(f".{FILE}.new")
    with disk_errors(path.parent):
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{secret}\n" for secret in found))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync(path.parent)
    return str(path)


def new_secret() -> str:
    """One that nobody can guess: 256 bits."""
    return secrets.token_hex(32)


def _text_of(path: Path) -> str:
    if not path.is_file():
        raise InvalidRequest.at("REEL_SECRET_FILE", f"there is no file {path}", "name the file that holds the secret")
    return path.read_text("utf-8", "replace")


def _made(path: Path) -> str:
    """What the file holds; filled first where it is not there yet, by one of all that come at once."""
    require_folder("REEL_HOME", path.parent, 0o700)
    with disk_errors(path.parent):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "r+", encoding="utf-8", errors="replace") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            text = file.read()
            if not text:
                text = new_secret() + "\n"
                file.write(text)
                file.flush()
                os.fsync(file)
            return text


def _checked(place: str, text: str) -> tuple[str, ...]:
    found = tuple(text.split())
    if not found:
        raise InvalidRequest.at(place, "holds no secret", f"write at least {LEAST_LETTERS} random characters")
    short = min(map(len, found))
    if short < LEAST_LETTERS:
        what = f"holds a secret of {short} characters"
        raise InvalidRequest.at(place, what, f"write at least {LEAST_LETTERS} random ones: `openssl rand -hex 32`")
    return found
