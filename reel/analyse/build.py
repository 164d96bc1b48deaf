"""Which libraries analyse sound and picture here."""

from __future__ import annotations

from importlib.metadata import version


def librosa_id() -> str:
    """The version of librosa; it is not imported for that."""
    return version("librosa")


def scipy_id() -> str:
    """The version of SciPy."""
    return version("scipy")


def scenedetect_id() -> str:
    """The version of PySceneDetect."""
    return version("scenedetect-headless")
