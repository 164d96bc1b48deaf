"""Connections: only to checked addresses, and over when the time is."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import httpcore
import httpx

from reel.errors import Resource
from reel.settings import settings
from reel.web.addresses import addresses_of


def pool(place: str, until: float) -> httpcore.ConnectionPool:
    """Connections for one request and its redirects, which are over at `until` (`time.monotonic`)."""
    context = _certificates(settings().web_ca)
    if not settings().web_proxy:
        return httpcore.ConnectionPool(ssl_context=context, network_backend=_Backend(place, until))
    proxy = httpx.Proxy(settings().web_proxy or "")
    return httpcore.HTTPProxy(
        str(proxy.url), proxy_auth=proxy.raw_auth, ssl_context=context, network_backend=_Backend(None, until)
    )


@cache
def _certificates(ca: Path | None) -> ssl.SSLContext:
    """Whom we trust: the authorities of the `certifi` package, and those of the file. Raises `Resource` where that is none."""
    context = httpx.create_ssl_context(trust_env=False)
    try:
        if ca:
            context.load_verify_locations(ca)
    except OSError as error:
        what = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise Resource.at("REEL_WEB_CA", f"{ca} cannot be used: {what}", "name a PEM file, or unset it") from None
    return context


class _Backend(httpcore.NetworkBackend):
    """Resolves a name, checks its addresses, and connects to one of them. `place` is null for connections to a proxy."""

    def __init__(self, place: str | None, until: float) -> None:
        self._place, self._until, self._system = place, until, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = addresses_of(host, port, self._place) if self._place is not None else [host]
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            limit = _left(self._until, timeout)
            try:
                connected = self._system.connect_tcp(address, port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(connected, self._until)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A stream that ends with the time allowed: a server that sends a byte now and then is never silent for long."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._until, timeout))
        return _Stream(secured, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    """Seconds that one operation may take."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(left, timeout)
