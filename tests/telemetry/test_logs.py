"""Log lines as programs read them."""

from __future__ import annotations

import io
import json
import logging
import threading
from contextvars import copy_context

import pytest

from reel.errors import BadMedia, Problem
from reel.telemetry.logs import JsonLines, bound, bound_ids, set_up

NASTY = ["two\nlines", "carriage\rreturn", "\x1b[31mred", "\u2028", "\ud800 alone", '"quoted" \\', "emoji 🎬"]


@pytest.fixture
def lines():
    """A logger, and what it wrote, read back."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.Logger("reel.test")
    logger.addHandler(handler)

    def read():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return logger, read


def test_a_line_has_time_level_logger_and_message(lines):
    logger, read = lines
    logger.warning("disk at %d %%", 91)
    (line,) = read()
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "warning", "logger": "reel.test", "message": "disk at 91 %"}


@pytest.mark.parametrize("text", NASTY)
def test_whatever_is_logged_stays_on_one_line(lines, text):
    logger, read = lines
    logger.info("%s", text, extra={"asset": text})
    (line,) = read()
    assert (line["message"], line["asset"]) == (text, text)


def test_ids_are_those_of_all_contexts_around(lines):
    logger, read = lines
    with bound(generation="g1", tenant="acme"):
        with bound(step="encode", tenant="beta"):
            logger.info("inner")
        logger.info("outer")
    logger.info("outside")
    inner, outer, outside = read()
    assert (inner["generation"], inner["tenant"], inner["step"]) == ("g1", "beta", "encode")
    assert (outer["generation"], outer["tenant"], "step" in outer) == ("g1", "acme", False)
    assert "generation" not in outside


def test_ids_end_with_their_block_when_it_fails():
    with pytest.raises(KeyError), bound(generation="g1"):
        raise KeyError
    assert bound_ids() == {}


def test_threads_see_their_own_ids_and_those_they_were_handed(lines):
    logger, read = lines

    def work():
        with bound(step="s"):
            logger.info("handed")

    with bound(generation="g1"):
        threads = [
            threading.Thread(target=copy_context().run, args=(work,)),
            threading.Thread(target=logger.info, args=("not handed",)),
        ]
    for thread in threads:
        thread.start()
        thread.join()
    handed, alone = read()
    assert (handed["generation"], handed["step"]) == ("g1", "s")
    assert "generation" not in alone


def test_what_is_given_as_extra_is_told(lines):
    logger, read = lines
    odd = {"flow_run_id": "f1", "ratio": float("nan"), "seconds": 1.5, "path": {"a": 1}, "none": None}
    logger.info("told", extra=odd)
    (line,) = read()
    told = {name: line[name] for name in odd}
    assert told == {"flow_run_id": "f1", "ratio": "nan", "seconds": 1.5, "path": "{'a': 1}", "none": None}


def test_an_extra_cannot_take_the_place_of_an_id(lines):
    logger, read = lines
    with bound(tenant="acme"):
        logger.info("mine", extra={"tenant": "forged", "level": "forged"})
    (line,) = read()
    assert (line["tenant"], line["level"]) == ("acme", "info")


def test_an_error_tells_its_class_and_where_it_came_from(lines):
    logger, read = lines
    try:
        raise BadMedia(Problem("clips[0]", "has no picture"))
    except BadMedia:
        logger.exception("failed")
    (line,) = read()
    assert line["error_class"] == "bad media"
    assert "clips[0]: has no picture" in line["exception"]
    assert "test_logs.py" in line["exception"]


@pytest.mark.parametrize(("form", "is_json"), [("json", True), ("plain", False)])
def test_a_process_logs_in_the_form_it_was_set_to(form, is_json, capsys):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []
    try:
        set_up(form, "warning")
        set_up(form, "warning")
        logging.getLogger("reel.x").info("passed over")
        logging.getLogger("reel.x").warning("seen")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("{") is is_json
    assert "seen" in line
