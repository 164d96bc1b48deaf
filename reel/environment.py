"""Settings that come from environment variables, and what is said of wrong ones."""

from __future__ import annotations

import math
import os
import re
import reprlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from reel.errors import InvalidRequest, Problem
from reel.words import LIST, in_words

Location = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, Path) else value)]
"""A folder, or `s3://bucket/prefix`; a text, as a path would make one slash of the two."""


_MODULE = Path(__file__).resolve()


def default_home(module: Path = _MODULE) -> Path:
    """Where all is kept that is not told otherwise: `.reel` of the checkout that this module lies in, as `make` has it, else
    `.reelflow` in the user's home."""
    root = module.parents[1]
    in_checkout = (root / "Makefile").is_file() and (root / "prefect.yaml").is_file()
    return root / ".reel" if in_checkout else Path.home() / ".reelflow"


def _address(given: Any) -> Any:
    if isinstance(given, str) and given and not _ADDRESS.fullmatch(given):
        raise ValueError("is no address of a web server; write it as http://127.0.0.1:4201")
    return given or None


_ADDRESS = re.compile(r"https?://[^/\s?#]+[^\s?#]*")
Address = Annotated[str | None, BeforeValidator(_address)]
"""Of a web server, or of a part of it; null, as an empty text is, for none."""


CLOSED = ("REEL_FILE_ROOTS", "REEL_S3_ROOTS")


def close_roots() -> None:
    """Let this process, which strangers ask, name no files and no buckets unless it is told which: call it before settings are
    read. Where nothing is told, operators may name any, and these are those of others."""
    for name in CLOSED:
        os.environ.setdefault(name, "[]")


class _Environment(EnvSettingsSource):
    """The environment. A list that is no JSON is told as any other value that is not what it should be."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


LONGEST = {"_seconds": 2_000_000, "_hours": 876_000, "_days": 36_500}
"""Of settings, by how their names end: what can be waited for at once (`poll` counts milliseconds in 31 bits), and what can be
added to a date."""


def _problems(error: ValidationError, prefix: str) -> Iterator[Problem]:
    for detail in error.errors():
        name = f"{prefix}{str(detail['loc'][0]).upper()}"
        what = in_words(detail)
        such = ', such as ["one", "another"]' if what == LIST else ""
        yield Problem(name, f"{what}{such}", f"given: {reprlib.repr(detail['input'])}; unset it for the default")


class FromEnvironment(BaseSettings):
    """Settings that the environment gives, each by the variable that is the prefix and its name in capitals."""

    model_config = SettingsConfigDict(frozen=True)

    def __init__(self, **values: Any) -> None:
        """Raises `InvalidRequest` with all that is wrong, each under the name of its variable."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InvalidRequest(*_problems(error, self.model_config.get("env_prefix", ""))) from None

    @field_validator("*")
    @classmethod
    def _within_reach(cls, given: Any, told: ValidationInfo) -> Any:
        """Numbers that can be reckoned with: who writes `inf` for no limit learns of it here, and not by what fails of it."""
        if isinstance(given, float):
            most = next((most for unit, most in LONGEST.items() if (told.field_name or "").endswith(unit)), math.inf)
            if math.isinf(given) or given > most:
                raise ValueError(
                    "must be a number, and not an infinite one" if most == math.inf else f"must be at most {most:,}"
                )
        return given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given in the program, and then the environment."""
        return (init_settings, _Environment(settings_cls))
