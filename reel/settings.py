"""All settings, read once from the environment (prefix `REEL_`)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class Settings(BaseSettings):
    """Settings of one worker. Every field is the environment variable `REEL_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REEL_", frozen=True)

    home: Path = Field(Path.home() / ".reelflow", description="Folder of all that is kept, unless named otherwise.")
    store: Path | None = Field(None, description="Folder of artefacts; null: `store` in the home.")
    outputs: Path | None = Field(None, description="Folder of finished generations; null: `outputs` in the home.")
    scratch: Path | None = Field(None, description="Folder of work in progress; null: `scratch` in the home.")
    ffmpeg: Path | None = Field(None, description="FFmpeg to use; null: the one of the imageio-ffmpeg wheel.")
    jobs: int = Field(len(os.sched_getaffinity(0)), ge=1, description="Processors to use.")
    memory_bytes: int = Field(_memory_bytes() // 2, ge=1, description="Memory that parallel steps may plan with.")
    min_free_bytes: int = Field(256 << 20, ge=0, description="Disk space that no step may eat into.")
    max_asset_bytes: int = Field(64 << 30, ge=1, description="Largest input file.")
    max_pixels: int = Field(16384 * 16384, ge=1, description="Largest input picture, width times height.")
    max_streams: int = Field(64, ge=1, description="Most streams in an input file.")
    slideshow_images: int = Field(10, ge=1, description="Most pictures of a slideshow.")
    slideshow_seconds: float = Field(60.0, gt=0, description="Longest slideshow.")
    probe_seconds: float = Field(120.0, gt=0, description="Time limit of reading one asset's facts.")
    silence_seconds: float = Field(120.0, gt=0, description="FFmpeg is ended when it reports no progress for so long.")
    step_seconds: float = Field(6 * 3600.0, gt=0, description="Time limit of one step.")

    @property
    def store_folder(self) -> Path:
        return self.store or self.home / "store"

    @property
    def outputs_folder(self) -> Path:
        return self.outputs or self.home / "outputs"

    @property
    def scratch_folder(self) -> Path:
        return self.scratch or self.home / "scratch"


@cache
def settings() -> Settings:
    """The settings of this process; read at first use."""
    return Settings()
