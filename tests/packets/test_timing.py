"""From time stamps to rates and durations; and which VP8 and VP9 packets show anything."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reel.packets.scan import shows_frame
from reel.packets.timing import Timing, by_index, set_right, thinned, timing
from reel.plan.compiled import usual_rate

NTSC = Fraction(30000, 1001)
MILLISECONDS = Fraction(1, 1000)


def stamps(count: int, rate: Fraction, tick: Fraction) -> list[int]:
    return [round(index / rate / tick) for index in range(count)]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), NTSC, Fraction(30), Fraction(60000, 1001)])
def test_rounded_stamps_give_the_exact_rate(rate: Fraction) -> None:
    facts = timing(stamps(1000, rate, MILLISECONDS), 0, MILLISECONDS, ())
    assert facts == Timing(1000, Fraction(0), 1000 / rate, rate, False)


@pytest.mark.parametrize("frames", [3, 10, 25])
def test_a_short_matroska_file_is_what_its_nanoseconds_say(frames: int) -> None:
    """Its times, in milliseconds, would fit 30 as well; 33,366,667 ns for a frame would not."""
    claimed = Fraction(10**9, 33_366_667)
    facts = timing(stamps(frames, NTSC, MILLISECONDS), 33, MILLISECONDS, [claimed])
    assert (facts.rate, facts.variable) == (NTSC, False)


def test_an_odd_rate_that_the_container_claims() -> None:
    tick = Fraction(1, 29917)
    assert timing([index * 1000 for index in range(30)], 1000, tick, [Fraction(29917, 1000)]).rate == 1 / (1000 * tick)


def test_a_gap_makes_the_rate_variable() -> None:
    facts = timing([0, 40, 80, 240, 280], 40, MILLISECONDS, [Fraction(25)])
    assert facts == Timing(5, Fraction(0), Fraction(320, 1000), Fraction(25), True)


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30), Fraction(50), NTSC])
@pytest.mark.parametrize("tick", [MILLISECONDS, Fraction(1, 90_000)])
def test_a_stream_that_lacks_some_frames_keeps_the_rate_of_the_others(rate: Fraction, tick: Fraction) -> None:
    """Their mean is that of another usual rate: 24 without two frames of 2000 is 24000/1001 within its tolerance."""
    times = [time for number, time in enumerate(stamps(2_000, rate, tick)) if number not in (500, 501, 1_400, 1_720)]
    facts = timing(times, 0, tick, [])
    assert facts.variable
    assert usual_rate(facts.rate) == rate


def test_a_phone_that_jitters_and_pauses_keeps_the_rate_of_its_frames() -> None:
    """Frames of 33.3 ms, each up to 3 ms early or late, and pauses of a second: their mean would make it 24000/1001."""
    jitter = (0, 3, -2, 3, -3, 1, 2, -3, 0, -1, 3)
    even = [time + jitter[number % len(jitter)] for number, time in enumerate(stamps(700, Fraction(30), MILLISECONDS))]
    times = [time + 970 * (number // 90) for number, time in enumerate(even)]
    facts = timing(times, 0, MILLISECONDS, [])
    assert facts.variable
    assert abs(facts.rate - 30) < Fraction(1, 10)
    assert usual_rate(facts.rate) in (NTSC, 30)


@pytest.mark.parametrize("lost", [(3, 8), (1, 6, 11), (2, 5, 6, 12)])
def test_a_phone_that_jitters_and_loses_frames_keeps_the_rate_of_the_others(lost: tuple[int, ...]) -> None:
    """Of 16 frames two to four are lost, as in the dark: their mean would make it 25 or 24."""
    jitter = (0, 3, -2, 3, -3, 1, 2, -3, 0, -1, 3)
    even = [time + jitter[number % len(jitter)] for number, time in enumerate(stamps(800, Fraction(30), MILLISECONDS))]
    facts = timing([time for number, time in enumerate(even) if number % 16 not in lost], 0, MILLISECONDS, [])
    assert facts.variable
    assert usual_rate(facts.rate) in (NTSC, 30)


def test_a_screen_that_is_recorded_when_it_changes_has_the_mean_rate() -> None:
    """Most of its frames last several sixtieths of a second, each as many as it likes."""
    lasting = (1, 4, 2, 7, 1, 3, 12, 5, 2, 9)
    times = [sum((lasting * 20)[:number]) * 1_500 for number in range(200)]
    facts = timing(times, 0, Fraction(1, 90_000), [])
    assert (facts.variable, facts.rate) == (True, facts.frames / facts.duration)


def test_frames_that_last_longer_and_shorter_count_alike() -> None:
    """60 in whole milliseconds, as a browser recorded it: those of 15 ms less would make it 60000/1001."""
    lasting = [17, 16, 17, 17, 16, 17, 18, 15, 17, 17, 17, 16] * 8 + [22, 12] + [17, 17, 16] * 8
    times = [sum(lasting[:number]) * 16 for number in range(len(lasting) + 1)]
    facts = timing(times, 0, Fraction(1, 16_000), [])
    assert facts.variable
    assert usual_rate(facts.rate) == 60


def test_film_at_sixty_fields_a_second_is_told_by_its_mean() -> None:
    """A frame lasts three fields, the next one two: neither is the rate."""
    times = [number * 1_001 * 5 // 2 + (number % 2) * 1_001 // 2 for number in range(100)]
    facts = timing(times, 0, Fraction(1, 60_000), [])
    assert facts.variable
    assert usual_rate(facts.rate) == Fraction(24_000, 1_001)


@pytest.mark.parametrize(("last", "duration"), [(0, 160), (1, 160), (40, 160), (500, 620)])
def test_the_last_frame_lasts_at_least_like_the_others(last: int, duration: int) -> None:
    assert timing([0, 40, 80, 120], last, MILLISECONDS, [Fraction(25)]).duration == duration * MILLISECONDS


def test_one_frame() -> None:
    assert timing([50], 40, MILLISECONDS, ()) == Timing(1, Fraction(1, 20), Fraction(1, 25), Fraction(25), False)
    assert timing([0], 0, MILLISECONDS, [Fraction(24)]).duration == Fraction(1, 24)


def test_frames_without_stamps() -> None:
    assert by_index(50, ()) == Timing(50, Fraction(0), Fraction(2), Fraction(25), False, counted=True)


def test_thinning_keeps_the_first_and_the_limit() -> None:
    assert thinned(range(10), 10) == range(10)
    assert list(thinned(range(10), 4)) == [0, 3, 6, 9]


@pytest.mark.parametrize(
    ("codec", "packet", "shown"),
    [
        ("vp8", b"\x10\x00\x00", True),
        ("vp8", b"\x01\x00\x00", False),
        ("vp9", bytes([0b1000_0110, 0]), True),  # profile 0, an inter frame that is shown
        ("vp9", bytes([0b1000_0100, 0]), False),
        ("vp9", bytes([0b1000_1000, 0]), True),  # shows a frame decoded earlier
        ("vp9", bytes([0b1000_0100, 0b1100_0001]), True),  # a superframe
    ],
)
def test_packets_that_show_nothing(codec: str, packet: bytes, shown: bool) -> None:
    assert shows_frame(codec, memoryview(packet)) == shown


@pytest.mark.parametrize("count", [2, 3, 5, 7, 9, 12, 20])
def test_a_few_frames_have_a_whole_rate_where_their_clock_does_not_tell(count: int) -> None:
    """In milliseconds 24 and 24000/1001 are the same for a second; in a clock of 90 kHz they are not."""
    fine = Fraction(1, 90_000)
    for whole in map(Fraction, (24, 30, 60)):
        slowed = whole * 1000 / 1001
        assert timing(stamps(count, whole, MILLISECONDS), 0, MILLISECONDS, ()).rate == whole
        said = timing(stamps(count, slowed, MILLISECONDS), 0, MILLISECONDS, [slowed])
        assert said.rate == slowed, "where the file says so"
        if count > 2:
            assert timing(stamps(count, slowed, fine), 0, fine, ()).rate == slowed
        assert timing(stamps(count, whole, fine), 0, fine, ()).rate == whole
    long = stamps(1000, Fraction(24000, 1001), MILLISECONDS)
    assert timing(long, 0, MILLISECONDS, ()).rate == Fraction(24000, 1001)


DECODED = [0, *(number for group in range(0, 300, 3) for number in (group + 3, group + 1, group + 2))]
"""When frames are shown, in the order of decoding: two B-frames before each other one."""


@pytest.mark.parametrize(
    ("places", "by"),
    [((130,), 10_000), ((130,), -60), ((0,), 10_000), ((0,), 150), ((90, 91), 150), ((60, 140, 200), 10_000)],
)
def test_false_stamps_are_put_where_the_others_have_a_gap(places: tuple[int, ...], by: int) -> None:
    false = [time + by * (place in places) for place, time in enumerate(DECODED)]
    assert set_right(false) == sorted(DECODED)


def test_nothing_is_put_right_that_is_right_or_not_plain() -> None:
    assert set_right(DECODED) is None
    assert set_right([*DECODED[:60], *(time + 900 for time in DECODED[60:])]) is None
    assert set_right([*range(100), *range(100)]) is None
    assert set_right([0, 5000]) is None
    assert set_right([]) is None
