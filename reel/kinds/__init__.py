"""Kinds of generation, told apart by `kind`: each a folder with its request and its compiler, and one object, its `Kind`.

A kind knows no settings, no Prefect and no other kind. Whoever handles requests of any kind asks `kind_of`.
"""

from reel.kinds.kind import Kind
from reel.kinds.read import json_schema, parse_request
from reel.kinds.registry import KINDS, REQUESTS, kind_of

__all__ = [
    "KINDS",
    "REQUESTS",
    "Kind",
    "json_schema",
    "kind_of",
    "parse_request",
]
