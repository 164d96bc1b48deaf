"""What must never be reached, however it is written."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

import httpcore
import pytest

from reel.errors import InvalidRequest, ReelError, Transient
from reel.web import check_url, get, post
from reel.web.addresses import is_allowed
from tests.fetch.conftest import Configure

PLACE = "clips[0].asset"
PUBLIC = "93.184.215.14"

Names = dict[str, list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Names that a resolver of ours knows, each with its addresses; bare addresses go to the system's, others are unknown."""
    known: Names = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *others: Any, flags: int = 0, **more: Any) -> list[Any]:
        if host in known:
            return [entry for address in known[host] for entry in real(address, port, type=socket.SOCK_STREAM)]
        return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections would have gone; none is made."""
    made: list[tuple[str, int]] = []

    def connect(self: object, host: str, port: int, *others: object) -> None:
        made.append((host, port))
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return made


def ask(url: str) -> None:
    with get(url, PLACE, {}, time.monotonic() + 600):
        pass


PUBLIC_ADDRESSES = ["8.8.8.8", PUBLIC, "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
OWN_ADDRESSES = [
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
    *("::1", "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
]
NOBODYS_ADDRESSES = [
    *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "192.0.2.1"),
    *("198.18.0.1", "203.0.113.9", "224.0.0.1", "224.0.1.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "::7f00:1", "::808:808", "fd00:ec2::254", "2001:db8::1"),
    *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:a9fe:a9fe::", "2001:0:7f00:1::"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "100::1", "5f00::1", "4000::1", "64:ff9b::6464:64c8"),
]


@pytest.mark.parametrize(
    ("address", "public", "with_own"),
    [
        *((address, True, True) for address in PUBLIC_ADDRESSES),
        *((address, False, True) for address in OWN_ADDRESSES),
        *((address, False, False) for address in NOBODYS_ADDRESSES),
    ],
)
def test_which_addresses_are_allowed(address: str, public: bool, with_own: bool) -> None:
    found = ipaddress.ip_address(address)
    assert (is_allowed(found), is_allowed(found, private=True)) == (public, with_own)


BYPASSES = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0177.0x0.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://127.0.0.1./",
    "http://127\u30020\u30020\u30021/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://\u2460\u2461\u2466.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://100.100.100.200/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://app.localhost/",
    "http://localtest.example/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://public.example@127.0.0.1/",
    "http://public.example:80@127.0.0.1/",
    "http://public.example%2f@127.0.0.1/",
    "http://public.example\\@127.0.0.1/",
    "http://127.0.0.1#@public.example/",
    "http://127.0.0.1?@public.example/",
    "http://127.0.0.1\\.public.example/",
    "http://mixed.example/",
    "http://six.example/",
    "http://xn--private-example.example/",
    "https://10.0.0.1/",
    "http://user:password@192.168.0.1/",
    "http:///127.0.0.1/",
    "http://localhost%00.public.example/",
    "http://public.example.../",
]


INSIDE_NAMES: Names = {
    **{name: ["127.0.0.1"] for name in ("localhost", "LOCALHOST", "localhost.", "app.localhost", "localtest.example")},
    "metadata.google.internal": ["169.254.169.254"],
    "mixed.example": [PUBLIC, "10.0.0.1"],
    "six.example": ["::1"],
    "xn--private-example.example": ["192.168.0.1"],
}
"""Names, and the addresses inside that they have."""


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("url", BYPASSES)
def test_what_must_not_be_reached(
    url: str, proxied: bool, names: Names, connections: list[tuple[str, int]], configure: Configure
) -> None:
    if proxied:
        configure(web_proxy="http://proxy.example:3128")
    names |= {**INSIDE_NAMES, "proxy.example": ["10.9.9.9"]}
    with pytest.raises((InvalidRequest, Transient)) as caught:
        ask(url)
    if proxied and isinstance(caught.value, Transient):
        # Nothing but the proxy was asked, and for a name, which is the proxy's to resolve.
        assert connections == [("proxy.example", 3128)]
        assert not any(char.isdigit() for char in url.split("//")[1].split("/")[0])
    else:
        assert isinstance(caught.value, InvalidRequest)
        assert connections == []


def test_a_public_host_is_connected_to_at_the_address_that_was_checked(
    names: Names, connections: list[tuple[str, int]]
) -> None:
    names["public.example"] = [PUBLIC, "2606:4700::1111"]
    with pytest.raises(Transient, match=r"http://public.example/a.mp4 gave no answer: not in a test"):
        ask("http://public.example/a.mp4?signature=secret")
    assert connections == [(PUBLIC, 80), ("2606:4700::1111", 80)]


def test_a_name_that_changes_its_address_is_resolved_once(
    monkeypatch: pytest.MonkeyPatch, connections: list[tuple[str, int]]
) -> None:
    real, answers = socket.getaddrinfo, iter([PUBLIC, "127.0.0.1", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **more: real(next(answers), port))
    with pytest.raises(Transient):
        ask("https://rebinding.example/")
    assert connections == [(PUBLIC, 443)]
    assert next(answers) == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://public.example/a", "the scheme 'ftp'"),
        ("file:///etc/passwd", "the scheme 'file'"),
        ("gopher://public.example/", "the scheme 'gopher'"),
        ("http://", "has no proper host"),
        ("http://./", "has no proper host"),
        ("http://public.example:22/", "uses port 22 (REEL_WEB_PORTS allows 80, 443)"),
        ("https://public.example:8443/", "uses port 8443"),
        ("https://public.example:0/", "uses port 0"),
        ("https://public.example:99999/", "uses port 99999"),
        ("https://bad.example/a?x=secret", "https://bad.example/a: the host bad.example is not allowed"),
        ("https://a.evil.example/", "is not allowed (REEL_WEB_HOSTS_DENIED names it)"),
        ("https://A.EVIL.Example./", "is not allowed"),
        ("https://u:secret@[::1", "https://[::1 is no web address"),
        ("https://h\x07st/", "is no web address"),
    ],
)
def test_what_is_refused_before_anybody_is_asked(url: str, says: str, configure: Configure) -> None:
    configure(web_hosts_denied=["bad.example", "*.evil.example"])
    with pytest.raises(InvalidRequest) as caught:
        check_url(url, "webhook.url")
    assert says in str(caught.value)
    assert caught.value.problems[0].place == "webhook.url"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("cdn.example", True),
        ("CDN.Example.", True),
        ("a.media.example", True),
        ("media.example", False),
        ("xcdn.example", False),
        ("cdn.example.evil.example", False),
        ("xn--mnchen-3ya.example", True),
        ("münchen.example", True),
    ],
)
def test_assets_come_from_hosts_that_are_named(
    host: str, allowed: bool, configure: Configure, names: Names, connections: list[tuple[str, int]]
) -> None:
    configure(web_hosts=["cdn.example", "*.media.example", "xn--mnchen-3ya.example"])
    names |= {name: [PUBLIC] for name in (host, "xn--mnchen-3ya.example", "cdn.example.")}
    with pytest.raises(Transient if allowed else InvalidRequest):
        ask(f"https://{host}/a.mp4")
    assert bool(connections) == allowed
    with pytest.raises(Transient):  # webhooks go where their owner says
        post(f"https://{host}/hook", b"{}", {}, 5)


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (socket.EAI_NONAME, InvalidRequest, "there is no host gone.example"),
        (socket.EAI_AGAIN, Transient, "gone.example could not be resolved: later"),
    ],
)
def test_names_that_cannot_be_resolved(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[ReelError], says: str
) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise socket.gaierror(code, "later")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(kind) as caught:
        ask("https://gone.example/")
    assert says in str(caught.value)


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example"])
def test_names_that_no_host_can_have(host: str) -> None:
    with pytest.raises(InvalidRequest, match="is no host name"):
        ask(f"https://{host}/")
