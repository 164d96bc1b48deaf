"""Texts and paths that try to get past a request: 40 of them."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Document = Mapping[str, Any] | str


def card(text: str, **more: Any) -> dict[str, Any]:
    clip = {"type": "text", "text": text, "duration": 0.2}
    return {
        "kind": "template",
        "timeline": {"tracks": [{"clips": [clip]}]},
        "resolution": "480p",
        "stills": False,
        **more,
    }


def clip(asset: Any) -> dict[str, Any]:
    return {"kind": "mixer", "clips": [asset], "resolution": "480p", "stills": False}


def paths(folder: Path) -> Iterator[str]:
    """Names of assets that lead elsewhere; what they need is made in the folder."""
    canary, inside = folder / "elsewhere" / "canary", folder / "assets"
    (inside / "link").symlink_to(canary)
    (inside / "folder").symlink_to(canary.parent)
    os.link(canary, inside / "hard")
    os.mkfifo(inside / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inside / "socket"))
    yield from (
        str(canary), f"file://{canary}", "../elsewhere/canary", "file:..%2felsewhere%2fcanary", "link", "folder/canary", "hard",
        "pipe", "socket", ".", "/proc/self/environ", "/proc/1/root/etc/passwd", "/dev/zero", "/dev/stdin", "/dev/fd/0",
        f"concat:{canary}|{canary}", f"subfile,,start,0,end,9,,:{canary}", "pipe:0", "data:text/plain,x", f"{canary}\0.mp4",
        f"{canary}\n.mp4", "s3://bucket/a/../../b", "s3://bucket/%2e%2e/b", "asset:../../elsewhere/canary",
    )  # fmt: skip


def texts(folder: Path) -> Iterator[Document]:
    """Requests whose texts are meant to be run, expanded, or to keep somebody busy."""
    canary = folder / "elsewhere" / "canary"
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"a": deep}
    yield from (
        card(f'#read("{canary}")'),
        card(f'"); #image("{canary}")'),
        card(f"%{{expr}} :textfile={canary}: {{{{__class__}}}}"),
        card("\u202e" * 2000 + "\u0301" * 2000),
        card("\U0001f468\u200d" * 1500),
        card("{{A}}" * 1500, variables={"A": {"max_length": 10_000}}, data={"A": "x" * 10_000}),
        card("{{" + " " * 9000),
        {"kind": "multicam", "sources": ["a"], "edl": "* FROM CLIP NAME:" + " " * 400_000},
        {"kind": "multicam", "sources": ["a"], "edl": '{"a":' + "[" * 100_000},
        {**clip("a"), "metadata": deep},
        "[" * 100_000,
        json.dumps(clip("a"))[:-1] + ', "in": 1e10000000, "seed": ' + "9" * 100_000 + "}",
        {"kind": "mixer", "clips": [{"asset": "a", "in": "1e10000000"}] * 100},
        {**card("a"), "webhook": {"url": "http://127.0.0.1/hooks"}, "preview": {"frame": "1e9999"}},
        card("a") | {"timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "#fff", "duration": 86_400}] * 9}]}},
        {"kind": "mixer", "clips": ["a"] * 500, "variants": 1000, "order_mixing": True},
    )  # fmt: skip
