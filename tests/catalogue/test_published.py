"""Published outputs are found, the same ones in the same order on both databases, and by nobody else."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, text
from sqlmodel import delete

from reel.catalogue import Catalogue, Described, NewUsageRecord, NoSuchGeneration, open_catalogue
from reel.catalogue.published import SETTLED
from reel.catalogue.tables import GenerationRow
from reel.errors import InvalidRequest
from reel.search.index import MOST_TIMES, MOST_WORDS
from tests.catalogue.conftest import Clock, Made, document
from tests.postgres import ADMIN, OWNER, Server

SHELF: dict[str, dict[str, Any]] = {
    "beach": {
        "slot": "Café am Strand",
        "tags": ("beach", "summer"),
        "metadata": {
            "order": "A-1047",
            "customer": {"name": "Ann O'Brien"},
            "lines": [1, 2.5],
            "paid": True,
            "sku no/old": "K7",
        },
        "width": 1920,
        "height": 1080,
        "frame_rate": "30000/1001",
        "duration": 12.5,
        "bytes": 5_000_000,
        "codec": "hevc",
        "sound_codec": "aac",
        "sound": True,
        "loudness": -14.2,
        "texts": ("Summer sale", "sea side"),
    },
    "tokyo": {
        "project": "winter",
        "width": 1080,
        "height": 1920,
        "duration": 60.0,
        "codec": "h264",
        "sound": False,
        "texts": ("東京の夜景", "バス", "Sea, and side by side"),
        "measured": {"black_share": 0.25},
    },
    "plain": {
        "kind": "slideshow",
        "height": 480,
        "bytes": 700,
        "assets": (
            {"place": "images[0].asset", "name": "s3://shop/summer/file_name-1.JPG", "sha256": None},
            {"place": "images[1].asset", "name": "s3://shop/beach/b.jpg", "sha256": None},
        ),
    },
}
"""Three outputs, the oldest first."""


@pytest.fixture
def shelf(catalogue: Catalogue, made: Made, clock: Clock) -> Catalogue:
    """A catalogue with these three, a minute apart, each named after its generation."""
    for name, fields in SHELF.items():
        clock.pass_(60)
        made.add(id=name)
        deliver(catalogue, name, document(name, **fields))
    clock.pass_(60)
    return catalogue


@pytest.fixture(scope="module")
def both(
    server: Server, templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Catalogue, Catalogue]]:
    """The same three on either database, to be asked and not changed; what they note of themselves is odd besides."""
    file = tmp_path_factory.mktemp("both") / "catalogue.db"
    shutil.copyfile(templates["sqlite"], file)
    clock, urls = Clock(), (f"sqlite:///{file}", server.url(server.make_database(templates["postgresql"])))
    opened = open_catalogue(urls[0], clock), open_catalogue(urls[1], clock)
    for name, fields in SHELF.items():
        clock.pass_(60)
        for catalogue in opened:
            Made(catalogue).add(id=name)
            noted = {**fields.get("metadata", {}), "odd": "q\0r 's' \\ \ud800 1'':2A €"}
            deliver(catalogue, name, document(name, **{**fields, "metadata": noted}))
    yield opened
    for catalogue in opened:
        catalogue.close()


def deliver(catalogue: Catalogue, id_: str, *documents: Any, tenant: str = "acme") -> None:
    with catalogue.tenant(tenant) as records:
        records.delivered(id_, [], NewUsageRecord(), {}, 1.0, documents)


def found(catalogue: Catalogue, query: str, **how: Any) -> list[str]:
    with catalogue.tenant("acme") as records:
        return [each.generation for each in records.search(query, **how).found]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("", "plain tokyo beach"),
        ("nothing", ""),
        # words, accents, marks between words
        ("café", "beach"),
        ("CAFE strand", "beach"),
        ("cafe tokyo", ""),
        ("name", "plain"),
        ("file_name", "plain"),
        ("file_name-1.jpg", "plain"),
        ("name file", "plain"),
        ('"name file"', ""),
        ("O'Brien", "beach"),
        ("obrien", ""),
        # relevance: in a tag, and only then in a file's name, whatever is newer
        ("beach", "beach plain"),
        ("summer", "beach plain"),
        ("beach OR tokyo", "beach plain tokyo"),
        ("beach OR バス", "tokyo beach plain"),
        # phrases hold within one text
        ('"sea side"', "beach"),
        ('"sale sea"', ""),
        ("sea side", "tokyo beach"),
        # beginnings
        ("bea*", "beach plain"),
        ("summ* -slideshow", "beach"),
        # scripts without spaces
        ("東京", "tokyo"),
        ("夜景", "tokyo"),
        ("京の夜", "tokyo"),
        ("景", "tokyo"),
        ("夜", "tokyo"),
        ("東夜", ""),
        ("ﾊﾞｽ", "tokyo"),
        ("ハス", ""),
        # fields
        ("kind:mixer", "tokyo beach"),
        ("kind:mix", ""),
        ("kind:mix*", "tokyo beach"),
        ("project:winter", "tokyo"),
        ("tag:beach", "beach"),
        ("asset:beach", "plain"),
        ("asset:shop", "plain"),
        ('text:"summer sale"', "beach"),
        ("text:sale tag:summer", "beach"),
        ("tag:sale", ""),
        ("codec:h265", "beach"),
        ("codec:H.265", "beach"),
        ("codec:avc OR codec:aac", "tokyo beach"),
        ("sound:yes", "beach"),
        ("sound:no", "tokyo"),
        ("-sound:yes", "plain tokyo"),
        ("container:mp4", "plain tokyo beach"),
        ("generation:tokyo", "tokyo"),
        ("metadata:1047", "beach"),
        ("metadata.order:A-1047", "beach"),
        ("metadata.customer.name:ann", "beach"),
        ("metadata.customer:ann", ""),
        ("metadata.lines:2.5", "beach"),
        ("metadata.paid:true", "beach"),
        ("metadata.order:ann", ""),
        ("metadata.sku_no_old:k7", "beach"),
        ("metadata.sku:k7", ""),
        # numbers; what was not measured is neither more nor less
        ("height>=1080", "tokyo beach"),
        ("height>1080", "tokyo"),
        ("height<=1080", "plain beach"),
        ("height:1080", "beach"),
        ("width<5000", "tokyo beach"),
        ("-width<5000", "plain"),
        ("fps:29.97", "beach"),
        ("fps:30", "beach"),
        ("duration<60", "beach"),
        ("bytes:5M", "beach"),
        ("bytes<1k", "plain tokyo"),
        ("loudness<-14", "beach"),
        ("black>0", "tokyo"),
        ("height>=1080 OR kind:slideshow", "plain tokyo beach"),
        ("published:2026-03-01", "plain tokyo beach"),
        ("published>2026-03-01", ""),
        # negation
        ("-beach", "tokyo"),
        ("-beach -東京", ""),
        ("mixer -tag:beach", "tokyo"),
        ("-codec:hevc OR height:1080", "plain tokyo beach"),
    ],
)
def test_answers(both: tuple[Catalogue, Catalogue], query: str, answer: str) -> None:
    for catalogue in both:
        assert found(catalogue, query) == answer.split()


HOSTILE = (
    *('"', "beach AND", "codec:", "NEAR(", "NEAR(a b)", "*", "a OR", "words:beach", "'", "\\", "{a}", "a:*", "!a", "("),
    *(
        "'a' & 'b'",
        "a <-> b",
        "shoes-red",
        "--",
        "; drop table tenant",
        "\0",
        "\ud800",
        "a\0b",
        "%",
        "·",
        "¶",
        "a·b",
        "🌊",
    ),
)


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_questions(both: tuple[Catalogue, Catalogue], query: str) -> None:
    for asked in (query, f'"{query}"', f"name:{query}", f"-{query}"):
        one, other = (answer(catalogue, asked) for catalogue in both)
        assert one == other


def answer(catalogue: Catalogue, query: str) -> object:
    """What is found, or why nothing is asked; any other error is one of the test."""
    try:
        return found(catalogue, query)
    except InvalidRequest as refused:
        return str(refused)


TERMS = st.one_of(
    st.text(max_size=8),
    st.text("aeb海東 -:\"*.<>=OR\0\\'()|&!", max_size=12),
    st.sampled_from(["beach", "sea", "-side", '"sea side"', "東京", "su*", "OR", "height>500", "-fps<31", "tag:beach"]),
)


@settings(max_examples=150)
@given(terms=st.lists(TERMS, max_size=5))
def test_whatever_is_asked_both_say_the_same(both: tuple[Catalogue, Catalogue], terms: list[str]) -> None:
    """Or refuse it, and nothing else."""
    one, other = (answer(catalogue, " ".join(terms)) for catalogue in both)
    assert one == other


def pages(catalogue: Catalogue, query: str, limit: int) -> list[list[Described]]:
    seen: list[list[Described]] = []
    after = None
    while True:
        with catalogue.tenant("acme") as records:
            page = records.search(query, limit, after)
        seen.append(list(page.found))
        if not page.more:
            return seen
        after = page.found[-1].cursor


def test_pages_hold_each_once_in_one_order(catalogue: Catalogue, made: Made, clock: Clock) -> None:
    """Relevance first, then the newest, and the outputs of one generation in their own order."""
    for number in range(4):
        clock.pass_(60)
        made.add(id=f"g{number}")
        names = [f"variant-{variant:03d}" for variant in (1, 2, 3)]
        tags = {"tags": ("beach",)} if number == 1 else {"metadata": {"note": "beach"}}
        deliver(catalogue, f"g{number}", *(document(f"g{number}", name=name, **tags) for name in names))
    whole = [f"{each.generation}/{each.name[-1]}" for page in pages(catalogue, "beach", 100) for each in page]
    assert whole == [f"{id_}/{variant}" for id_ in ("g1", "g3", "g2", "g0") for variant in (1, 2, 3)]
    for limit in (1, 2, 5, 12):
        read = pages(catalogue, "beach", limit)
        assert [f"{each.generation}/{each.name[-1]}" for page in read for each in page] == whole
        assert all(len(page) == limit for page in read[:-1])
        assert read[-1]


def test_generations_are_found_each_once_on_all_pages(catalogue: Catalogue, made: Made, clock: Clock) -> None:
    """One of many outputs came again on every page that they reached, and filters left pages empty."""
    for name in ("old", "new"):
        clock.pass_(60)
        made.add(id=name, slot=name)
        many = [document(name, name=f"variant-{n}", tags=("beach",) if n == 3 else ()) for n in range(5)]
        deliver(catalogue, name, *many)
        clock.pass_(60)
        made.add(id=f"{name}-plain")
        deliver(catalogue, f"{name}-plain", document(f"{name}-plain", metadata={"place": "beach"}))

    def pages(**asked: Any) -> list[list[str]]:
        found: list[list[str]] = []
        after = None
        while after or not found:
            with catalogue.tenant("acme") as records:
                page = records.searched("beach", after=after, **asked)
            found.append([each.id for each in page.found])
            after = page.after
        return found

    assert pages(limit=1) == [["new"], ["old"], ["new-plain"], ["old-plain"]]
    assert pages(limit=3) == [["new", "old", "new-plain"], ["old-plain"]]
    assert pages(limit=1, slot="old") == [["old"]]
    assert pages(limit=1, until=clock.now) == [["new"], ["old"], ["old-plain"]]
    with catalogue.tenant("acme") as records:
        after = records.searched("beach", limit=1).after
        assert [each.id for each in records.searched("", limit=9).found] == ["new-plain", "new", "old-plain", "old"]
        for otherwise in ({"slot": "old"}, {"statuses": ("done",)}):
            with pytest.raises(InvalidRequest, match="no cursor of this question"):
                records.searched("beach", after=after, **otherwise)
    with catalogue.tenant("globex") as records:
        assert records.searched("beach").found == ()


def test_a_page_is_not_moved_by_what_comes_meanwhile(shelf: Catalogue, made: Made) -> None:
    with shelf.tenant("acme") as records:
        first = records.search("", 1)
    made.add(id="new")
    deliver(shelf, "new", document("new"))
    assert found(shelf, "", after=first.found[-1].cursor) == ["tokyo", "beach"]
    with shelf.tenant("acme") as records, pytest.raises(InvalidRequest, match="no cursor of this question"):
        records.search("beach", after=first.found[-1].cursor)


@settings(max_examples=50)
@given(cursor=st.text(max_size=40) | st.binary(max_size=60).map(lambda data: data.hex()))
def test_what_is_no_cursor(both: tuple[Catalogue, Catalogue], cursor: str) -> None:
    for catalogue in both:
        with catalogue.tenant("acme") as records:
            with pytest.raises(InvalidRequest, match="no cursor"):
                records.search("", after=cursor)
            with pytest.raises(InvalidRequest, match="no cursor"):
                records.export(after=cursor)


NEARLY = (
    *(
        "[]",
        "null",
        "7",
        "[" * 20_000,
        '["export",0,5,1]',
        '["export",0,"2026-01-01",-1]',
        '["export",0,"2026-01-01",true]',
    ),
    *('["export",0,"2026-01-01T00:00:00+00:00",1e9]', '["export",0,"0001-01-01T00:00:00+23:00",1]'),
)


@pytest.mark.parametrize("text_", NEARLY)
def test_what_is_nearly_a_cursor(both: tuple[Catalogue, Catalogue], text_: str) -> None:
    cursor = base64.urlsafe_b64encode(text_.encode()).decode()
    for catalogue in both:
        with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest, match="no cursor"):
            records.export(after=cursor)


def test_what_is_delivered_again_is_found_by_its_new_words_alone(shelf: Catalogue) -> None:
    deliver(shelf, "beach", document("beach", tags=("harbour",)))
    assert (found(shelf, "tag:beach"), found(shelf, "harbour")) == ([], ["beach"])
    assert sound_index(shelf)


def test_what_is_forgotten_is_not_found(shelf: Catalogue, made: Made, clock: Clock) -> None:
    with shelf.tenant("acme") as records:
        for status in ("fetching", "saving", "done"):
            records.move("beach", status)
    clock.pass_(60)
    with shelf.operator() as everyone:
        assert [each.id for each in everyone.forget_generations(clock.now)] == ["beach"]
        assert everyone.search("tag:beach").found == ()
    assert found(shelf, "") == ["plain", "tokyo"]
    assert sound_index(shelf)


def sound_index(catalogue: Catalogue) -> bool:
    """Whether SQLite's index holds exactly the words of the table; raises where it does not."""
    if catalogue._engine.dialect.name == "sqlite":
        with catalogue.operator() as everyone:
            everyone._session.execute(text("insert into output_words (output_words) values ('integrity-check')"))
    return True


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_backup_finds_the_same(shelf: Catalogue, tmp_path: Path) -> None:
    """VACUUM numbers rows anew where they have no number of their own, and the index of words knows them by it."""
    with shelf.operator() as everyone:
        everyone._session.exec(delete(GenerationRow).where(GenerationRow.id == "beach"))  # type: ignore[arg-type]
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        connection.execute("vacuum into ?", [str(tmp_path / "backup.db")])
    connection.close()
    restored = open_catalogue(f"sqlite:///{tmp_path / 'backup.db'}")
    assert (found(restored, "東京"), found(restored, "slideshow")) == (["tokyo"], ["plain"])
    assert sound_index(restored)
    restored.close()


def test_one_tenant_finds_nothing_of_another(shelf: Catalogue, made: Made) -> None:
    made.add("theirs", id="beach")
    deliver(shelf, "beach", document("beach", tags=("beach", "secret")), tenant="theirs")
    assert found(shelf, "secret") == []
    assert found(shelf, "beach") == ["beach", "plain"]
    with shelf.tenant("theirs") as records:
        assert [each.tenant_id for each in records.search("beach").found] == ["theirs"]
        cursor = records.search("beach").found[-1].cursor
    assert found(shelf, "beach", after=cursor) == ["beach", "plain"], "a cursor is a place, and opens nothing"
    with shelf.operator() as everyone:
        assert {(each.tenant_id, each.generation) for each in everyone.search("tag:beach").found} == {
            ("acme", "beach"),
            ("theirs", "beach"),
        }


def test_a_generation_that_is_not_there_is_not_described(catalogue: Catalogue, clock: Clock) -> None:
    with catalogue.tenant("acme") as records, pytest.raises(NoSuchGeneration):
        records.describe("nobody", [document("nobody")], clock.now)


def test_the_largest_are_kept_and_found_by_what_comes_first(catalogue: Catalogue, made: Made) -> None:
    """PostgreSQL refuses a vector that is too large, positions that are too many, and NUL."""
    made.add(id="large")
    words = " ".join(f"{number:05d}{'é' * 90}" for number in range(2 * MOST_WORDS))
    texts = ("again " * (MOST_TIMES + 50) + "afterwards", words, "a\0b\ud800c", "海" * 200_000)
    deliver(catalogue, "large", document("large", slot="s\0lot", texts=texts))
    for query, is_found in {
        "afterwards": True,
        '"again afterwards"': True,
        f"00010{'é' * 90}": True,
        f"19999{'é' * 90}": False,
        "name:s name:lot": True,
    }.items():
        assert found(catalogue, query) == ["large"] * is_found, query


def test_an_export_gives_each_once_when_it_is_settled(shelf: Catalogue, made: Made, clock: Clock) -> None:
    def exported(**how: Any) -> tuple[list[str], str | None, bool]:
        with shelf.tenant("acme") as records:
            page = records.export(**how)
        return [each.generation for each in page.found], page.found[-1].cursor if page.found else None, page.more

    names, cursor, more = exported(limit=2)
    assert (names, more) == (["beach", "tokyo"], True)
    names, cursor, more = exported(limit=2, after=cursor)
    assert (names, more) == (["plain"], False)
    assert exported(since=clock.now - timedelta(seconds=90))[0] == ["plain"]
    made.add(id="new")
    deliver(shelf, "new", document("new"))
    assert exported(after=cursor) == ([], None, False), "another may still be committed before it"
    clock.now += SETTLED
    with shelf.tenant("acme") as records:
        records.describe("beach", [document("beach")], clock.now - timedelta(days=1))
    clock.now += SETTLED
    assert exported(after=cursor)[0] == ["new", "beach"], "what is built again comes again"


def test_the_index_is_used_where_the_operator_says_that_it_leaks_nothing(
    server: Server, templates: dict[str, str]
) -> None:
    """As docs/search.md says: by itself PostgreSQL does not use an index of words under row-level security."""
    database = make_url(server.url(server.make_database(templates["postgresql"]))).database
    assert database
    query = "explain select number from output_document where words @@ 'a'::tsquery"

    def plan() -> str:
        with server.connect(database, OWNER) as connection:
            connection.execute("set enable_seqscan = off")
            connection.execute("select set_config('reel.tenant', 'acme', false)")
            return "\n".join(row[0] for row in connection.execute(query))

    assert "output_document_words" not in plan()
    with server.connect(database, ADMIN) as connection:
        connection.execute("alter function ts_match_vq(tsvector, tsquery) leakproof")
    assert "output_document_words" in plan()
