"""Where what we have stored is read from outside: the one place that turns locations into addresses.

Outputs have the address of whoever serves them (`REEL_OUTPUTS_URL`: a proxy, a CDN), signed where a key pair of CloudFront is
named; everything else in a bucket has a presigned link, and in a folder a `file:` URI. What nobody else serves has a signed
link of the gateway (`reel.store.links`), where there is one (`REEL_GATEWAY_URL`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from reel.errors import InvalidRequest
from reel.secrets import derived
from reel.settings import Settings, settings
from reel.store.cloudfront import key_pair
from reel.store.links import PURPOSE, Grant, link, scope_of
from reel.store.location import S3_LOCATION, objects_at


class Address(NamedTuple):
    """An address to read a file by."""

    url: str
    expires: bool
    """Whether it holds for the seconds that were asked for alone, and not for as long as the file is there."""


class Gateway(NamedTuple):
    """Who answers signed links (`reel.store.links`)."""

    base: str
    """Address of the gateway, without a slash at its end; empty where links are read by a page of its own."""
    key: bytes = b""

    def address(self, name: str, seconds: int, *, download: bool = False, sha256: str = "") -> Address:
        """The link to an output, by its name among all outputs; of a playlist, one that opens all that it names."""
        tenant, generation, file = name.split("/", 2)
        opens = scope_of(file)
        bound = sha256 if opens == file else ""
        grant = Grant(tenant, generation, opens, int(time.time()) + seconds, download, bound)
        return Address(f"{self.base}{link(grant, file, self.key)}", expires=True)


def address_of(
    location: str,
    seconds: int,
    *,
    download: bool = False,
    sha256: str = "",
    gateway: Gateway | None = None,
    once: bool = False,
) -> Address:
    """The address of a file at a location (`ObjectStore.where`). With `download` links that are signed have browsers save it;
    with a digest the gateway's show these bytes and no others. `gateway`: null: the one of the settings, where they name one.
    What is removed `once` it was fetched has the gateway's, whoever else serves it: nobody else tells us.

    Errors: as `objects_at`, `ObjectStore.url`, `key_pair` and `reel.secrets.derived`.
    """
    config = settings()
    name = _name_in_outputs(location, config)
    found = S3_LOCATION.fullmatch(location)
    file = name.split("/", 2)[-1] if name.count("/") >= 2 else ""
    if file and (once or is_for_gateway(file, config, is_local=not found)):
        gateway = gateway or _gateway_of(config)
        if gateway:
            return gateway.address(name, seconds, download=download, sha256=sha256)
    if config.outputs_url and name:
        return _served(f"{config.outputs_url.rstrip('/')}/{quote(name)}", seconds, config)
    if not found:
        return Address(Path(location).absolute().as_uri(), expires=False)
    # The key as it is: a name may end with what a prefix loses.
    key = location.partition("//")[2].partition("/")[2]
    return Address(objects_at(f"s3://{found['bucket']}").url(key, seconds, download=download), expires=True)


def is_for_gateway(name: str, config: Settings, *, is_local: bool) -> bool:
    """Whether an output, by its name within its generation, has the address of the gateway, where there is one: what nobody
    else serves, and what names files beside itself (a playlist, a report), where a signature of anybody else's would not open
    these."""
    signed_elsewhere = config.cloudfront_key_id is not None or not (is_local or config.outputs_url)
    return scope_of(name) != name if signed_elsewhere else not config.outputs_url


def _gateway_of(config: Settings) -> Gateway | None:
    return None if config.gateway_url is None else Gateway(config.gateway_url.rstrip("/"), derived(PURPOSE))


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
