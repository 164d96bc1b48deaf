"""Functions of ours that read files which strangers' bytes went into, run in a confined child as if they were called here::

    check_segment = apart(check.check_segment, SegmentMeasure)
    measure = check_segment(Path("picture.mp4"), canvas, 250, "shot 3")

The files among the arguments are all that the child reads; the folder of an argument called `output` is where it writes. What
comes back are numbers, texts, arrays, and values of the classes that are named: never code, as pickles hold.
"""

from __future__ import annotations

import base64
import functools
import inspect
import json
import math
import pickle
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, ParamSpec, TypeVar

import numpy as np

from reel.confinement.parent import ask
from reel.errors import BadMedia, Cancelled, Damaged, Internal, InvalidRequest, Problem, ReelError, Resource, Transient
from reel.settings import settings

P = ParamSpec("P")
R = TypeVar("R")

ERRORS: Mapping[str, type[ReelError]] = {
    error.__name__: error for error in (BadMedia, Cancelled, Damaged, Internal, InvalidRequest, Resource, Transient)
}
MOST_BYTES = 64 << 30
"""In what is answered, and in each file that is written."""
DAMAGED = "what was made of the assets may be damaged"


def apart(function: Callable[P, R], *classes: type) -> Callable[P, R]:
    """The same function, which stands by its name in its module, run in a child. `classes` are those of its result's values.

    Raises what the function raises of `reel.errors`; `Internal` where the child crashes, or fails in another way; `Resource`
    where it lacks time or memory.
    """
    signature = inspect.signature(function)
    known = {each.__name__: each for each in classes}

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments
        order = {
            "function": [function.__module__, function.__name__],
            # From us to the child, which may trust it; never the other way round.
            "arguments": base64.b64encode(pickle.dumps((args, kwargs))).decode(),
        }
        output = given.get("output")
        place = str(given.get("place", function.__name__))
        ending = ask(
            __name__,
            order,
            [],
            preload=[function.__module__],
            reads=sorted({str(path.absolute()) for path in _paths_in(list(given.values()))}),
            writes=[str(output.absolute().parent)] if isinstance(output, Path) else [],
            output_bytes=MOST_BYTES,
            seconds=settings().step_seconds,
        )
        if ending.status != 0:
            raise _crash(place, ending.status, ending.said)
        result: R = _result(ending.output, known)
        return result

    return call


def answer(order: dict[str, Any], _: Sequence[int], out: BinaryIO) -> None:
    """In the child: call the function, and write what it returns or raises."""
    module, name = order["function"]
    # The module's own, and not the one that runs it apart, where both have a name.
    function = getattr(import_module(module), name)
    args, kwargs = pickle.loads(base64.b64decode(order["arguments"]))
    data: list[bytes] = []
    try:
        document: Any = {"result": _plain(function(*args, **kwargs), data)}
    except ReelError as error:
        problems = [[problem.place, problem.what, problem.remedy] for problem in error.problems]
        document = {"error": type(error).__name__, "problems": problems}
    out.write(json.dumps(document).encode() + b"\n")
    out.writelines(data)


def _paths_in(value: Any) -> Iterator[Path]:
    """All paths among arguments, also within sequences and values."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _paths_in(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _paths_in(getattr(value, each.name))


def _crash(place: str, status: int | None, said: str) -> ReelError:
    if status is None or status == -signal.SIGXCPU:
        return Resource.at(place, f"was not read back within {settings().step_seconds:g} s", "raise REEL_STEP_SECONDS")
    if status < 0:
        return Internal.at(place, f"crashes who reads it back ({signal.Signals(-status).name})", DAMAGED)
    if said.startswith("MemoryError"):
        return Resource.at(place, "takes too much memory to be read back", "run fewer steps at a time")
    return Internal.at(place, f"reading it back failed: {said}", "report this")


def _plain(value: Any, data: list[bytes]) -> Any:
    """A value as JSON has it; what is none there is an object with one key. Arrays' numbers go to `data`."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_plain(each, data) for each in value]
        case tuple():
            return {"tuple": [_plain(each, data) for each in value]}
        case Mapping():
            return {"mapping": [[_plain(key, data), _plain(each, data)] for key, each in value.items()]}
        case np.ndarray():
            data.append(np.ascontiguousarray(value).tobytes())
            return {"array": [value.dtype.str, value.shape]}
        case np.generic():
            return value.item()
        case bytes():
            data.append(value)
            return {"bytes": len(value)}
    return {"object": [type(value).__name__, _plain(vars(value), data)]}


def _result(output: bytes, known: Mapping[str, type]) -> Any:
    """What `_plain` made, as it was. Raises the error that stands in its place."""
    line, _, data = output.partition(b"\n")
    document = json.loads(line)
    if "error" in document:
        raise ERRORS[document["error"]](*(Problem(*map(str, problem)) for problem in document["problems"]))
    return _Values(data, known).value(document["result"])


class _Values:
    """Puts values together again, with arrays in the order in which they were written."""

    def __init__(self, data: bytes, known: Mapping[str, type]) -> None:
        self._data, self._known = data, known
        self._at = 0

    def value(self, plain: Any) -> Any:
        if isinstance(plain, list):
            return [self.value(each) for each in plain]
        if not isinstance(plain, dict):
            return plain
        ((kind, content),) = plain.items()
        match kind:
            case "tuple":
                return tuple(map(self.value, content))
            case "mapping":
                return {self.value(key): self.value(each) for key, each in content}
            case "array":
                return self._array(*content)
            case "bytes":
                self._at += content
                return self._data[self._at - content : self._at]
        name, within = content
        restored: Any = object.__new__(self._known[name])
        vars(restored).update(self.value(within))
        return restored

    def _array(self, kind: str, shape: Sequence[int]) -> Any:
        count = math.prod(shape)
        found = np.frombuffer(self._data, np.dtype(kind), count, self._at).reshape(shape)
        self._at += found.nbytes
        return found
