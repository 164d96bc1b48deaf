"""Shaka Packager, which tests use where it is installed: it comes with the extra `drm`, or `REEL_PACKAGER` names it."""

from __future__ import annotations

import pytest

from reel.shaka.build import packager_path

needs_packager = pytest.mark.skipif(
    packager_path() is None, reason="Shaka Packager is not installed (pip install 'reelflow[drm]', or REEL_PACKAGER)"
)
