"""What FFmpeg's failures mean: its messages and exit codes in, our errors out.

FFmpeg has no error codes for people: it prints, and ends with the low byte of an internal number. Every message in the
table was seen from FFmpeg 9 in the situation that it stands for. The rules are tried in order, over all lines that are
kept: what a machine lacks comes before what an asset is, because a tolerated fault in an asset prints the same lines as
one that ends the run, and a full disk never prints by mistake.
"""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass

from reel.confinement.ended import MEMORY, ended_by
from reel.errors import BadMedia, Internal, ReelError, Resource, Transient


@dataclass(frozen=True)
class Rule:
    """A message of FFmpeg, and what it means for us."""

    pattern: str
    error: type[ReelError]
    remedy: str
    what: str = ""
    """In our words; empty where FFmpeg's say it."""


DISK = "free some disk space, or let REEL_SCRATCH name a larger disk"
ASSET = "replace the asset, or export it again"
KIND = "convert the asset to a common format, such as H.264 and AAC in MP4"
BUILD = "check that REEL_FFMPEG names the build that the project is tested with, or leave it unset"
BUG = "this is a fault in Reelflow; please report it with this message"
AGAIN = "the step is tried again by itself; if it keeps failing, look at the disk or the mount"

RULES = (
    Rule(r"No space left on device|Disk quota exceeded", Resource, DISK),
    Rule(
        r"File too large", Resource, "raise the file size limit of the worker (ulimit -f), or use another file system"
    ),
    Rule(
        r"Read-only file system", Resource, "make the worker's scratch folder writable; a failing disk turns read-only"
    ),
    Rule(r"exceeds specified max pixel count", BadMedia, "make the picture smaller, or raise REEL_MAX_PIXELS"),
    # Goes on to say "Cannot allocate memory", so it has to come before that.
    Rule(r"Number of streams exceeds max_streams", BadMedia, "remove streams, or raise REEL_MAX_STREAMS"),
    # x264 and x265 say `malloc of size 123 failed`, vpx `Memory allocation error`.
    Rule(r"Cannot allocate memory|malloc of size \d+ failed|Memory allocation error", Resource, MEMORY),
    Rule(
        r"Resource temporarily unavailable|Too many open files", Resource, "raise the worker's limits (ulimit -u, -n)"
    ),
    # A disk of the network, or one in user space, that is away.
    Rule(r"Stale file handle|Connection (reset|timed out|refused)|Software caused connection abort", Transient, AGAIN),
    Rule(r"Transport endpoint is not connected|Network is (down|unreachable)|Host is down|No route", Transient, AGAIN),
    Rule(r"(Input/output|Remote I/O) error|No such device", Transient, AGAIN),
    # Ends a run; that the codecs of a file's other streams are not on the whitelist is said in every run, and ends none.
    Rule(r"Decode error rate .* exceeds maximum", BadMedia, ASSET, "is damaged: most of it cannot be decoded"),
    Rule(r"(?:Format|Codec|Protocol) .*not on whitelist|Unsafe file name", BadMedia, KIND),
    Rule(r"no decoder found for", BadMedia, KIND),
    Rule(r"Not yet implemented in FFmpeg", BadMedia, KIND, "is of a kind that FFmpeg cannot decode"),
    Rule(r"Unknown (?:en|de)coder|No such filter|Bitstream filter not found", Internal, BUILD),
    Rule(r"Unrecognized option|Option not found|Unknown input format|Requested output format", Internal, BUILD),
    Rule(r"matches no streams|Output with label .* does not exist|Invalid input file index", Internal, BUG),
    Rule(
        r"Permission denied|Operation not permitted",
        Internal,
        "let the worker's user read assets and write its scratch",
    ),
    Rule(r"No such file or directory", Internal, "something removed a file of this step while it ran; start it again"),
    Rule(r"moov atom not found", BadMedia, f"the file is cut off or was never finished: {ASSET}"),
    Rule(r"Cannot determine format of input", BadMedia, ASSET),
    Rule(r"Error opening input: End of file", BadMedia, ASSET),
    Rule(r"Invalid data found when processing input", BadMedia, ASSET),
)

_AN_ERROR = re.compile(r"\[(?:error|fatal|panic)\]")
_PREFIX = re.compile(r"^(?:\[[^\]]* @ 0x[0-9a-f]+\] )*(?:\[\w+\] )?")
# Lines that only say that another line was an error.
_ECHO = re.compile(
    r"Task finished with error code|Terminating thread with return code|Error sending frames to consumers"
    r"|Error opening (?:in|out)put file|Could not open encoder before EOF|Nothing was written into output file"
    r"|Error (?:re)?initializing filters|Error muxing a packet"
)
_DECODING = r"(?:Error submitting packet to decoder|Decoding error): "
# Lines that tell what kind of error it was; the line before tells of what.
_SUM_UP = re.compile(r"Error opening input: |Error during demuxing: |Error while opening decoder: ")
_NO_ENCODER = "Error while opening encoder"
_GAVE_UP_INPUT = re.compile(
    r"Error during demuxing: (?:No such file or directory|Permission denied|Input/output error|Stale file handle"
    r"|Cannot allocate memory|Too many open files)"
)


def classify(returncode: int, stderr_tail: str, place: str) -> ReelError:
    """The error for an FFmpeg that failed; `returncode` is negative after a signal, as in `subprocess`."""
    lines = _error_lines(stderr_tail)
    if returncode < 0:
        return _ended_by(-returncode, lines, place)
    if returncode == 255 and not lines:
        # What FFmpeg does on SIGTERM and SIGINT: it closes the output, says nothing, and the output is short.
        return _ended_by(signal.SIGTERM, lines, place)
    code = f"exit code {returncode}"
    if returncode > 128:
        code += f" ({os.strerror(256 - returncode)})"  # most codes are the low byte of a negative errno
    # What an encoder does not take is no fault of an asset, whatever else is said of that.
    ours = any(line.startswith(_NO_ENCODER) for line in lines)
    for rule in (each for each in RULES if not (ours and each.error is BadMedia)):
        for line in [*lines, code]:
            if re.search(rule.pattern, line):
                what = rule.what or f"FFmpeg failed: {_with_cause(line, lines)}"
                return rule.error.at(place, what, rule.remedy)
    return Internal.at(place, f"FFmpeg failed with {code}: {_decisive(lines, stderr_tail)}", BUG)


def shortage(stderr_tail: str, place: str) -> ReelError | None:
    """The lack of memory, threads or disk that FFmpeg spoke of before it hung, if it did.

    x265 and SVT-AV1 wait for ever after a failed allocation; to the one who ends them it looks like a hang.
    """
    found = classify(1, stderr_tail, place)
    return found if isinstance(found, Resource) else None


def given_up_input(stderr_tail: str) -> bool:
    """Whether FFmpeg could not read an input to its end because of the machine, which it calls a success.

    A missing part of a concat and a failing disk both end with exit code 0 and an output that is cut short there.
    """
    return bool(_GAVE_UP_INPUT.search(stderr_tail))


def _ended_by(number: int, lines: list[str], place: str) -> ReelError:
    return ended_by(number, "FFmpeg", place, BUILD, lines[-1] if lines else "")


def _error_lines(stderr_tail: str) -> list[str]:
    """What FFmpeg called an error, without memory addresses; each once, and echoes after the rest."""
    errors = [_PREFIX.sub("", line) for line in stderr_tail.splitlines() if _AN_ERROR.search(line)]
    errors = list(dict.fromkeys(errors))
    # dav1d says so of some damaged frames, which ask for more tiles than there are bytes; beside others that it calls damaged.
    if "dec:libdav1d" in stderr_tail and any(map(re.compile(f"{_DECODING}Invalid data").match, errors)):
        errors = [line for line in errors if not re.match(f"{_DECODING}Cannot allocate memory", line)]
    return [line for line in errors if not _ECHO.match(line)] + [line for line in errors if _ECHO.match(line)]


def _with_cause(line: str, lines: list[str]) -> str:
    """`line`, after the one before it where it is a sum-up: `Impossible to open 'a'; Error opening input: ...`."""
    if _SUM_UP.match(line) and lines.index(line) > 0:
        return f"{lines[lines.index(line) - 1]}; {line}"
    return line


def _decisive(lines: list[str], stderr_tail: str) -> str:
    """The lines that tell most: the first errors, because FFmpeg names the cause first and what came of it after."""
    said = [line for line in lines if not _ECHO.match(line)] or lines or stderr_tail.splitlines()[-3:]
    return "; ".join(said[:3]) or "it said nothing"
