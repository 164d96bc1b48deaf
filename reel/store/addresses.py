"""Where what we have stored is read from outside: the one place that turns locations into addresses.

Outputs have the address of whoever serves them (`REEL_OUTPUTS_URL`: a proxy, a CDN), signed where a key pair of CloudFront is
named; everything else in a bucket has a presigned link, and in a folder a `file:` URI.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from reel.errors import InvalidRequest
from reel.settings import Settings, settings
from reel.store.cloudfront import key_pair
from reel.store.location import S3_LOCATION, objects_at


class Address(NamedTuple):
    """An address to read a file by."""

    url: str
    expires: bool
    """Whether it holds for the seconds that were asked for alone, and not for as long as the file is there."""


def address_of(location: str, seconds: int, *, download: bool = False) -> Address:
    """The address of a file at a location (`ObjectStore.where`). With `download` a presigned link has browsers save it.

    Errors: as `objects_at`, `ObjectStore.url` and `key_pair`.
    """
    config = settings()
    name = _name_in_outputs(location, config)
    if config.outputs_url and name:
        return _served(f"{config.outputs_url.rstrip('/')}/{quote(name)}", seconds, config)
    found = S3_LOCATION.fullmatch(location)
    if not found:
        return Address(Path(location).absolute().as_uri(), expires=False)
    # The key as it is: a name may end with what a prefix loses.
    key = location.partition("//")[2].partition("/")[2]
    return Address(objects_at(f"s3://{found['bucket']}").url(key, seconds, download=download), expires=True)


def lasting_address(location: str) -> str | None:
    """The address that holds for as long as the file is there; null where there is none such."""
    config = settings()
    name = _name_in_outputs(location, config)
    if not (config.outputs_url and name) or config.cloudfront_key_id:
        return None
    return f"{config.outputs_url.rstrip('/')}/{quote(name)}"


def cookies_for(prefix: str, seconds: int) -> Mapping[str, str]:
    """Cookies that open all outputs below a prefix (`acme/8c0e.../`) for so long: what a player needs for a package, whose
    segments it asks for without our signature. Errors: as `key_pair`; `InvalidRequest` where no pair is named."""
    config = settings()
    pair = key_pair(config)
    if pair is None or config.outputs_url is None:
        raise InvalidRequest.at("REEL_CLOUDFRONT_KEY_ID", "is not set", "cookies are signed for CloudFront alone")
    opened = pair.policy(f"{config.outputs_url.rstrip('/')}/{quote(prefix)}*", int(time.time()) + seconds)
    return {f"CloudFront-{name}": value for name, value in opened.items()}


def _served(url: str, seconds: int, config: Settings) -> Address:
    pair = key_pair(config)
    if pair is None:
        return Address(url, expires=False)
    return Address(pair.signed(url, int(time.time()) + seconds), expires=True)


def _name_in_outputs(location: str, config: Settings) -> str:
    """The name of an output among all outputs; empty for what is none."""
    place = config.outputs_location
    base = place if place.startswith("s3:") else str(Path(place).absolute())
    base = f"{base.rstrip('/')}/"
    return location.removeprefix(base) if location.startswith(base) else ""
