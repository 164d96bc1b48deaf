"""What a person or a program asks for. One model per kind of generation, told apart by `kind`."""

from reel.request.mixer import MixerRequest, Speed
from reel.request.multicam import MulticamRequest
from reel.request.parts import Clip, Frame, Soundtrack
from reel.request.read import REQUESTS, Request, json_schema, parse_request
from reel.request.slideshow import SlideshowRequest
from reel.request.template import TemplateRequest

__all__ = [
    "REQUESTS",
    "Clip",
    "Frame",
    "MixerRequest",
    "MulticamRequest",
    "Request",
    "SlideshowRequest",
    "Soundtrack",
    "Speed",
    "TemplateRequest",
    "json_schema",
    "parse_request",
]
