"""Writes `reel/client/models.py` from the OpenAPI document: python -m tests.gateway.client_models

What the gateway answers, typed, for programs that have neither the gateway nor its document.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from gateway.app import create_app
from gateway.desk import desk_of
from gateway.settings import GatewaySettings

MODELS = Path(__file__).parents[2] / "reel" / "client" / "models.py"
HEAD = '''"""What the gateway answers. Written by `python -m tests.gateway.client_models` from its OpenAPI document.

What its fields mean is told there. What a newer gateway says besides is passed over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of all."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)
'''
PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
LONGEST_ENUM = 5
"""Texts of more than so many words are plain ones here: a newer gateway may have others still."""


def document() -> dict[str, Any]:
    """The OpenAPI document, of a gateway that has nothing."""
    return create_app(desk_of(Mock(), GatewaySettings(), lambda purpose: (b"?" * 32,), Mock())).openapi()


def written() -> str:
    """The module's text, as it is to be."""
    found = document()
    schemas = found["components"]["schemas"]
    names = _reached(found["paths"], schemas)
    text = HEAD + "".join(f"\n\n{_class(name, schemas[name])}" for name in names)
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(MODELS), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def answers_of(operation: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """The good statuses of an operation, with the schemas of their JSON."""
    for status, answer in operation["responses"].items():
        if int(status) < 300:
            yield int(status), answer.get("content", {}).get("application/json", {}).get("schema")


def _reached(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[str]:
    """The names of all schemas that answers consist of, what others consist of first."""
    found: dict[str, None] = {}

    def reach(schema: Any) -> None:
        for name in _names_in(schema):
            if name not in found:
                reach(schemas[name])
                found[name] = None

    reach([schema for each in paths.values() for operation in each.values() for _, schema in answers_of(operation)])
    reach({"$ref": "#/components/schemas/ProblemDocument"})
    return list(found)


def _names_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for each in schema.values():
            yield from _names_in(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _names_in(each)


def _class(name: str, schema: Mapping[str, Any]) -> str:
    lines = [f"class {name}(Answer):", f'    """{schema.get("description", "")}"""', ""]
    for field, of in schema["properties"].items():
        default = f" = {_default(of)}" if field not in schema.get("required", ()) else ""
        lines.append(f"    {field}: {type_of(of)}{default}")
    return "\n".join(lines) + "\n"


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    return "()" if value == [] else repr(value)


def type_of(schema: Mapping[str, Any] | bool) -> str:
    """A JSON Schema as a type."""
    if not schema or schema is True:
        return "Any"
    assert isinstance(schema, Mapping)
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(type_of, schema["anyOf"])))
    if "const" in schema or len(schema.get("enum", "?" * (LONGEST_ENUM + 1))) <= LONGEST_ENUM:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return f"Literal[{', '.join(json.dumps(value) for value in values)}]"
    if schema.get("type") == "null":
        return "None"
    if schema.get("type") == "array":
        return f"tuple[{type_of(schema.get('items', {}))}, ...]"
    if schema.get("type") == "object":
        return f"dict[str, {type_of(schema.get('additionalProperties', {}))}]"
    if schema.get("format") == "date-time":
        return "datetime"
    return PLAIN[schema["type"]]


if __name__ == "__main__":
    MODELS.write_text(written())
