"""Real files from the wild, for tests that want them: `REEL_MEDIA_CORPUS`, else `../shared/media` beside the checkout.

A test over a folder of it is parametrised by `corpus_files("video")` and marked `needs_corpus`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def _folder() -> Path | None:
    beside = Path(__file__).parents[2] / "shared" / "media"
    folder = Path(os.environ.get("REEL_MEDIA_CORPUS", beside))
    return folder if folder.is_dir() else None


CORPUS: Path | None = _folder()
"""Its folders: `video`, `audio`, `image`, `broken` and `subs`. None where there is no corpus."""

needs_corpus = pytest.mark.skipif(CORPUS is None, reason="no media corpus here (set REEL_MEDIA_CORPUS)")


def corpus_files(folder: str) -> list[Path]:
    """The files of one folder of the corpus, in order; none where there is no corpus."""
    return sorted(path for path in (CORPUS / folder).iterdir() if path.is_file()) if CORPUS else []
