"""Settings of the gateway alone, read once from the environment (prefix `REEL_GATEWAY_`); all others are `reel.settings`."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from reel.environment import Address, FromEnvironment

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""How an issuer may sign: by a private key alone. With a secret (HS256) whoever can check tokens could make them."""


def _rate(text: str) -> str:
    number, _, per = text.partition("/")
    if not number.isdecimal() or int(number) < 1 or per not in ("second", "minute", "hour", "day"):
        raise ValueError("must be a rate, such as 600/minute")
    return text


Rate = Annotated[str, AfterValidator(_rate)]
"""`600/minute`: so many in any stretch of that length; second, minute, hour or day."""


class GatewaySettings(FromEnvironment):
    """Every field is the environment variable `REEL_GATEWAY_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REEL_GATEWAY_", frozen=True)

    address: str = Field("127.0.0.1", description="Where the gateway listens.")
    port: int = Field(4202, ge=0, le=65535, description="Port of the gateway; 0: a free one.")
    url: Address = Field(None, description="Address under which customers reach it; null: as they asked for it.")
    proxies: str = Field(
        "127.0.0.1", description="Addresses of proxies whose word on who asks is taken, with commas; `*`: anybody's."
    )
    rate_key: Rate = Field("600/minute", description="Requests with one key.")
    rate_address: Rate = Field("1200/minute", description="Requests from one address; of IPv6, from one /64.")
    rate_orders: Rate = Field("120/minute", description="Generations that are ordered with one key.")
    rate_store: str = Field(
        "memory://", description="Where requests are counted: in each process, or for several in redis://host:6379/0."
    )
    body_bytes: int = Field(
        2 << 20, ge=1024, description="Largest body of a request; uploads have limits of their own."
    )
    body_seconds: float = Field(30.0, gt=0, description="A body has to be there within that time.")
    head_bytes: int = Field(32 << 10, ge=4096, description="Largest head of a request: its line and headers.")
    head_seconds: float = Field(10.0, gt=0, description="A head has to be there within that time.")
    judged: int = Field(
        32, ge=1, description="Requests that are looked through and planned, or wait for that, of each process."
    )
    judged_per_tenant: int = Field(16, ge=1, description="The same of one tenant.")
    connections: int = Field(4000, ge=1, description="Requests and streams at once; more are told to come later.")
    oidc_issuer: Address = Field(None, description="OpenID issuer whose tokens are taken as keys are; null: none's.")
    oidc_audience: str = Field("reelflow", description="For whom its tokens must be (`aud`).")
    oidc_algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "ES256", "EdDSA"), min_length=1, description="How they may be signed."
    )
    oidc_tenant_claim: str = Field("reelflow_tenant", description="Claim that names the tenant.")
    oidc_role_claim: str = Field(
        "reelflow_role", description="Claim that names the role: viewer, member, owner, operator."
    )
    oidc_client: str | None = Field(
        None,
        description="Our id as a client of the issuer, with which people sign in to the pages; null: by keys alone.",
    )
    oidc_client_secret: SecretStr | None = Field(
        None, description="The client's secret; null: it is a public one, which PKCE alone protects."
    )
    oidc_scope: str = Field("openid", description="What it is asked for; the claims may take more, such as `profile`.")
    session_hours: float = Field(
        12.0, gt=0, description="Who signed in to the pages signs in again after so long; sooner where the key ends."
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port of its own for metrics, without a key; null: `/metrics`, for operators."
    )
    streams_per_tenant: int = Field(
        100, ge=1, description="Event streams that a tenant may have open, of each process."
    )
    streams: int = Field(5000, ge=1, description="Event streams that may be open, of each process.")
    stream_seconds: float = Field(
        900.0,
        gt=0,
        description="An event stream ends after so long, and its client comes back; sooner where its key is good no longer.",
    )
    download_rate: int | None = Field(
        64 << 20, ge=1024, description="Bytes a second to one address, of each process; null: any number."
    )
    downloads_rate: int | None = Field(None, ge=1024, description="Bytes a second in all, of each process; null: any.")
    heartbeat_seconds: float = Field(15.0, gt=0, description="Something is sent over a silent stream every so often.")


@cache
def gateway_settings() -> GatewaySettings:
    """The settings of this process. Raises `InvalidRequest` that names each variable that is wrong."""
    return GatewaySettings()
