"""What it means that a program was ended by a signal which nobody here sent."""

from __future__ import annotations

import signal

from reel.errors import Internal, ReelError, Resource, Transient

MEMORY = "run fewer steps at a time, or give the worker more memory"


def ended_by(number: int, program: str, place: str, build: str, said: str = "") -> ReelError:
    """The error of a `program` that signal `number` ended; `build` is what to do where it may be a wrong build of it, `said`
    the last that it said."""
    name = signal.strsignal(number) or "unknown"
    what = f"{program} was ended by signal {number} ({name})"
    match number:
        case signal.SIGKILL:
            return Resource.at(place, f"{what}, not by us: most likely the machine ran out of memory", MEMORY)
        case signal.SIGXCPU | signal.SIGXFSZ:
            return Resource.at(place, f"{what}, a limit of the worker", "raise the worker's limits (ulimit -t, -f)")
        case signal.SIGTERM | signal.SIGINT | signal.SIGHUP:
            return Transient.at(place, f"{what}, not by us", "the step is tried again by itself")
        case signal.SIGILL:
            return Internal.at(place, f"{what}: this build needs a processor that the worker has not", build)
    told = f"; it last said: {said}" if said else ""
    return Internal.at(
        place, f"{program} crashed with signal {number} ({name}){told}", f"an asset may have caused it; if not: {build}"
    )
