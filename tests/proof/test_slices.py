"""Slices of random timelines show what the whole does, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.media import MediaFacts
from reel.proof.reference import frame_of
from reel.proof.slices import slice_of
from tests.proof import timelines
from tests.proof.test_reference import Quarters

LIBRARY: Mapping[str, MediaFacts] = {}


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
@pytest.mark.parametrize("content", ["colour", "drawn"])
def test_a_slice_shows_what_the_whole_does(content: str, random: Random) -> None:
    timeline = timelines.timeline(random, content, LIBRARY)
    first = random.randrange(timeline.frames)
    end = random.randint(first + 1, min(timeline.frames, first + 6))
    part = slice_of(timeline, first, end, LIBRARY)
    for frame in {first, end - 1}:
        expected = frame_of(timeline, frame, Quarters(), scale=0.5)
        np.testing.assert_allclose(frame_of(part, frame - first, Quarters(), scale=0.5), expected, atol=1e-4)
