"""`/v1/credits` and `/v1/usage`: what a tenant has, and what its operator gives."""

from __future__ import annotations

import csv
import io

from reel.catalogue import Monthly, NewGeneration, NewUsageRecord


def test_operators_give_and_tenants_see(as_):
    operator = as_(role="operator")
    payment = {"tenant": "acme", "credits": 10, "key": "inv-7", "note": "invoice 7", "new_tenant": True}
    given = [operator.post("/v1/credits/grants", json=payment) for _ in range(2)]
    assert [answer.status_code for answer in given] == [201, 201]
    assert [answer.headers.get("Idempotency-Replayed") for answer in given] == [None, "true"]
    assert given[0].json()["id"] == given[1].json()["id"] == "inv-7"
    operator.post("/v1/credits/grants", json={"tenant": "acme", "credits": 2.5, "free": True})
    account = as_("acme", "viewer").get("/v1/credits").json()
    assert (account["available"], account["purchased"], account["granted"]) == (12.5, 10, 2.5)
    assert account["month"]["credits"] == {"used": 0, "limit": None}
    transfers = as_("acme", "viewer").get("/v1/credits/transfers").json()["transfers"]
    assert sorted((each["reason"], each["credits"]) for each in transfers) == [("grant", 2.5), ("purchase", 10)]
    assert as_("other").get("/v1/credits").json()["available"] == 0
    assert as_("other").get("/v1/credits/transfers").json() == {"transfers": []}


def test_a_mistyped_tenant_is_given_nothing_and_not_made(as_, catalogue):
    as_("acme").post("/v1/projects", json={"id": "films"})
    operator, payment = as_(role="operator"), {"tenant": "acmee", "credits": 10, "key": "inv-7"}
    answer = operator.post("/v1/credits/grants", json=payment)
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["place"] == "tenant"
    assert problem["remedy"] == "did you mean `acme`? `new_tenant` makes one"
    with catalogue.operator() as everybody:
        assert "acmee" not in [each.id for each in everybody.tenants()]
    assert operator.post("/v1/credits/grants", json={**payment, "new_tenant": True}).status_code == 201
    assert operator.post("/v1/credits/grants", json=payment).headers["Idempotency-Replayed"] == "true"


def test_what_is_not_there_is_a_problem_of_payment(as_, catalogue):
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme")
    answer = as_(role="operator").post("/v1/credits/grants", json={"tenant": "acme", "credits": -1})
    assert answer.status_code == 402
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/exhausted")
    assert answer.json()["problems"][0]["place"] == "credits"


def test_nobody_gives_himself_credits(as_):
    for role in ("viewer", "member", "owner"):
        answer = as_("acme", role).post("/v1/credits/grants", json={"tenant": "acme", "credits": 1})
        assert answer.status_code == 403


def test_usage_of_the_month_in_all_and_as_csv(as_, catalogue, clock):
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme", monthly=Monthly(minutes=5))
    with catalogue.tenant("acme") as records:
        made, _ = records.add(NewGeneration(id="g1", kind="mixer", request={"kind": "mixer"}))
        records.delivered(made.id, [], NewUsageRecord(output_seconds=90, bytes=7, pixels=11), {}, 1.0)
    client = as_("acme", "viewer")
    assert client.get("/v1/usage").json()["output_seconds"] == 90
    assert client.get("/v1/credits").json()["month"]["minutes"] == {"used": 1.5, "limit": 5}
    answer = client.get("/v1/usage/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["generation"], row["bytes"], row["pixels"], row["credits"]) == ("g1", "7", "11", "0.0")
    assert client.get("/v1/usage", params={"since": "2999-01-01T00:00:00Z"}).json()["bytes"] == 0
    with catalogue.tenant("acme") as records:
        for id_ in ("g2", "g3"):
            made, _ = records.add(NewGeneration(id=id_, kind="mixer", request={"kind": "mixer"}))
            records.delivered(made.id, [], NewUsageRecord(output_seconds=0.1, cpu_seconds=0.1 + 0.2), {}, 1.0)
    assert client.get("/v1/usage").json()["output_seconds"] == 90.2
    assert [row["cpu_seconds"] for row in csv.DictReader(io.StringIO(client.get("/v1/usage/csv").text))][1:] == [
        "0.3"
    ] * 2
    for path in ("/v1/usage", "/v1/usage/csv"):
        assert client.get(path, params={"since": "9999-12-31T23:59:59-14:00"}).status_code == 422
    assert as_("other").get("/v1/usage").json()["bytes"] == 0
