"""What the scanner is asked and how its answers are taken."""

from __future__ import annotations

import pytest

from reel.control.clamd import ScannerAway, scan
from reel.errors import Resource
from tests.clamd import EICAR, clamd, free_port


@pytest.fixture(params=["tcp", "socket"])
def scanner(request, tmp_path):
    with clamd(tmp_path / "clamd.sock" if request.param == "socket" else None) as running:
        yield running


@pytest.mark.parametrize(("data", "found"), [(b"fine" * 700_000, ""), (b"x" + EICAR, "Eicar-Test-Signature")])
def test_a_file_is_sent_whole_and_judged(scanner, data, found, tmp_path):
    (tmp_path / "file").write_bytes(data)
    assert scan(tmp_path / "file", scanner.address).found == found
    assert scanner.scanned == [data]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("INSTREAM size limit exceeded. ERROR", Resource),
        ("stream: Can't allocate memory ERROR", ScannerAway),
        ("", ScannerAway),
        ("x" * 5000, ScannerAway),
    ],
)
def test_what_is_no_verdict(scanner, answer, error, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    scanner.answers = answer
    with pytest.raises(error):
        scan(tmp_path / "file", scanner.address)


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "/nonexistent/clamd.sock", "nonexistent.invalid:3310"])
def test_a_scanner_that_is_away(address, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ScannerAway):
        scan(tmp_path / "file", address.format(port=free_port()), 5)
