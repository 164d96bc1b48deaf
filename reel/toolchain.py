"""Which tools make bytes here, each by an identity that is another where its bytes may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from reel.values import Value

Tool = Literal["ffmpeg", "pyav", "opencv", "numpy", "pillow", "typst", "librosa", "scipy", "scenedetect", "packager"]
"""What makes bytes, or findings, and is not our own."""


class Toolchain(Value):
    """The tools of a worker. What is made or found with some of them has their identities in its key, and no others: a new
    Typst renews texts, and what shows them, and nothing else."""

    ffmpeg: str
    """A fingerprint of its build: version, configuration, the libraries in it."""
    pyav: str
    """With the libraries of the FFmpeg inside it."""
    opencv: str
    numpy: str
    pillow: str
    """With its reader of HEIC."""
    typst: str
    """Without fonts: what is drawn with them names them itself."""
    librosa: str
    scipy: str
    scenedetect: str
    packager: str
    """Shaka Packager, which a machine may lack."""

    def of(self, tools: Iterable[Tool]) -> dict[str, str]:
        """The identities of some of them."""
        return {tool: getattr(self, tool) for tool in sorted(tools)}
