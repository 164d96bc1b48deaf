"""What a ladder's encryption may say."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.request.encryption import BOX_SYSTEMS, LadderEncryption, one_key_each, track_file

ID = "00112233445566778899aabbccddeeff"
WHERE = "outputs[0].encryption"


def box(system: str, *, size: int = 32) -> str:
    """A box `pssh` of a system without data."""
    data = size.to_bytes(4, "big") + b"pssh" + bytes(4) + bytes.fromhex(BOX_SYSTEMS[system]) + bytes(4)
    return base64.b64encode(data).decode()


def common(**fields: Any) -> dict[str, Any]:
    systems = [{"system": "identity", "uri": "https://keys.example/1"}]
    return {"scheme": "cbcs", "key": "a.key", "key_id": ID, "systems": systems, **fields}


def read(encryption: dict[str, Any]) -> LadderEncryption:
    document = {"kind": "encode", "asset": "a.mp4", "outputs": [{"type": "ladder", "encryption": encryption}]}
    ((_, ladder),) = parse_request(document).ladders
    assert ladder.encryption
    return ladder.encryption


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scheme": "cens"}, f"{WHERE}.scheme: must be `aes-128`, `cbcs` or `cenc`"),
        ({"key_id": None}, f"{WHERE}: cbcs needs `key_id`"),
        ({"key_id": ID[:-2]}, f"{WHERE}.key_id: must be 32 hexadecimal digits, or a UUID"),
        ({"systems": []}, f"{WHERE}: cbcs needs `systems`"),
        ({"uri": "https://keys.example/1"}, f"{WHERE}: cbcs has no `uri`: leave it out, or give another `scheme`"),
        ({"scheme": "aes-128"}, f"{WHERE}: aes-128 needs `uri`"),
        ({"scheme": "aes-128", "uri": "k"}, f"{WHERE}: aes-128 has no `key_id`: leave it out, or give another `scheme`"),
        ({"systems": [{"system": "clearkey"}]}, f"{WHERE}.systems[0]: clearkey takes its `uri`"),
        ({"systems": [{"system": "widevine", "uri": "k"}]}, f"{WHERE}.systems[0]: widevine takes its `pssh`"),
        ({"systems": [{"system": "widevine", "pssh": "?"}]}, f"{WHERE}.systems[0]: `pssh` is no Base64"),
        ({"systems": [{"system": "widevine", "pssh": box("widevine", size=33)}]},
         f"{WHERE}.systems[0]: `pssh` holds no box of that name"),
        ({"systems": [{"system": "widevine", "pssh": box("playready")}]},
         f"{WHERE}.systems[0]: `pssh` is another system's"),
        ({"scheme": "cenc", "systems": [{"system": "fairplay", "uri": "skd://1"}]}, f"{WHERE}: fairplay decrypts cbcs alone"),
        ({"systems": [{"system": "fairplay", "uri": "skd://1"}] * 2}, f"{WHERE}.systems: names one twice"),
        ({"systems": [{"system": "identity", "uri": "k"}, {"system": "fairplay", "uri": "skd://1"}]},
         f"{WHERE}.systems: `identity` stands alone"),
        ({"systems": [{"system": "identity", "uri": "has space"}]}, f"{WHERE}.systems[0].uri: "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(common(**fields))
    assert str(refused.value).startswith(said)


def test_what_can_be() -> None:
    systems = [
        {"system": "widevine", "pssh": box("widevine")},
        {"system": "playready", "pssh": box("playready")},
        {"system": "fairplay", "uri": "skd://film-1"},
        {"system": "clearkey", "uri": "https://licences.example/1"},
    ]
    dashed = "00112233-4455-6677-8899-AABBCCDDEEFF"
    assert read(common(key_id=dashed, systems=systems)).key_id == ID
    without = [each for each in systems if each["system"] != "fairplay"]
    assert read(common(scheme="cenc", systems=without)).scheme == "cenc"
    whole = read({"key": "a.key", "uri": "https://keys.example/1"})
    assert whole.model_dump() == {"key": "a.key", "uri": "https://keys.example/1"}, "as before there was another scheme"


@pytest.mark.parametrize(
    ("encryption", "file"),
    [
        (None, "720p.mp4"),
        ({"key": "k", "uri": "k"}, "720p/head.mp4"),
        (common(), "720p/protected.mp4"),
    ],
)
def test_where_a_track_lies(encryption: dict[str, Any] | None, file: str) -> None:
    given = LadderEncryption.model_validate(encryption) if encryption else None
    assert track_file("720p", given) == file


def test_an_id_stands_for_one_key() -> None:
    one, other = LadderEncryption.model_validate(common()), LadderEncryption.model_validate(common(key_id="f" * 32))
    used = [("a", one, "1"), ("b", other, "2"), ("c", one, "1"), ("d", one, "3")]
    (problem,) = one_key_each(used)
    assert str(problem).startswith("d.key_id: is that of another key in a (")
