"""Settings of the gateway alone, read once from the environment (prefix `REEL_GATEWAY_`); all others are `reel.settings`."""

from __future__ import annotations

from functools import cache

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from reel.environment import FromEnvironment
from reel.settings import Address


class GatewaySettings(FromEnvironment):
    """Every field is the environment variable `REEL_GATEWAY_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REEL_GATEWAY_", frozen=True)

    address: str = Field("127.0.0.1", description="Where the gateway listens.")
    port: int = Field(4202, ge=0, le=65535, description="Port of the gateway; 0: a free one.")
    url: Address = Field(None, description="Address under which customers reach it; null: that of each request.")


@cache
def gateway_settings() -> GatewaySettings:
    """The settings of this process. Raises `InvalidRequest` that names each variable that is wrong."""
    return GatewaySettings()
