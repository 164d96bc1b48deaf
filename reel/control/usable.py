"""Whether anything can be done with the settings: asked by whoever begins, before anything large is imported."""

from __future__ import annotations

from reel.disk import keep_private, require_folder
from reel.ffmpeg.build import ffmpeg_path
from reel.settings import Settings

OUTPUTS = "REEL_OUTPUTS"
"""The one folder that others may have to read, who serve what is in it: its mode, and the umask, are the installation's."""


def require_usable(config: Settings) -> None:
    """`Resource` under the name of a setting that nothing here can be done with: a folder that cannot be made or written to, an
    FFmpeg that is none. Folders of state are made, and kept, for this user alone. What is set wrongly is set wrongly at each
    try."""
    for setting, folder in config.folders().items():
        if setting == OUTPUTS:
            require_folder(setting, folder)
        else:
            require_folder(setting, folder, 0o700)
            keep_private(folder)
    ffmpeg_path()
