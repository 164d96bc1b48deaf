"""The clients of this process: one for each server, shared by all threads."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from reel.errors import Resource, Transient
from reel.patience import Policy, doubling
from reel.settings import settings

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
"""An answer that sends nothing for so long is given up."""
ATTEMPTS = 3
"""How often botocore sends a request, a fraction of a second apart; it gives up sooner when much fails."""
DELAYS = doubling(1.0, 16.0)
"""Longest pauses, in seconds, between our own repetitions: what was rendered for minutes is worth half a minute of patience."""

_LOCK = threading.Lock()


def client_of(endpoint: str | None, region: str | None) -> Any:
    """The client of that server; another one after a fork, as connections cannot be shared. Errors: `Resource`."""
    with _LOCK:
        try:
            return _client(os.getpid(), endpoint, region)
        except ValueError as error:
            remedy = (
                "set REEL_S3_ENDPOINT to an address such as https://minio.example:9000, and REEL_S3_REGION to a region"
            )
            raise Resource.at("S3", str(error), remedy) from error


def patience() -> Policy:
    """How failed requests are repeated: after any part of a pause, so that not all come back at once."""
    return Policy(DELAYS, (0.0, 1.0), {Transient: settings().retries_bucket})


@cache
def _client(process: int, endpoint: str | None, region: str | None) -> Any:
    session = boto3.session.Session()
    config = Config(
        # botocore's default signs links in a way that most servers refuse by now.
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
        # We send SHA-256 of our own; checksums in trailers are unknown to many servers that are not AWS.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=SILENCE_SECONDS,
        max_pool_connections=64,
        tcp_keepalive=True,
    )
    region = region or session.region_name or "us-east-1"
    return session.client("s3", endpoint_url=endpoint, region_name=region, config=config)
