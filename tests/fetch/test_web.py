"""Asking real servers: redirects, certificates, deadlines, and what is sent along."""

from __future__ import annotations

import inspect
import logging
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest

from reel.errors import BadMedia, InvalidRequest, Transient
from reel.web import Posted, get, post
from reel.web.client import FAILURES, MOST_POSTED_BYTES
from tests.fetch.conftest import Configure
from tests.web import Page, WebServer, certificates, web_server

PLACE = "clips[0].asset"
FAR = 60.0
"""Seconds that no test comes near to."""


def read(url: str, seconds: float = FAR) -> tuple[int, bytes, str]:
    with get(url, PLACE, {}, time.monotonic() + seconds) as answer:
        return answer.status, b"".join(answer.blocks()), answer.url


def test_an_answer(server: WebServer) -> None:
    server.pages["/a"] = [Page(b"content")]
    assert read(server.url("/a?signature=secret#part")) == (200, b"content", server.url("/a"))
    (seen,) = server.seen
    assert seen.path == "/a?signature=secret"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    assert seen.headers["user-agent"].startswith("reelflow/")


def test_the_environment_changes_nothing(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    server.pages["/a"] = [Page(b"content")]
    assert read(server.url("/a"))[0] == 200


def test_a_proxy_of_the_settings_is_used(server: WebServer, configure: Configure) -> None:
    with web_server() as proxy:
        url = "http://somewhere.example/a"
        proxy.pages[url] = [Page(b"through the proxy")]
        configure(web_proxy=f"http://user:word@127.0.0.1:{proxy.port}")
        assert read(url)[1] == b"through the proxy"
        assert proxy.seen[0].headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"


def test_urls_are_not_logged(server: WebServer, caplog: pytest.LogCaptureFixture) -> None:
    server.pages["/a"] = [Page(b"content")]
    with caplog.at_level(logging.INFO):
        read(server.url("/a?signature=secret"))
    assert "secret" not in caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("absolute", [True, False])
def test_redirects_are_followed(server: WebServer, status: int, absolute: bool) -> None:
    server.pages["/a"] = [Page(status=status, headers={"Location": server.url("/b?x=1") if absolute else "b?x=1"})]
    server.pages["/b"] = [Page(b"content")]
    assert read(server.url("/a")) == (200, b"content", server.url("/b"))


@pytest.mark.parametrize("hops", [5, 6])
def test_five_redirects_are_the_most(server: WebServer, hops: int) -> None:
    server.pages |= {f"/{hop}": [Page(status=302, headers={"Location": f"/{hop + 1}"})] for hop in range(hops)}
    server.pages[f"/{hops}"] = [Page(b"content")]
    if hops == 5:
        assert read(server.url("/0"))[1] == b"content"
        return
    with pytest.raises(BadMedia, match="redirects more than 5 times"):
        read(server.url("/0"))
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/",
        "http://[::ffff:169.254.169.254]/",
        "http://0xa9fea9fe/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://127.0.0.1:22/",
        "http://denied.example/",
    ],
)
def test_a_redirect_is_checked_like_the_first_address(server: WebServer, target: str, configure: Configure) -> None:
    configure(web_hosts_denied=["denied.example"])
    server.pages["/a"] = [Page(status=302, headers={"Location": target})]
    with pytest.raises(InvalidRequest):
        read(server.url("/a"))


def test_a_redirect_to_this_machine_is_refused_where_only_the_web_is_allowed(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first server is taken for a public one; the second is as private as it is."""
    from reel.web import addresses

    real = addresses.is_allowed
    monkeypatch.setattr(addresses, "is_allowed", lambda address, private: real(address) or str(address) == "127.0.0.1")
    server.pages["/a"] = [Page(status=302, headers={"Location": f"http://127.0.0.2:{server.port}/b"})]
    with pytest.raises(InvalidRequest, match=r"127.0.0.2 is not on the public internet"):
        read(server.url("/a"))
    assert [seen.path for seen in server.seen] == ["/a"]


@pytest.mark.parametrize("userinfo", ["", "other:word@"])
def test_passwords_stay_with_their_origin(server: WebServer, configure: Configure, userinfo: str) -> None:
    with web_server(host="127.0.0.2") as other:
        configure(web_ports=[server.port, other.port])
        server.pages["/a"] = [Page(status=302, headers={"Location": "/b"})]
        server.pages["/b"] = [Page(status=302, headers={"Location": f"http://{userinfo}127.0.0.2:{other.port}/c"})]
        other.pages["/c"] = [Page(b"content")]
        assert read(f"http://us%40er:pass@127.0.0.1:{server.port}/a") == (200, b"content", other.url("/c"))
        assert [seen.headers.get("authorization") for seen in server.seen] == ["Basic dXNAZXI6cGFzcw=="] * 2
        assert "authorization" not in other.seen[0].headers


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return certificates(tmp_path_factory.mktemp("tls"), "127.0.0.1", "media.example")


@pytest.fixture
def secure(tls: tuple[Path, ssl.SSLContext], configure: Configure) -> Iterator[WebServer]:
    with web_server(tls[1]) as server:
        configure(private_networks=True, web_ports=[server.port])
        server.pages["/a"] = [Page(b"content")]
        yield server


def test_a_certificate_of_a_known_authority(
    secure: WebServer, tls: tuple[Path, ssl.SSLContext], configure: Configure
) -> None:
    configure(web_ca=str(tls[0]))
    assert read(secure.url("/a"))[1] == b"content"


def test_a_certificate_that_nobody_vouches_for(
    secure: WebServer, monkeypatch: pytest.MonkeyPatch, tls: tuple[Path, ssl.SSLContext]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
    with pytest.raises(BadMedia, match=r"certificate is not trusted: .*REEL_WEB_CA"):
        read(secure.url("/a"))
    assert secure.seen == []


def test_a_certificate_for_another_host(
    secure: WebServer, tls: tuple[Path, ssl.SSLContext], configure: Configure
) -> None:
    configure(web_ca=str(tls[0]))
    with pytest.raises(BadMedia, match=r"certificate is not trusted: .*localhost"):
        read(f"https://localhost:{secure.port}/a")


def test_a_server_that_speaks_no_tls(server: WebServer) -> None:
    with pytest.raises(Transient, match=r"gave no answer: .*(SSL|TLS)"):
        read(f"https://127.0.0.1:{server.port}/a")


def test_no_step_down_from_https(secure: WebServer, tls: tuple[Path, ssl.SSLContext], configure: Configure) -> None:
    configure(web_ca=str(tls[0]))
    secure.pages["/b"] = [Page(status=302, headers={"Location": f"http://127.0.0.1:{secure.port}/a?secret"})]
    with pytest.raises(BadMedia, match=r"redirects from https to http://127.0.0.1:.*/a "):
        read(secure.url("/b"))


@pytest.mark.parametrize("page", [Page(hangs=True), Page(drips=True)])
def test_the_time_allowed_is_for_all_together(server: WebServer, page: Page) -> None:
    server.pages["/a"] = [page]
    with pytest.raises(Transient, match="gave no answer: the time allowed for it is over"):
        read(server.url("/a"), 0.3)


def test_a_port_where_nobody_listens(server: WebServer, configure: Configure) -> None:
    with web_server() as other:
        gone = other.url("/a")
        configure(web_ports=[other.port])
    with pytest.raises(Transient, match=r"gave no answer: .*refused"):
        read(gone)


def test_all_that_httpcore_raises_is_known() -> None:
    """What a new version adds must become an error of ours."""
    raised = [each for each in vars(httpcore).values() if inspect.isclass(each) and issubclass(each, Exception)]
    # Told within httpcore alone, to itself.
    assert [each for each in raised if not issubclass(each, FAILURES)] == [httpcore.ConnectionNotAvailable]


def test_a_post(server: WebServer) -> None:
    server.pages["/hook"] = [Page(b"thanks", status=202, headers={"X-Say": "so"})]
    answer = post(server.url("/hook"), b'{"a": 1}', {"Content-Type": "application/json", "webhook-id": "1"}, FAR)
    assert (answer.status, answer.body, answer.headers["x-say"]) == (202, b"thanks", "so")
    (seen,) = server.seen
    assert (seen.method, seen.body, seen.headers["webhook-id"]) == ("POST", b'{"a": 1}', "1")
    assert seen.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [302, 307, 400, 410, 500, 503])
def test_a_post_tells_any_status_and_follows_nothing(server: WebServer, status: int) -> None:
    server.pages["/hook"] = [Page(status=status, headers={"Location": server.url("/other")})]
    assert post(server.url("/hook"), b"{}", {}, FAR).status == status
    assert len(server.seen) == 1


def test_of_the_answer_to_a_post_little_is_read(server: WebServer) -> None:
    server.pages["/hook"] = [Page(b"x" * 10_000_000)]
    posted: Posted = post(server.url("/hook"), b"{}", {}, FAR)
    assert posted.body == b"x" * MOST_POSTED_BYTES


def test_a_post_to_this_machine(configure: Configure) -> None:
    with web_server() as server:
        configure(web_ports=[server.port])
        with pytest.raises(InvalidRequest) as caught:
            post(server.url("/hook"), b"{}", {}, FAR, "webhooks[0].url")
        assert caught.value.problems[0].place == "webhooks[0].url"
        assert server.seen == []
