"""Tables of data: what CSV cells and JSON values become, and how what is wrong is told."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.request.batch import FromFolder, FromProject, FromRows, parse_owner, parse_source
from reel.request.rows import Row, Table, read_rows
from reel.request.spreadsheets import encoding_of
from reel.request.variables import Variable

VARIABLES = {
    "NAME": Variable(),
    "NOTE": Variable(default="none"),
    "PRICE": Variable(type="number"),
    "SALE": Variable(type="boolean"),
    "SHOT": Variable(type="asset"),
    "SIZE": Variable(type="choice", choices=("S", "L")),
}
OF_TEMPLATE: Any = {"of_template": tuple(VARIABLES)}


def csv_rows(text: str, **options: Any) -> list[Row]:
    return [*read_rows(io.StringIO(text, newline=""), Table("csv", VARIABLES, **OF_TEMPLATE, **options))]


def json_rows(text: str, **options: Any) -> list[Row]:
    return [*read_rows(io.StringIO(text, newline=""), Table("jsonl", VARIABLES, **OF_TEMPLATE, **options))]


def list_rows(text: str, **options: Any) -> list[Row]:
    return [*read_rows([f"[{','.join(text.splitlines())}]"], Table("json", VARIABLES, **OF_TEMPLATE, **options))]


@pytest.mark.parametrize(
    ("column", "cell", "data"),
    [
        ("NAME", " Ada ", {"NAME": " Ada "}),
        ("NAME", '"Ada, ""the"" first\r\nLovelace"', {"NAME": 'Ada, "the" first\r\nLovelace'}),
        ("NAME", "007", {"NAME": "007"}),
        ("NAME", '""', {"NAME": ""}),
        ("NOTE", '""', {}),
        ("PRICE", '""', {}),
        ("PRICE", "12", {"PRICE": 12}),
        ("PRICE", " -1.50", {"PRICE": -1.5}),
        ("PRICE", "1e3", {"PRICE": 1000.0}),
        ("SALE", "TRUE", {"SALE": True}),
        ("SALE", "no", {"SALE": False}),
        ("SHOT", " a.mp4 ", {"SHOT": "a.mp4"}),
        ("SIZE", "S", {"SIZE": "S"}),
    ],
)
def test_a_cell_becomes_what_its_variable_says(column: str, cell: str, data: dict[str, Any]) -> None:
    (row,) = csv_rows(f"{column}\r\n{cell}\r\n")
    assert row == Row(1, "1", data)
    assert [type(value) for value in row.data.values()] == [type(value) for value in data.values()]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("PRICE", "1_000", "row 2, column \"PRICE\": '1_000' is not a number"),
        ("PRICE", "nan", "row 2, column \"PRICE\": 'nan' is not a number"),
        ("PRICE", '"1,5"', "is not a number (write it with a point: 1.5)"),
        ("SALE", "maybe", "row 2, column \"SALE\": 'maybe' is neither true nor false"),
        ("NAME", "a,b", "row 2: has 2 cells, and the header 1"),
        ("NAME", '"a"b', "row 2: is not CSV"),
        ("NAME", b"caf\xe9".decode("utf-8", "surrogateescape"), 'row 2, column "NAME": is not UTF-8'),
    ],
)
def test_a_bad_row_sinks_only_itself(column: str, cell: str, said: str) -> None:
    good, bad, after = csv_rows(f"{column}\n1\n{cell}\nyes\n".replace("yes", "1"))
    assert (good.problems, after.problems) == ((), ())
    assert (bad.number, after.number) == (2, 3)
    assert said in str(bad.problems[0])


def test_slots_are_numbers_or_the_id_column_and_each_once() -> None:
    text = "sku,NAME\nA-1,Ada\n\nA-2,Bob\nA-1,Cy\n,Di\n"
    rows = csv_rows(text, id_column="sku")
    assert [(row.number, row.slot, bool(row.problems)) for row in rows] == [
        (1, "A-1", False),
        (2, "A-2", False),
        (3, "A-1", True),
        (4, "4", True),
    ]
    assert "row 3, column \"sku\": 'A-1' is that of row 1 already" in str(rows[2].problems[0])
    assert rows[0].data == {"NAME": "Ada"}
    assert [row.slot for row in csv_rows("NAME\nAda\nBob\n")] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "rows: is empty"),
        ("NAME,NAME\n", {}, "rows: has several columns 'NAME'"),
        ("NAME,colour\n", {}, 'rows, column "colour": is no variable of the template (it has: '),
        ("NAMe,PRICE\n", {}, "did you mean `NAME`?"),
        (b"NAME,caf\xe9\n".decode("utf-8", "surrogateescape"), {}, "rows: its header is not UTF-8"),
        ("NAME\n", {"id_column": "sku"}, "id_column: 'sku' is no column"),
        ('NA"ME"x,"\n', {}, "rows: begins with no CSV header"),
    ],
)
def test_a_header_that_does_not_fit_is_told_once(text: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        csv_rows(text, **options)
    assert said in str(caught.value)


@pytest.mark.parametrize("read", [json_rows, list_rows])
def test_a_column_that_no_object_has_is_told_once(read: Callable[..., list[Row]]) -> None:
    text = '{"NAME": "Ada", "article": "A-1"}\n{"NAME": "Bob", "PRICE": 2, "article": "A-2"}\n'
    with pytest.raises(InvalidRequest) as caught:
        read(text, named=("NAME", "PRIZE", "PRICE"), id_column="sku", ignore_others=True)
    assert str(caught.value) == (
        "columns.PRIZE: 'PRIZE' is no column of the table (did you mean `PRICE`? there are: NAME, article, PRICE)\n"
        "id_column: 'sku' is no column of the table (there are: NAME, article, PRICE)"
    )
    assert [row.slot for row in read(text, named=("NAME", "PRICE"), id_column="article")] == ["A-1", "A-2"]


def test_what_is_nested_without_end_is_told_in_our_words() -> None:
    (row,) = json_rows("[" * 100_000)
    assert [str(problem) for problem in row.problems] == ["row 1: is nested too deeply (write one object in each line)"]
    with pytest.raises(InvalidRequest, match=r"^rows: is nested too deeply"):
        list_rows("[" * 100_000)


def test_other_columns_may_be_ignored() -> None:
    assert csv_rows("NAME,stock\nAda,7\n", ignore_others=True) == [Row(1, "1", {"NAME": "Ada"})]
    assert json_rows('{"NAME": "Ada", "stock": 7}', ignore_others=True) == [Row(1, "1", {"NAME": "Ada"})]


SPREADSHEETS = [
    "NAME,PRICE\r\nAda,1\r\nBob,2\r\n",
    "NAME;PRICE\nAda;1\nBob;2\n",
    "NAME\tPRICE\nAda\t1\nBob\t2\n",
    "sep=;\r\nNAME;PRICE\r\nAda;1\r\nBob;2\r\n",
    '"sep=;"\r\nNAME;PRICE\r\nAda;1\r\nBob;2\r\n',
    "sep=,\nNAME,PRICE\nAda,1\nBob,2\n",
    "NAME,PRICE\rAda,1\rBob,2\r",
    "NAME,PRICE,\nAda,1,\nBob,2,\n",
    "NAME,PRICE\nAda,1\n,\nBob,2\n,,\n",
    "\n\nNAME,PRICE,,\nAda,1,,\n,,,\nBob,2\n".replace("Bob,2", "Bob,2,,"),
    "NAME,,PRICE\nAda,,1\nBob,,2\n",
]
"""The same table as programs write it."""


@pytest.mark.parametrize("text", SPREADSHEETS)
def test_a_table_is_read_as_programs_write_it(text: str) -> None:
    assert csv_rows(text) == [Row(1, "1", {"NAME": "Ada", "PRICE": 1}), Row(2, "2", {"NAME": "Bob", "PRICE": 2})]


def test_a_workbook_is_no_table() -> None:
    with pytest.raises(InvalidRequest, match=r"^rows: is a workbook.*CSV UTF-8"):
        csv_rows("PK\x03\x04\x14\x00\x06\x00[Content_Types].xml\udca2\n")


def test_what_lies_between_cells_may_lie_in_them() -> None:
    assert csv_rows('NAME;PRICE\n"Ada; first, ""the""\nLovelace";1\nBob, Cy;2\n') == [
        Row(1, "1", {"NAME": 'Ada; first, "the"\nLovelace', "PRICE": 1}),
        Row(2, "2", {"NAME": "Bob, Cy", "PRICE": 2}),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NAME;PRICE\nAda;1;x\n", "row 1: has 3 cells, and the header 2"),
        ("NAME,PRICE\nAda\n", "row 1: has 1 cell, and the header 2"),
        ("NAME,,PRICE\nAda,x,1\n", "row 1: 'x' is in column 2, which has no name"),
    ],
)
def test_cells_without_a_column_are_told(text: str, said: str) -> None:
    (row,) = csv_rows(text)
    assert said in str(row.problems[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [*SPREADSHEETS[:3], "NAME\tPRICE\n\u00e9\u4e2d\U0001f600\t1\n"])
def test_the_encoding_is_that_of_the_first_bytes(text: str, encoding: str) -> None:
    held = text.encode(encoding)
    for mark, codec in ((codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        assert (mark + text.encode(codec)).decode(encoding_of(mark + text.encode(codec))) == text
    assert held.decode(encoding_of(held[:1024])) == text


def test_json_lines_keep_their_types() -> None:
    good = '{"sku": 7, "NAME": "Ada", "PRICE": 1.5, "NOTE": null}\n\n'
    rows = json_rows(good + '{"PRICE": NaN}\n[]\n{"sku": 8, "other": 1}\n{"sku": 9, "sku": 1}\n', id_column="sku")
    assert rows[0] == Row(1, "7", {"NAME": "Ada", "PRICE": 1.5})
    said = [str(row.problems[0]) for row in rows[1:]]
    starts = ["2: is not JSON", "3: is no JSON object", '4, column "other": is no variable', "5: has 'sku' twice"]
    for problem, start in zip(said, starts, strict=True):
        assert problem.startswith(f"row {start}")


@pytest.mark.parametrize(
    ("document", "model"),
    [
        ({"from": "project"}, FromProject),
        ({"from": "folder", "folder": "s3://shop/requests"}, FromFolder),
        ({"from": "rows", "template": "card.json", "rows": "a.csv", "id_column": "sku"}, FromRows),
    ],
)
def test_a_source_is_told_by_its_from(document: dict[str, Any], model: type) -> None:
    source = parse_source(document)
    assert isinstance(source, model)
    assert parse_source(source) is source
    assert source.model_dump(by_alias=True, exclude_unset=True) == document


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "source.from: is missing (use one of: project, folder, rows)"),
        ({"from": "table"}, "source.from: 'table' is no source of requests"),
        ({"from": "folder"}, "source.folder: is missing"),
        ({"from": "rows", "template": {}, "row": "a.csv"}, "source.row: is not a field here (did you mean `rows`?)"),
    ],
)
def test_a_wrong_source_is_told_in_words(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_source(document)
    assert said in str(caught.value)


def test_an_owner_has_a_tenant_and_a_project_and_nothing_else() -> None:
    assert parse_owner(None).project == "default"
    with pytest.raises(InvalidRequest, match=r"terms\.priority: is not a field here"):
        parse_owner({"priority": "batch"})
