"""`/v1/batches`: a table in, one thing to follow, and each row with what became of it."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reel.control import batches as module
from reel.control.advancing import advance
from tests.fetch.conftest import configure
from tests.gateway.furnishing import COLOUR, ready_asset
from tests.shop import CARD


@pytest.fixture
def batch(as_):
    rows = [{"NAME": "Ada"}, {"NAME": "Bob", "TINT": "bleu"}, {"NAME": "Eve"}]
    answer = as_("acme", "member").post("/v1/batches", json={"template": CARD, "rows": rows, "name": "Monday"})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"http://testserver/v1/batches/{answer.json()['id']}"
    return answer.json()


def test_a_batch_is_one_thing(as_, batch, desk):
    client, path = as_("acme", "viewer"), f"/v1/batches/{batch['id']}"
    assert (batch["status"], batch["percent"], batch["rows"]["waiting"], batch["rows"]["bad"]) == (
        "running",
        33.3,
        2,
        1,
    )
    advance(batch["id"], "acme", desk.catalogue)
    assert client.get(path).json()["rows"]["queued"] == 2
    assert [each["name"] for each in client.get("/v1/batches").json()["batches"]] == ["Monday"]
    first = client.get(f"{path}/rows", params={"limit": 2}).json()
    second = client.get(f"{path}/rows", params={"limit": 2, "after": first["after"]}).json()
    assert [row["status"] for row in (*first["rows"], *second["rows"])] == ["queued", "bad", "queued"]
    assert (first["after"], second["after"]) == (2, None)
    (problem,) = first["rows"][1]["problems"]
    assert problem["place"] == 'row 2, column "TINT"'
    answer = client.get(f"{path}/manifest")
    assert [json.loads(line)["row"] for line in answer.text.splitlines()] == [1, 2, 3]
    assert answer.headers["content-type"].startswith("application/jsonl")


def test_a_batch_is_called_off_and_ordered_again(as_, batch, desk):
    client, path = as_("acme", "member"), f"/v1/batches/{batch['id']}"
    advance(batch["id"], "acme", desk.catalogue)
    assert len(client.post(f"{path}/cancel").json()["generations"]) == 2
    assert client.get(path).json()["status"] == "cancelled"
    assert client.post(f"{path}/retry").json() == {"rows": 2}
    assert client.get(path).json()["status"] == "running"


def test_runs_of_a_batch_that_is_called_off_are_told_to_end_at_once(as_, batch, desk, called_off):
    advance(batch["id"], "acme", desk.catalogue)
    with desk.catalogue.tenant("acme") as records:
        first, second = records.live_in_batch(batch["id"])
        records.runs_as(first, "run-of-the-first")
    answer = as_("acme", "member").post(f"/v1/batches/{batch['id']}/cancel")
    assert sorted(answer.json()["generations"]) == sorted([first, second])
    assert called_off == ["run-of-the-first"]  # the second has none to end


def test_a_table_as_text_and_a_key(as_):
    client = as_("acme", "member")
    table = '\ufeffWer;TINT\r\n"Ada\nLovelace";#112233\r\n'
    order = {"template": CARD, "table": table, "columns": {"Wer": "values.NAME"}}
    first, again = (client.post("/v1/batches", json=order, headers={"Idempotency-Key": "monday"}) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["rows"]["waiting"] == 1
    assert ("Idempotency-Replayed" in first.headers, again.headers.get("Idempotency-Replayed")) == (False, "true")
    other = client.post("/v1/batches", json={**order, "name": "other"}, headers={"Idempotency-Key": "monday"})
    assert (other.status_code, other.json()["problems"][0]["place"]) == (422, "idempotency_key")


__all__ = ["configure"]

TABLE = "Wer;TINT\r\nAda;#112233\r\nGrün;bleu\r\n"


@pytest.fixture
def library(configure, tmp_path):
    configure(library=tmp_path / "library")


@pytest.mark.parametrize(
    ("content", "media_type", "more"),
    [
        (TABLE.encode(), "text/csv", {}),
        (TABLE.replace(";", "\t").encode("utf-16"), "text/plain", {}),
        (TABLE.encode("windows-1252"), "text/csv", {"encoding": "windows-1252"}),
        (b'{"Wer": "Ada"}\n{"Wer": "Gr\xc3\xbcn", "TINT": "bleu"}\n', "application/jsonl", {}),
        (b'[{"Wer": "Ada"}, {"Wer": "Gr\xc3\xbcn", "TINT": "bleu"}]', "application/json", {}),
    ],
)
def test_a_table_that_was_uploaded_is_named(as_, desk, library, content, media_type, more):
    id_ = ready_asset(desk, "acme", content, media_type)
    order = {"template": CARD, "table": f"asset:{id_}", "columns": {"Wer": "values.NAME"}, **more}
    made = as_("acme", "member").post("/v1/batches", json=order)
    assert made.status_code == 202, made.text
    assert (made.json()["rows"]["waiting"], made.json()["rows"]["bad"]) == (1, 1)
    with desk.catalogue.tenant("acme") as records:
        good, bad = [entry for entry, _ in records.entries(made.json()["id"])]
    assert good.request["data"]["NAME"] == "Ada"
    assert [each["place"] for each in bad.problems] == ['row 2, column "TINT"']


@pytest.mark.parametrize(
    ("tenant", "media_type", "size", "what"),
    [
        ("other", "text/csv", 0, "there is no asset"),
        ("acme", "text/vtt", 0, "is text/vtt, and no table"),
        ("acme", "text/csv", 16_000_001, "at most 16,000,000"),
    ],
)
def test_what_is_no_table_of_ones_own_is_told(as_, desk, library, tenant, media_type, size, what):
    id_ = ready_asset(desk, tenant, b"NAME\nAda\n".ljust(size), media_type)
    answer = as_("acme", "member").post("/v1/batches", json={"template": CARD, "table": f"asset:{id_}"})
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["place"] == "rows"
    assert what in problem["what"]


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ({"template": CARD}, "body"),
        ({"template": CARD, "rows": []}, "rows"),
        ({"template": CARD, "rows": "/etc/passwd"}, "rows"),
        ({"template": "/etc/passwd", "rows": [{}]}, "template"),
        ({"template": {"name": "theirs"}, "rows": [{}]}, "template"),
        ({"template": CARD, "rows": [{}], "columns": {"a": "values.B"}}, "columns.a"),
        ({"template": CARD, "table": ""}, "rows"),
        ({"template": CARD, "table": "x", "format": "json"}, "rows"),
        ({"template": CARD, "rows": [{}], "cost_cap": 1}, "cost_cap"),
        ({"template": CARD, "rows": [{}], "project": "A B"}, "project"),
    ],
)
def test_what_is_no_batch_is_a_problem(as_, order, place):
    answer = as_("acme", "member").post("/v1/batches", json=order)
    assert answer.status_code in (404, 422)
    assert place in [problem["place"] for problem in answer.json()["problems"]]


def test_of_another_tenant_there_is_none(as_, batch):
    other, path = as_("other"), f"/v1/batches/{batch['id']}"
    assert other.get("/v1/batches").json() == {"batches": []}
    answers = [
        other.get(path),
        other.get(f"{path}/rows"),
        other.get(f"{path}/manifest"),
        other.post(f"{path}/retry"),
        other.post(f"{path}/cancel"),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)


SHOT = {
    "kind": "template",
    "variables": {"SHOT": {"type": "asset"}},
    "timeline": {"tracks": [{"clips": [{"type": "image", "asset": "{{SHOT}}", "duration": 1}]}]},
}


def test_what_names_no_asset_is_told_by_its_column(as_):
    client = as_("acme", "member")
    table = "SHOT,n\nftp://a.example/a.png,1\nhttps://a.example/b.png,2\nhttp://,x\n"
    order = {"template": SHOT, "table": table, "columns": {"n": "timeline.tracks[0].clips[0].duration"}}
    made = client.post("/v1/batches", json=order)
    assert made.status_code == 202, made.text
    first, second, third = client.get(f"/v1/batches/{made.json()['id']}/rows").json()["rows"]
    assert [(each["place"], each["what"]) for each in first["problems"]] == [
        ('row 1, column "SHOT"', "'ftp://a.example/a.png' has the unknown scheme 'ftp'")
    ]
    assert second["status"] == "waiting"
    assert [each["place"] for each in third["problems"]] == ['row 3, column "n"']


@pytest.mark.parametrize("half", ["\ud800", "\ude00\ud83d"])
def test_halves_of_characters_are_told_and_kept_nowhere(as_, half):
    client = as_("acme", "member")
    inline = json.dumps({"template": CARD, "rows": [{"NAME": "Ada"}, {"NAME": half}]})
    told = client.post("/v1/batches", content=inline, headers={"Content-Type": "application/json"})
    assert (told.status_code, told.json()["problems"][0]["place"]) == (422, "rows"), told.text
    assert "in row 2" in told.json()["problems"][0]["what"]
    lines = "\n".join(json.dumps(row) for row in ({"NAME": "Ada"}, {"NAME": half}, {half: "Eve"}))
    made = client.post("/v1/batches", json={"template": CARD, "table": lines, "format": "jsonl"})
    assert made.status_code == 202, made.text
    path = f"/v1/batches/{made.json()['id']}"
    rows = client.get(f"{path}/rows").json()["rows"]
    assert [row["status"] for row in rows] == ["waiting", "bad", "bad"]
    assert [row["problems"][0]["place"] for row in rows[1:]] == ['row 2, column "NAME"', "row 3"]
    assert len(client.get(f"{path}/manifest").text.splitlines()) == 3


def test_of_two_columns_that_go_to_one_place_a_row_has_one(as_):
    client = as_("acme", "member")
    order = {"template": CARD, "table": "a,b\nAda,\n,Bob\nCy,Di\n", "columns": {"a": "values.NAME", "b": "data.NAME"}}
    made = client.post("/v1/batches", json=order)
    assert made.status_code == 202, made.text
    rows = client.get(f"/v1/batches/{made.json()['id']}/rows").json()["rows"]
    assert [row["status"] for row in rows] == ["waiting", "waiting", "bad"]
    assert [(each["place"], each["what"]) for each in rows[2]["problems"]] == [
        ('row 3, column "b"', "goes where that of 'a' goes")
    ]


def test_what_has_no_value_is_told_once_by_its_own_column(as_):
    client = as_("acme", "member")
    clips = [{"type": "colour", "colour": "#000", "duration": "{{N}}"}], [{"type": "text", "text": "{{NAME}} {{N}}"}]
    template = {
        "kind": "template",
        "variables": {"NAME": {"type": "text"}, "N": {"type": "number"}},
        "timeline": {"tracks": [{"clips": each} for each in clips]},
    }
    made = client.post("/v1/batches", json={"template": template, "table": "NAME,N\nAda,1\nBob,\n"})
    assert made.status_code == 202, made.text
    rows = client.get(f"/v1/batches/{made.json()['id']}/rows").json()["rows"]
    assert [(row["status"], [each["place"] for each in row["problems"]]) for row in rows] == [
        ("waiting", []),
        ("bad", ['row 2, column "N"']),
    ]


def test_orders_do_not_wait_behind_tables(as_, monkeypatch):
    """As many as there are threads for orders, and each takes long."""
    begun, over, kept = threading.Event(), threading.Event(), module.submit_batch

    def slow(*given: Any) -> Any:
        begun.set()
        assert over.wait(60)
        return kept(*given)

    monkeypatch.setattr(module, "submit_batch", slow)
    at_once = max(2, len(os.sched_getaffinity(0)))
    order = {"template": CARD, "rows": [{"NAME": "Ada"}]}
    with ThreadPoolExecutor(at_once + 1) as threads:
        tables = [threads.submit(as_().post, "/v1/batches", json=order) for _ in range(at_once)]
        assert begun.wait(30)
        placed = threads.submit(as_("other").post, "/v1/generations", json={"request": COLOUR})
        try:
            assert placed.result(30).status_code == 202
        finally:
            over.set()
    assert [each.result().status_code for each in tables] == [202] * at_once
