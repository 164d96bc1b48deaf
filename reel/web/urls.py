"""Which web addresses may be asked, as far as that can be told before a name is resolved."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import httpx

from reel.errors import BadMedia, InvalidRequest
from reel.settings import settings
from reel.values import public_name
from reel.web.addresses import known_addresses, numeric_addresses, require_addresses_allowed

PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
"""What names and addresses are made of; scopes (`fe80::1%eth0`), escapes and backslashes are not."""


@dataclass(frozen=True)
class Hosts:
    """Those that may be asked, and what says so."""

    names: Collection[str]
    """`example.com`, or `*.example.com` for all below it."""
    said_by: str = "REEL_WEB_HOSTS"
    """The setting, or the command that sets it."""


def check_url(url: str, place: str, hosts: Hosts | None = None, *, resolve: bool = False) -> None:
    """`InvalidRequest` where `post` would refuse a URL before it resolves its name; with `resolve` also for where the name
    leads now, as far as anybody can tell."""
    target = parsed(url, place)
    require_url_allowed(target, place, hosts)
    # Bare addresses, in whatever notation.
    host = target.raw_host.decode("ascii")
    require_addresses_allowed(numeric_addresses(host, port_of(target)), host, place)
    if resolve and not settings().web_proxy:
        require_addresses_allowed(known_addresses(host, port_of(target)), host, place)


def parsed(url: str, place: str) -> httpx.URL:
    """The parts of a URL; the same reading of it is checked and then connected to."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidRequest.at(
            place, f"{public_name(url)} is no web address: {error}", "write https://host/path"
        ) from None


def shown(url: httpx.URL) -> str:
    """A URL without its secrets."""
    return public_name(str(url))


def port_of(url: httpx.URL) -> int:
    return PORTS[url.scheme] if url.port is None else url.port


def require_url_allowed(url: httpx.URL, place: str, hosts: Hosts | None) -> None:
    """`InvalidRequest` for what the settings do not allow. `hosts` are those allowed; null: all."""
    host, rules = url.raw_host.decode("ascii"), settings()
    if url.scheme not in PORTS:
        raise InvalidRequest.at(place, f"{shown(url)} has the scheme {url.scheme!r}", "use https://")
    if not _HOST.fullmatch(host) or not host.strip("."):
        raise InvalidRequest.at(place, f"{shown(url)} has no proper host", "write https://host/path")
    if port_of(url) not in rules.web_ports:
        known = ", ".join(map(str, rules.web_ports)) or "none"
        raise InvalidRequest.at(place, f"{shown(url)} uses port {port_of(url)}", f"REEL_WEB_PORTS allows {known}")
    if _matches(host, rules.web_hosts_denied):
        raise InvalidRequest.at(
            place, f"{shown(url)}: the host {host} is not allowed", "REEL_WEB_HOSTS_DENIED names it"
        )
    if hosts is not None and not _matches(host, hosts.names):
        known = ", ".join(hosts.names) or "none"
        raise InvalidRequest.at(
            place, f"{shown(url)}: the host {host} is not allowed", f"{hosts.said_by} allows {known}"
        )
    if rules.web_proxy:
        # The proxy resolves names. Bare addresses, in whatever notation, are refused here all the same.
        require_addresses_allowed(numeric_addresses(host, port_of(url)), host, place)


def _matches(host: str, patterns: Collection[str]) -> bool:
    """Whether a host is one of those named, or below one of those named as `*.example.com`."""
    host = host.rstrip(".").lower()
    names = [pattern.rstrip(".").lower() for pattern in patterns]
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in names)


def redirected(url: httpx.URL, location: str, place: str) -> httpx.URL:
    """Where a redirect leads, still to be checked. Errors: `BadMedia` for no address at all, and from https to http."""
    try:
        target = url.join(location)
    except httpx.InvalidURL as error:
        raise BadMedia.at(place, f"{shown(url)} redirects to no web address: {error}") from None
    if url.scheme == "https" and target.scheme == "http":
        raise BadMedia.at(place, f"{shown(url)} redirects from https to {shown(target)}", "give an https address")
    # A password goes to the origin that it was given for, and none is taken from a server.
    same = (url.scheme, url.raw_host, url.port) == (target.scheme, target.raw_host, target.port)
    return target.copy_with(userinfo=url.userinfo if same else b"")
