"""Optional libraries by what installs them, so that one that is missing is named and not told as a mistake of ours."""

from __future__ import annotations

from reel.errors import Resource

EXTRAS = {
    "catalogue": ("sqlmodel", "sqlalchemy", "alembic", "psycopg", "cryptography"),
    "s3": ("boto3", "botocore", "s3transfer"),
    "webhooks": ("standardwebhooks",),
    "metrics": ("prometheus_client",),
    "encryption": ("cryptography",),
    "delivery": ("cryptography",),
    "prefect": ("prefect", "fastapi"),
    "gateway": ("fastapi", "jwt", "limits", "mcp", "redis", "uvicorn"),
}
"""The modules that each extra of the wheel brings."""


def missing_extra(error: ModuleNotFoundError, place: str = "", extra: str = "") -> Resource | None:
    """What to say of a module that is not there; null where no extra brings it. `place` is what needs it; empty: the extra.
    `extra` says which, where several bring it; empty: the first."""
    module = (error.name or "").partition(".")[0]
    extra = next((name for name, modules in EXTRAS.items() if module in modules and extra in ("", name)), "")
    if not extra:
        return None
    return Resource.at(place or extra, f"{module} is not installed", f"pip install 'reelflow[{extra}]'")
