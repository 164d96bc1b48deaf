"""A web server of one folder that gives parts of files, as players ask for them, and takes one answer from a page. It gives
licences of ClearKey too."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
}


class Site(ThreadingHTTPServer):
    """Paths begin with the name of one of the folders."""

    daemon_threads = True

    def __init__(self, folders: dict[str, Path], keys: dict[bytes, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folders = folders
        self.keys = keys
        self.answers: Queue[Any] = Queue()

    @property
    def address(self) -> str:
        """Of its root."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that is ended breaks connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        _, name, rest = self.path.partition("?")[0].split("/", 2)
        path = self.server.folders.get(name, Path("/nonexistent")) / rest
        if not path.is_file():
            return self._send(404, b"", "text/plain")
        data, kind = path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            return self._send(200, data, kind)
        first, last = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
        return self._send(206, data[first : last + 1], kind, {"Content-Range": f"bytes {first}-{last}/{len(data)}"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/licence":
            return self._send(200, json.dumps(licence(self.server.keys)).encode(), "application/json")
        self.server.answers.put(json.loads(body))
        return self._send(204, b"", "text/plain")

    def _send(self, status: int, data: bytes, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def licence(keys: dict[bytes, bytes]) -> dict[str, Any]:
    """Keys by their ids as Encrypted Media Extensions have them (9.1.4)."""

    def text(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    return {
        "keys": [{"kty": "oct", "kid": text(id_), "k": text(key)} for id_, key in keys.items()],
        "type": "temporary",
    }


@contextmanager
def serving(folders: dict[str, Path], keys: dict[bytes, bytes] | None = None) -> Iterator[Site]:
    """A site, while it is needed; `keys` by their ids are what its licences hold."""
    with Site(folders, keys or {}) as site:
        thread = threading.Thread(target=site.serve_forever, daemon=True)
        thread.start()
        yield site
        site.shutdown()
        thread.join()
