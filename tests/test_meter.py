"""What a piece of work spends is counted wherever it is spent, and nothing of what others spend beside it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from reel.confinement.apart import apart
from reel.ffmpeg.process import run
from reel.meter import Meter, charge, helping, metered, reap
from tests.confinement.apart_functions import in_two_threads

BURNT = 0.2
BURN = f"import time\nwhile time.process_time() < {BURNT}: pass"


def burn(seconds: float = BURNT) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def in_a_thread(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def child() -> None:
    process = subprocess.Popen([sys.executable, "-c", BURN])
    process.returncode = reap(process.pid)[0]


def ffmpeg() -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30", "-t", "1"]
    run([*source, "-c:v", "libx264", "-threads", "2", "-f", "null", "-"], place="burn")


@pytest.mark.parametrize(
    ("work", "least", "most"),
    [
        (burn, BURNT, BURNT + 0.1),
        (lambda: time.sleep(BURNT), 0, 0.05),
        (lambda: in_a_thread(helping(burn)), BURNT, BURNT + 0.1),
        (lambda: in_a_thread(burn), 0, 0.05),
        (lambda: in_a_thread(helping(lambda: in_a_thread(helping(burn)))), BURNT, BURNT + 0.1),
        (child, BURNT, 2),
        (lambda: in_a_thread(helping(child)), BURNT, 2),
        (ffmpeg, 0.1, 60),
        (lambda: charge(7), 7, 7.05),
    ],
    ids=["thread", "sleep", "helper", "stranger", "helper's helper", "child", "helper's child", "ffmpeg", "told"],
)
def test_what_is_spent(work, least: float, most: float) -> None:
    with metered() as meter:
        work()
    assert least <= meter.seconds <= most


def test_a_confined_child_is_counted() -> None:
    """With its threads: decoders have some of which Python knows nothing."""
    with metered() as meter:
        apart(in_two_threads)(BURNT)
    assert 2 * BURNT <= meter.seconds < 2 * BURNT + 1


def test_what_fails_is_counted() -> None:
    def fails() -> None:
        with metered() as meter:
            meters.append(meter)
            burn()
            raise ZeroDivisionError

    meters: list[Meter] = []
    with pytest.raises(ZeroDivisionError):
        fails()
    assert meters[0].seconds >= BURNT


def test_two_at_once_are_kept_apart() -> None:
    spent = {}

    def one(name: str, seconds: float) -> None:
        with metered() as meter:
            in_a_thread(helping(lambda: burn(seconds)))
        spent[name] = meter.seconds

    threads = [threading.Thread(target=one, args=each) for each in (("long", 0.4), ("short", 0.1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spent == {"long": pytest.approx(0.4, abs=0.05), "short": pytest.approx(0.1, abs=0.05)}
