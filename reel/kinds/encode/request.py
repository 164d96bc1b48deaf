"""The `encode` request: a master, and the videos that are to be made of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reel.request import Request
from reel.request.parts import AssetName
from reel.request.preview import TimeRange


class EncodeRequest(Request):
    """Videos of one master, as it is: its own shape, rate and sound, and none larger than it."""

    kind: Literal["encode"] = "encode"
    asset: AssetName
    range: TimeRange | None = Field(
        None, description="Only this part of the master, in its own seconds; null: all of it."
    )

    @property
    def has_master(self) -> bool:
        return True

    def source_places(self) -> dict[str, str]:
        """The master, under the field that names it."""
        return {"asset": self.asset}
