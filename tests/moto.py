"""A stand-in for AWS's S3 in tests of what no real server here has: storage classes, archives, lifecycle rules.

moto holds objects in memory and checks no signatures; everything else is held against a real server (`tests/s3.py`). It runs
in a child process, so that nothing of it is patched into ours:

    with moto_server() as server:
        server.make_bucket("reel")
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class MotoServer:
    """A running server."""

    endpoint: str

    def client(self) -> Any:
        """A boto3 client, to look behind the back of what is tested."""
        import boto3  # type: ignore[import-untyped]

        named = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", **named)

    def make_bucket(self, name: str) -> None:
        self.client().create_bucket(Bucket=name)

    def restores_after(self, looks: int) -> None:
        """How often what is being restored is looked at before it is there; AWS takes hours."""
        transition = {"progression": "manual", "times": looks} if looks else {"progression": "immediate"}
        body = json.dumps({"model_name": "s3::keyrestore", "transition": transition}).encode()
        with urlopen(Request(f"{self.endpoint}/moto-api/state-manager/set-transition", body, method="POST")):
            pass


@contextmanager
def moto_server() -> Iterator[MotoServer]:
    """Start a server on a free port; end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "moto did not start"
        yield MotoServer(f"http://127.0.0.1:{json.loads(line)}")
    finally:
        process.kill()
        process.communicate()


def _serve() -> None:
    """The child: serve until the standard input ends, as it does when the parent is gone."""
    sys.path.pop(0)  # this file's folder, in which it is called as the library is
    from moto.server import ThreadedMotoServer  # type: ignore[import-not-found,unused-ignore]

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(json.dumps(server.get_host_and_port()[1]), flush=True)  # noqa: T201
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    _serve()
