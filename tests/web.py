"""A small web server for tests, in threads of this process, that can be as ugly as those out there.

    with web_server() as server:
        server.pages["/a.mp4"] = [Page(b"...", cut=10), Page(b"...")]
        server.url("/a.mp4")

Each request for a path takes its next page; the last one stays.
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DRIP_SECONDS = 0.02


@dataclass(frozen=True)
class Page:
    """How one request is answered."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    """The connection is closed after so many bytes of the body."""
    claims: int | None = None
    """What `Content-Length` says instead of the truth; -1: nothing at all."""
    chunked: bool = False
    ranges: bool = True
    """Whether `Range` is obeyed."""
    conditions: bool = True
    """Whether `If-None-Match` and the like are obeyed."""
    shifted: int = 0
    """By how much a part begins elsewhere than where it was asked for."""
    drips: bool = False
    """Header lines come one by one, for ever."""
    hangs: bool = False
    """Nothing comes, for ever."""


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class WebServer:
    """A running server."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, list[Page]] = {}
        self.seen: list[Seen] = []
        self.ending = threading.Event()
        self._http = _Http((host, 0), _Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._http.owner = self
        self._http.tls = tls
        self.host = host
        self.port: int = self._http.server_address[1]
        self.scheme = "https" if tls else "http"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.02)

    def end(self) -> None:
        self.ending.set()
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def web_server(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[WebServer]:
    """Start a server on a free port; end it afterwards."""
    server = WebServer(tls, host)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()


class _Http(ThreadingHTTPServer):
    owner: WebServer
    tls: ssl.SSLContext | None

    def finish_request(self, request: Any, client_address: Any) -> None:
        # Here and not around the listening socket: a handshake that fails is this thread's trouble only.
        if not self.tls:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away in the middle; that is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        owner.seen.append(Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        pages = owner.pages.get(self.path.partition("?")[0], [Page(status=404)])
        page = pages.pop(0) if len(pages) > 1 else pages[0]
        with suppress(ConnectionError, ssl.SSLError):
            self._answer(page)

    do_POST = do_GET  # noqa: N815 - the library's names

    def _answer(self, page: Page) -> None:
        if page.hangs or page.drips:
            self._never(page)
            return
        status, body, extra = page.status, page.body, {}
        if page.conditions and self._same(page):
            status, body = 304, b""
        elif page.ranges and (asked := self._range(page)) is not None:
            start = asked + page.shifted
            extra["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            status, body = 206, body[start:]
        self.send_response(status)
        for name, value in {**page.headers, **extra}.items():
            self.send_header(name, value)
        if page.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif page.claims != -1:
            self.send_header("Content-Length", str(len(body) if page.claims is None else page.claims))
        if page.cut is not None or page.claims is not None:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        sent = body[: page.cut]
        self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent) if page.chunked else sent)
        if page.chunked and page.cut is None:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = self.close_connection or page.chunked

    def _never(self, page: Page) -> None:
        self.close_connection = True
        if page.drips:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.owner.ending.wait(DRIP_SECONDS):
            if page.drips:
                self.wfile.write(b"X-Drip: 1\r\n")

    def _same(self, page: Page) -> bool:
        tag, modified = page.headers.get("ETag"), page.headers.get("Last-Modified")
        return bool(
            (tag and self.headers.get("if-none-match") == tag)
            or (modified and self.headers.get("if-modified-since") == modified)
        )

    def _range(self, page: Page) -> int | None:
        asked = self.headers.get("range", "")
        condition = self.headers.get("if-range")
        if not asked or condition not in (None, page.headers.get("ETag"), page.headers.get("Last-Modified")):
            return None
        return int(asked.removeprefix("bytes=").partition("-")[0])

    def date_time_string(self, timestamp: float | None = None) -> str:
        return "Thu, 01 Jan 2026 12:00:00 GMT"

    def log_message(self, *arguments: object) -> None:
        """Nobody wants to read it."""


def certificates(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """An authority (its certificate as a PEM file) and the context of a server that it vouches for under these names."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", authority_key, None, authority_key, [])
    key = ec.generate_private_key(ec.SECP256R1())
    server = _certificate("server", key, authority, authority_key, list(names))
    pem, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(encoding))
    secret = key.private_bytes(encoding, pem, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(server.public_bytes(encoding) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return folder / "ca.pem", context


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    names: list[str],
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def put_to(url: str, body: bytes) -> int:
    """The status of a PUT, as a browser makes it by a presigned link."""
    request = urllib.request.Request(url, body, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
