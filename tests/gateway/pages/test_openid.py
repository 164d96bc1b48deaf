"""Signing in by an OpenID issuer, which a web server of the test is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.desk import Desk
from gateway.tokens import Issuer
from tests.gateway.issuing import TestIssuer, issuing, new_key
from tests.gateway.pages.conftest import OURS, Read
from tests.gateway.test_tokens import Seconds

LIST = "/pages/generations"


@pytest.fixture
def issuer() -> Iterator[TestIssuer]:
    with issuing() as made:
        yield made


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def with_issuer(desk: Desk, issuer: TestIssuer, seconds: Seconds) -> Desk:
    """A desk where people sign in by the issuer."""
    id_, secret = issuer.client
    told = {"oidc_issuer": issuer.url, "oidc_client": id_, "oidc_client_secret": secret}
    settings = type(desk.settings)(**{**desk.settings.model_dump(), **told})
    return replace(desk, settings=settings, issuer=Issuer(settings, clock=seconds))


@pytest.fixture
def browser(with_issuer: Desk) -> TestClient:
    return TestClient(create_app(with_issuer), headers=OURS, raise_server_exceptions=False)


def begin(browser: TestClient, next_: str = "/pages") -> str:
    """The address of the issuer that a browser is sent to."""
    answer = browser.get("/pages/openid", params={"next": next_}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def sign_in(browser: TestClient, issuer: TestIssuer, next_: str = "/pages"):
    return browser.get(issuer.sign_in(begin(browser, next_)))


def leads_to(answer) -> str:
    (refresh,) = Read(answer.text).all("meta", **{"http-equiv": "refresh"})
    return str(refresh["content"]).partition("url=")[2]


def wrong(answer) -> str:
    assert Read(answer.text).all("p", role="alert"), answer.text
    return Read(answer.text).text


def test_whoever_signed_in_there_has_a_session_here(browser, issuer):
    answer = sign_in(browser, issuer)
    assert (answer.status_code, leads_to(answer), answer.headers["cache-control"]) == (200, LIST, "no-store")
    listed = browser.get(LIST)
    assert listed.status_code == 200
    assert "acme, owner" in Read(listed.text).text
    assert browser.get("/pages/keys").status_code == 200
    assert browser.get("/v1/generations").status_code == 401


def test_the_page_to_sign_in_says_so_and_comes_back(browser, issuer):
    asked = browser.get(f"{LIST}?status=done")
    (link,) = [a for a in Read(asked.text).all("a") if "/pages/openid" in str(a["href"])]
    there = browser.get(str(link["href"]), follow_redirects=False).headers["location"]
    assert leads_to(browser.get(issuer.sign_in(there))) == f"{LIST}?status=done"
    assert Read(asked.text).all("input", name="key")  # with a key as ever


def test_nobody_is_sent_away_by_it(browser, issuer):
    assert leads_to(sign_in(browser, issuer, "https://evil.example/")) == LIST


def test_its_cookies_are_the_pages_alone(browser, with_issuer, issuer):
    secure = TestClient(create_app(with_issuer), base_url="https://testserver")
    there = secure.get("/pages/openid", follow_redirects=False)
    assert {"HttpOnly", "Path=/pages/openid", "SameSite=lax", "Secure"} <= set(there.headers["set-cookie"].split("; "))
    answer = secure.get(issuer.sign_in(there.headers["location"]))
    session, gone = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "Path=/pages", "SameSite=strict", "Secure"} <= set(session.split("; "))
    assert "Max-Age=0" in gone


def test_each_attempt_has_secrets_of_its_own_and_the_browser_is_told_no_verifier(browser):
    asked = [parse_qs(urlsplit(begin(browser)).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
    assert asked[0]["redirect_uri"] == ["http://testserver/pages/openid/back"]
    assert asked[0]["scope"] == ["openid"]
    assert "code_verifier" not in asked[0]


@pytest.mark.parametrize(
    ("says", "status"),
    [
        ({"reelflow_role": "viewer"}, 200),
        ({"reelflow_role": "operator"}, 200),
        ({"aud": ["pages", "others"], "azp": "pages"}, 200),
        ({"reelflow_role": None}, 403),
        ({"reelflow_tenant": "-"}, 403),
        ({"nonce": "another"}, 503),
        ({"nonce": None}, 503),
        ({"aud": "reelflow"}, 503),
        ({"aud": ["pages", "others"], "azp": "others"}, 503),
        ({"iss": "https://other.example"}, 503),
        ({"sub": None}, 503),
        ({"exp": 1}, 503),
    ],
)
def test_what_the_token_says_is_held_to(browser, issuer, says, status):
    issuer.says = says
    answer = sign_in(browser, issuer)
    assert answer.status_code == status
    if status == 200:
        assert browser.get(leads_to(answer)).status_code == 200
    else:
        assert wrong(answer)
        assert browser.get(LIST).status_code == 401


def test_a_token_of_another_key_signs_nobody_in(browser, issuer):
    begin(browser)  # its keys are known by now
    issuer.keys["RS256-1"] = ("RS256", new_key("RS256"))
    assert sign_in(browser, issuer).status_code == 503


def test_an_id_token_is_no_key(browser, issuer, with_issuer):
    token = issuer.token(aud="pages", nonce="x")
    assert browser.get("/v1/generations", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_code_counts_once_and_in_one_browser(browser, with_issuer, issuer):
    back = issuer.sign_in(begin(browser))
    other = TestClient(create_app(with_issuer), headers=OURS)
    begin(other)
    for stranger in (other, TestClient(create_app(with_issuer), headers=OURS)):
        answer = stranger.get(back)
        assert answer.status_code == 400
        assert "Begin again" in wrong(answer)
        assert stranger.get(LIST).status_code == 401
    assert browser.get(back).status_code == 200
    assert browser.get(back).status_code == 400


@pytest.mark.parametrize("change", [("state=", "state=x"), ("iss=http", "iss=https"), ("code=", "code=x")])
def test_what_was_changed_on_the_way_back_signs_nobody_in(browser, issuer, change):
    back = issuer.sign_in(begin(browser))
    assert change[0] in back
    answer = browser.get(back.replace(*change))
    assert answer.status_code == 400
    assert wrong(answer)
    assert browser.get(LIST).status_code == 401


def test_a_refusal_is_told(browser, issuer):
    answer = browser.get(issuer.sign_in(begin(browser, "/pages/assets"), error="access_denied<b>"))
    assert answer.status_code == 400
    assert "Nobody was signed in: access_denied<b>." in wrong(answer)
    assert Read(answer.text).all("input", name="next")[0]["value"] == "/pages/assets"


def test_an_attempt_ends_after_a_while(browser, issuer, clock):
    back = issuer.sign_in(begin(browser))
    clock.now += timedelta(minutes=15)
    assert browser.get(back).status_code == 400


def test_an_issuer_that_is_away_is_told_and_asked_again_in_a_minute(browser, issuer, monkeypatch, seconds):
    monkeypatch.setattr(issuer, "answer", lambda path: None)
    answer = browser.get("/pages/openid")
    assert answer.status_code == 503
    assert "does not answer" in wrong(answer)
    monkeypatch.undo()
    assert browser.get("/pages/openid").status_code == 503
    seconds.now = 60
    assert sign_in(browser, issuer).status_code == 200


@pytest.mark.parametrize("answer", [(500, {"error": "x"}), (200, {}), (200, []), (400, None), (200, {"id_token": 7})])
def test_an_issuer_that_gives_no_token_signs_nobody_in(browser, issuer, monkeypatch, answer):
    monkeypatch.setattr(issuer, "exchange", lambda form, headers: answer)
    assert sign_in(browser, issuer).status_code in (400, 503)
    assert browser.get(LIST).status_code == 401


def test_a_public_client_has_pkce_alone(desk, issuer, seconds):
    issuer.client = ("pages", "")
    settings = type(desk.settings)(**{**desk.settings.model_dump(), "oidc_issuer": issuer.url, "oidc_client": "pages"})
    public = TestClient(
        create_app(replace(desk, settings=settings, issuer=Issuer(settings, clock=seconds))), headers=OURS
    )
    assert sign_in(public, issuer).status_code == 200


def test_an_issuer_may_want_the_secret_in_the_form(browser, issuer):
    issuer.documents = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(browser, issuer).status_code == 200


def test_a_session_ends_by_itself_by_signing_out_and_with_its_issuer(browser, issuer, desk, clock, with_issuer):
    sign_in(browser, issuer)
    cookies = dict(browser.cookies)
    without = TestClient(create_app(desk), cookies=cookies)
    assert browser.get(LIST).status_code == 200
    assert without.get(LIST).status_code == 401
    left = browser.post("/pages/sign-out")
    assert browser.get(LIST).status_code == 401
    (there,) = [str(a["href"]) for a in Read(left.text).all("a") if str(a["href"]).startswith(issuer.url)]
    assert parse_qs(urlsplit(there).query) == {
        "client_id": ["pages"],
        "post_logout_redirect_uri": ["http://testserver/pages/sign-in"],
    }
    sign_in(browser, issuer)
    clock.now += timedelta(hours=desk.settings.session_hours)
    assert browser.get(LIST).status_code == 401


def test_without_a_client_there_are_keys_alone(signed_in):
    client = signed_in()
    assert "openid" not in client.post("/pages/sign-out").text
    assert client.get("/pages/openid").status_code == 404
    assert client.get("/pages/openid/back?code=a&state=b").status_code in (400, 404)
