"""Archives that are made as they go: read by Python's own reader and by Info-ZIP's, and as long as was announced."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.store.zipping import Entry, zip_blocks, zip_bytes

AT = datetime(2026, 3, 1, 12, 30, 59, tzinfo=UTC)
CONTENTS = {"a.mp4": b"video" * 1000, "variant-001/für 日本 1.jpg": b"\0\xff", "empty.txt": b"", "b/c/d.json": b"{}"}


def entries(contents: dict[str, bytes]) -> list[Entry]:
    return [Entry(name, len(content), AT) for name, content in contents.items()]


def archived(contents: dict[str, bytes], block: int = 100) -> bytes:
    def read(entry: Entry) -> Iterable[bytes]:
        content = contents[entry.name]
        return (content[start : start + block] for start in range(0, len(content), block))

    return b"".join(zip_blocks(entries(contents), read))


def test_what_went_in_comes_out() -> None:
    made = archived(CONTENTS)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENTS
        assert archive.namelist() == list(CONTENTS)
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (2026, 3, 1, 12, 30, 58)
            assert info.external_attr >> 16 == 0o100644


@given(st.dictionaries(st.text("aß/語.", min_size=1, max_size=20), st.binary(max_size=300), max_size=8))
def test_its_length_is_known_before(contents: dict[str, bytes]) -> None:
    assert zip_bytes(entries(contents)) == len(archived(contents))


def test_more_files_than_sixteen_bits_count() -> None:
    names = [f"{number:05}" for number in range(0x10000 + 3)]
    made = archived(dict.fromkeys(names, b""))
    assert zip_bytes(entries(dict.fromkeys(names, b""))) == len(made)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == names


@pytest.mark.slow
def test_one_that_is_larger_than_four_gigabytes(tmp_path: Path) -> None:
    """Written with holes, so that it takes no room."""
    zeros, size = bytes(1 << 20), (4 << 30) + 5
    files = [Entry("large", size, AT), Entry("after", 3, AT)]

    def read(entry: Entry) -> Iterable[bytes]:
        if entry.name == "after":
            yield b"end"
            return
        for start in range(0, size, len(zeros)):
            yield zeros[: size - start]

    path = tmp_path / "archive.zip"
    with path.open("wb") as file:
        for block in zip_blocks(files, read):
            if block is zeros or block == zeros:
                file.seek(len(block), io.SEEK_CUR)
            else:
                file.write(block)
    assert path.stat().st_size == zip_bytes(files)
    with zipfile.ZipFile(path) as archive:
        assert [info.file_size for info in archive.infolist()] == [size, 3]
        assert archive.read("after") == b"end"
        with archive.open("large") as large:
            large.seek(size - 3)
            assert large.read() == b"\0\0\0"


@pytest.mark.parametrize("content", [b"shor", b"longer"])
def test_a_file_of_another_length_ends_it(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"a has \d bytes, and 5 were announced"):
        b"".join(zip_blocks([Entry("a", 5, AT)], lambda entry: [content]))


def test_before_the_format_was_there() -> None:
    made = b"".join(zip_blocks([Entry("a", 0, datetime(1970, 1, 1, tzinfo=UTC))], lambda entry: []))
    assert zipfile.ZipFile(io.BytesIO(made)).infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
