"""Addresses that lead to this machine or its networks, written in all ways: 124 of them."""

from __future__ import annotations

from collections.abc import Iterator

HOSTS = (
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1",
    "017700000001", "127.000.000.001", "127.0.0.1.", "localhost", "LocalHost.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254",
    "[fd00:ec2::254]", "10.0.0.1", "192.168.0.1", "100.64.0.1", "[fe80::1%25lo]", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "127\u30020\u30020\u30021", "127.0.0.1%00.example.com",
)  # fmt: skip
FORMS = ("http://{}:{}/a.mp4", "https://{}:{}/a.mp4", "http://public.example@{}:{}/a.mp4", "HTTP:\\\\{}:{}/a.mp4")


def addresses(port: int) -> Iterator[str]:
    """Each form of each host."""
    for host in HOSTS:
        for form in FORMS:
            yield form.format(host, port)
