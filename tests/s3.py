"""A real S3 server for tests: OpenStack Swift with its `s3api`, all four servers in one child process.

It checks signatures, the expiry of presigned links, checksums and the smallest size of a part, as S3 does. It lists five
objects at a time, so that every listing has pages. Objects are held in memory, accounts and containers (buckets) in a folder;
nothing else runs (no memcached, no replicators). Use it as

    with s3_server(folder) as server:
        server.make_bucket("reel")

or take the fixtures of `tests/store/conftest.py`: one server per test process, which ends with that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCESS_KEY, SECRET_KEY = "reel:owner", "the-secret-of-the-owner"
"""May do everything."""
OTHER_ACCESS_KEY, OTHER_SECRET_KEY = "reel:other", "the-secret-of-the-other"
"""Is known, and may do nothing."""

CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
"""The environment of a client."""

_STORAGE = """
[DEFAULT]
devices = {folder}
mount_check = false
fallocate_reserve = 0
swift_dir = {folder}
[pipeline:main]
pipeline = app
[app:app]
use = egg:swift#{app}
"""

_PROXY = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_bucket_listing = 5
[filter:tempauth]
use = egg:swift#tempauth
user_reel_owner = {owner} .admin
user_reel_other = {other}
[filter:slo]
use = egg:swift#slo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""

_HASHES = "[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = only\ndefault = yes\n"


@dataclass(frozen=True)
class S3Server:
    """A running server."""

    endpoint: str
    process: subprocess.Popen[str]

    def client(self, **options: Any) -> Any:
        """A boto3 client of the owner, without retries, to look behind the back of what is tested."""
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}, **options),
        )

    def make_bucket(self, name: str) -> None:
        self.client().create_bucket(Bucket=name)


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start a server on a free port, with its files in the folder; end it afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, f"the S3 server did not start:\n{(folder / 'log').read_text()}"
        yield S3Server(f"http://127.0.0.1:{json.loads(line)}", process)
    finally:
        process.kill()
        process.communicate()


def _serve(folder: Path) -> None:
    """The child: run the servers until the standard input ends, as it does when the parent is gone."""
    import eventlet  # type: ignore[import-untyped]
    import eventlet.wsgi  # type: ignore[import-untyped]
    from eventlet.hubs import trampoline  # type: ignore[import-untyped]

    eventlet.monkey_patch()
    from swift.common import storage_policy, utils, wsgi  # type: ignore[import-untyped]
    from swift.common.ring import RingBuilder  # type: ignore[import-untyped]

    (folder / "swift.conf").write_text(_HASHES)
    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    utils.validate_hash_conf()
    storage_policy.reload_storage_policies()
    sockets = {
        name: eventlet.listen(("127.0.0.1", 0), backlog=512) for name in ("account", "container", "object", "proxy")
    }
    ports = {name: socket.getsockname()[1] for name, socket in sockets.items()}
    for name in ("account", "container", "object"):
        builder = RingBuilder(part_power=0, replicas=1, min_part_hours=0)
        builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": ports[name], "device": "disk", "weight": 1})
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{name}.ring.gz"))
    (folder / "disk").mkdir(exist_ok=True)
    for name, socket in sockets.items():
        conf = folder / f"{name}.conf"
        text = _PROXY if name == "proxy" else _STORAGE
        kind = "mem_object" if name == "object" else name
        conf.write_text(text.format(folder=folder, app=kind, owner=SECRET_KEY, other=OTHER_SECRET_KEY))
        app = wsgi.loadapp(str(conf), global_conf={"log_name": name})
        # Header names are to stay as they are: S3's clients look for `ETag`, not for `Etag`.
        options = {"protocol": wsgi.SwiftHttpProtocol, "capitalize_response_headers": False, "log_output": False}
        eventlet.spawn(eventlet.wsgi.server, socket, app, **options)
    print(json.dumps(ports["proxy"]), flush=True)  # noqa: T201
    trampoline(sys.stdin.fileno(), read=True)
    os._exit(0)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
