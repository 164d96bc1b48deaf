"""What goes wrong between a client and the gateway, as errors of ours."""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from reel.client.models import GenerationDetail, ProblemDocument
from reel.errors import Problem, ReelError, Transient


class GatewayError(ReelError):
    """The gateway refused a request: `document` is what it said (RFC 9457), `status` its HTTP status."""

    document: ProblemDocument

    @property
    def status(self) -> int:
        """Of HTTP."""
        return self.document.status

    @property
    def type(self) -> str:
        """The sort of problem in a word: `invalid-request`, `not-found`, `too-many-requests`."""
        return self.document.type.rpartition("/")[2]


class Unreachable(Transient):
    """There was no answer, or none of a gateway, as often as it was asked."""


class NotMade(ReelError):
    """A generation that was waited for failed or was cancelled: `generation` says why."""

    generation: GenerationDetail


def refused(response: httpx.Response) -> GatewayError:
    """What an answer of an error says; its body has been read."""
    document = _document(response)
    said = [Problem(each.place, each.what, each.remedy) for each in document.problems]
    error = GatewayError(*(said or [Problem(f"{document.status}", document.detail or document.title)]))
    error.document = document
    return error


def _document(response: httpx.Response) -> ProblemDocument:
    try:
        return ProblemDocument.model_validate_json(response.content)
    except ValidationError:  # of a proxy, say, or an answer to HEAD
        title = response.reason_phrase or "refused"
        return ProblemDocument(
            type="about:blank", title=title, status=response.status_code, instance=response.request.url.path
        )


def not_made(generation: GenerationDetail) -> NotMade:
    """Of a generation that ended otherwise than it was to."""
    why = generation.error
    said = [Problem(each.place, each.what, each.remedy) for each in why.problems] if why else []
    error = NotMade(*(said or [Problem(generation.id, (why and why.detail) or f"it is {generation.status}")]))
    error.generation = generation
    return error
