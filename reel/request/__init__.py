"""What a person or a program asks for: what requests of all kinds share. The models of the kinds are in `reel.kinds`."""

from reel.request.base import ComposedRequest, Request
from reel.request.parts import Clip, Soundtrack

__all__ = ["Clip", "ComposedRequest", "Request", "Soundtrack"]
