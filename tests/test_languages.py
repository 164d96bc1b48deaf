"""Names of languages, as files and people write them."""

from __future__ import annotations

import pytest

from reel.languages import is_in, tag_of, three_letters


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("eng", "en"), ("ger", "de"), ("deu", "de"), ("de", "de"), ("DE", "de"), ("fre", "fr"), ("jpn", "ja"),
        ("pt-BR", "pt-BR"), ("pt_BR", "pt-BR"), ("por-BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW"), ("gsw", "gsw"),
        ("und", "und"), ("mul", "und"), ("zxx", "und"), ("", "und"), ("english", "und"), ("??", "und"), ("e\x00n", "und"),
        ("x" * 10_000, "und"),
    ],
)  # fmt: skip
def test_a_tag_is_that_of_players(said: str, tag: str) -> None:
    assert tag_of(said) == tag


@pytest.mark.parametrize(
    ("tag", "terminological", "bibliographic"),
    [("de", "deu", "ger"), ("en", "eng", "eng"), ("pt-BR", "por", "por"), ("zh-Hant", "zho", "chi"), ("gsw", "gsw", "gsw"),
     ("und", "und", "und")],
)  # fmt: skip
def test_containers_have_three_letters(tag: str, terminological: str, bibliographic: str) -> None:
    assert (three_letters(tag), three_letters(tag, bibliographic=True)) == (terminological, bibliographic)


@pytest.mark.parametrize(
    ("language", "asked", "there"),
    [("de-AT", "de", True), ("de-AT", "ger", True), ("de", "de-AT", False), ("den", "de", False), ("und", "und", True)],
)
def test_a_language_is_asked_for_by_any_of_its_names(language: str, asked: str, there: bool) -> None:
    assert is_in(language, asked) is there
