"""The installation as its operator sees it, and the numbers that scale its workers."""

from __future__ import annotations

from reel.catalogue import NewGeneration
from reel.errors import Internal
from tests.gateway.pages.conftest import Read

MARKUP = "<b>x</b>"


def fail(desk):
    with desk.catalogue.tenant("acme") as records:
        id_ = records.add(NewGeneration(kind=MARKUP, request={}))[0].id
        records.move(id_, "fetching")
        records.move(id_, "failed", Internal.at("step", "broke"))


def test_it_tells_of_all_tenants(signed_in, desk, done):
    done("a.mp4", tenant="acme")
    done("b.mp4", tenant="shop")
    fail(desk)
    with desk.catalogue.tenant("shop") as records:
        records.add(NewGeneration(kind="mixer", request={}))
    shown = Read(signed_in("-", "operator").get("/pages/operator").text)
    assert {"acme", "shop", "mixer", MARKUP} <= set(shown.texts)
    facts = ("Queued", "Under way", "Done", "Success", "Burn rate, 1 h")
    # One of three failed, and one of a hundred may.
    assert [shown.after(each) for each in facts] == ["1", "0", "2", "66.67 %", "33.33"]


def test_an_installation_without_anything_has_a_page(signed_in):
    assert "Nothing waits." in Read(signed_in("-", "operator").get("/pages/operator?hours=1&with_workers=").text).text


def test_tenants_see_none_of_it(signed_in, as_, done):
    done("a.mp4", tenant="shop")
    owner = signed_in("acme", "owner")
    answer = owner.get("/pages/operator")
    assert answer.status_code == 403
    assert "shop" not in answer.text
    assert as_("acme", "owner").get("/v1/forecast").status_code == 403
    assert signed_in("-", "operator").get("/pages/generations").status_code == 403


def test_what_scales_workers_reads_a_number(as_, desk):
    for _ in range(9):
        with desk.catalogue.tenant("acme") as records:
            records.add(NewGeneration(kind="mixer", request={}))
    found = as_("-", "operator").get("/v1/forecast?per_worker=2&hours=3").json()
    # 9 that take 30 s, as is taken where nothing is known, and begin within 60 s.
    assert (found["queued"], found["at_once"], found["workers"], len(found["hours"])) == (9, 5, 3, 3)
