"""Whether anything can be done with the settings: asked by whoever begins, before anything large is imported."""

from __future__ import annotations

from reel.disk import require_folder
from reel.ffmpeg.build import ffmpeg_path
from reel.settings import Settings


def require_usable(config: Settings) -> None:
    """`Resource` under the name of a setting that nothing here can be done with: a folder that cannot be made or written to, an
    FFmpeg that is none. What is set wrongly is set wrongly at each try."""
    for setting, folder in config.folders().items():
        require_folder(setting, folder)
    ffmpeg_path()
