"""Settings that come from environment variables, and what is said of wrong ones."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from reel.errors import InvalidRequest, Problem
from reel.words import LIST, in_words

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
