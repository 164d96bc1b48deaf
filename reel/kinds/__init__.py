"""Kinds of generation, told apart by `kind`: each a folder with its request and its compiler, and one object, its `Kind`.

A kind knows no settings, no Prefect and no other kind. Whoever handles requests of any kind asks `kind_of`.
"""

from reel.kinds.kind import Kind
from reel.kinds.mixer.request import MixerRequest
from reel.kinds.multicam.request import MulticamRequest
from reel.kinds.read import json_schema, parse_request
from reel.kinds.registry import KINDS, REQUESTS, kind_of
from reel.kinds.slideshow.request import SlideshowRequest
from reel.kinds.template.request import TemplateRequest

__all__ = [
    "KINDS",
    "REQUESTS",
    "Kind",
    "MixerRequest",
    "MulticamRequest",
    "SlideshowRequest",
    "TemplateRequest",
    "json_schema",
    "kind_of",
    "parse_request",
]
