"""The installation's secret: made once, kept to its user, and never told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reel.catalogue import open_catalogue
from reel.control.usable import require_usable
from reel.errors import InvalidRequest, Resource
from reel.secrets import FILE, derived, every_derived, hkdf_sha256, new_secret
from reel.settings import Settings, settings

OTHER = "0123456789abcdef" * 3


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("REEL_SECRET", "REEL_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REEL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _settings_anew():
    yield
    settings.cache_clear()


def test_keys_are_derived_as_the_standard_says() -> None:
    """RFC 5869, test case 1, its first 32 bytes."""
    key = hkdf_sha256(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)))
    assert key.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def test_a_secret_is_made_once_and_kept_to_its_user(home: Path) -> None:
    first = derived("links")
    assert (home / FILE).stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert derived("links") == first
    assert len({first, derived("keys"), derived("")}) == 3
    assert len(first) == 32


def test_those_who_come_at_once_get_the_same(home: Path) -> None:
    code = "from reel.secrets import derived; print(derived('x').hex())"
    all_at_once = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(6)]
    assert len({process.communicate()[0] for process in all_at_once}) == 1
    assert [path.name for path in home.iterdir()] == [FILE]


def test_one_that_is_given_counts_and_is_shown_nowhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_the_home = derived("x")
    path = home / "given"
    path.write_text(f"{OTHER}\n")
    monkeypatch.setenv("REEL_SECRET_FILE", str(path))
    settings.cache_clear()
    of_the_file = derived("x")
    monkeypatch.delenv("REEL_SECRET_FILE")
    monkeypatch.setenv("REEL_SECRET", OTHER)
    settings.cache_clear()
    assert derived("x") == of_the_file != of_the_home
    assert OTHER not in repr(settings()) + str(settings()) + settings().model_dump_json()


def test_older_ones_count_for_what_was_made_before(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = derived("x")
    text = (home / FILE).read_text()
    (home / FILE).write_text(f"{new_secret()}\n{text}")
    newest, older = every_derived("x")
    assert newest == derived("x")
    assert older == before != newest


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"REEL_SECRET": "short"}, "REEL_SECRET: holds a secret of 5 characters (write at least 32 random ones"),
        ({"REEL_SECRET": f"{OTHER} short"}, "REEL_SECRET: holds a secret of 5 characters"),
        ({"REEL_SECRET": " "}, "REEL_SECRET: holds no secret"),
        ({"REEL_SECRET_FILE": "/nowhere/secret"}, "REEL_SECRET_FILE: there is no file /nowhere/secret"),
    ],
)
def test_a_weak_or_missing_one_is_refused(
    home: Path, variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(InvalidRequest) as refused:
        derived("x")
    assert str(refused.value).startswith(said)
    assert OTHER not in str(refused.value)


def test_a_home_that_cannot_be_made_is_told(home: Path) -> None:
    home.write_text("")
    with pytest.raises(Resource, match=r"^REEL_HOME: the folder .* cannot be made: there is a file of that name"):
        derived("x")


def test_state_is_for_its_user_alone_and_outputs_for_whoever_serves_them(home: Path) -> None:
    outputs = home.parent / "outputs"
    outputs.mkdir(mode=0o755)
    home.mkdir(mode=0o755)
    config = Settings(home=home, outputs=str(outputs), store=str(home / "far" / "store"))
    require_usable(config)
    open_catalogue(config.catalogue_url).close()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (home, home / "far" / "store", outputs)}
    assert modes == {"home": 0o700, "store": 0o700, "outputs": 0o755}
    files = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir() if path.is_file()}
    assert files == {"catalogue.db": 0o600, "catalogue.db.lock": 0o600}
