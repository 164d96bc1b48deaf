"""Cells of a table of text, as values of the types that variables have."""

from __future__ import annotations

import re
from typing import Any

from reel.errors import Problem
from reel.request.variables import Variable

NUMBER = re.compile(r"[+-]?(\d+)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+([eE][+-]?\d+)?")
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""How spreadsheets write a boolean, in any case."""


def converted(column: str, cell: str, variable: Variable | None) -> tuple[dict[str, Any], list[Problem]]:
    """A cell as what its variable's type says, under its column; nothing where it is empty, unless that is a text."""
    if variable is None:
        return {column: cell} if cell.strip() else {}, []
    if not cell:
        return ({column: ""} if variable.type == "text" and variable.default is None else {}), []
    text = cell.strip()
    match variable.type:
        case "number":
            found = NUMBER.fullmatch(text)
            if not found:
                point = text.replace(",", ".", 1)
                remedy = f"write it with a point: {point}" if NUMBER.fullmatch(point) else "write it as 3 or 3.5"
                return {}, [Problem(column, f"{cell[:80]!r} is not a number", remedy)]
            return {column: int(text) if found[1] and not (found[2] or found[3]) else float(text)}, []
        case "boolean":
            if text.lower() not in TRUTHS:
                return {}, [Problem(column, f"{cell[:80]!r} is neither true nor false", f"use {', '.join(TRUTHS)}")]
            return {column: TRUTHS[text.lower()]}, []
        case "text":
            return {column: cell}, []
        case _:
            return {column: text}, []
