"""What a person or a program asks for. One model per kind of generation, told apart by `kind`."""

from reel.request.mixer import MixerRequest, Speed
from reel.request.parts import Clip, Frame, Soundtrack
from reel.request.read import Request, json_schema, parse_request

__all__ = ["Clip", "Frame", "MixerRequest", "Request", "Soundtrack", "Speed", "json_schema", "parse_request"]
