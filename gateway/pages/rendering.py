"""HTML out of templates: every text is escaped, and a browser is told to run and load nothing but what is ours.

page("generations.html.j2", caller, found=found)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from gateway.callers import Caller
from reel.report import words
from reel.report.templating import environment

UNKNOWN = "\u2013"
STATUS_WORDS: Mapping[str, str] = {
    "queued": "Queued",
    "fetching": "Fetching assets",
    "rendering": "Rendering",
    "saving": "Saving",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
STORED_NOWHERE = {"Cache-Control": "no-store"}
"""Of pages with a secret."""


def policy(*media: str) -> str:
    """The content security policy of a page: scripts, styles and forms of ours alone. `media`: other origins (a bucket's) that
    pictures and videos of this page may come from."""
    others = "".join(f" {origin}" for origin in media)
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        # Frames that a script has asked for are shown as blobs.
        "img-src": f"'self' blob:{others}",
        "media-src": f"'self'{others}",
        "connect-src": f"'self'{others}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def page(
    template: str,
    caller: Caller | None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media: tuple[str, ...] = (),
    **values: Any,
) -> HTMLResponse:
    """A page; `caller` sees what it may do, null is nobody yet."""
    text = _ENVIRONMENT.get_template(template).render(caller=caller, **values)
    ours = {
        "Content-Security-Policy": policy(*media),
        # To ourselves, so that browsers say where a form was sent from.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    # What somebody wrote may hold halves of surrogates, which are no UTF-8.
    return HTMLResponse(text.encode("utf-8", "replace"), status, {**ours, **(headers or {})})


def moment(value: datetime | None) -> str:
    """`28 Nov 2026, 20:04 UTC`."""
    return "" if value is None else f"{value.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def number(value: float | None, decimals: int = 0) -> str:
    """`1,234.5`; a dash for what is not known."""
    return UNKNOWN if value is None else f"{value:,.{decimals}f}"


def percent(share: float | None, decimals: int = 1) -> str:
    """`99.5 %`; a dash for what is not known."""
    return UNKNOWN if share is None else f"{share:.{decimals}%}".replace("%", " %")


def duration(value: float | None) -> str:
    """`12.4 s`, `3 min 05 s`; a dash for what is not known."""
    return UNKNOWN if value is None else words.seconds(value)


def written(value: Any) -> str:
    """A document as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def with_query(path: str, values: Mapping[str, Any], **change: Any) -> str:
    """A path with a query of what is said; null and empty ones are left out."""
    told = {name: value for name, value in {**values, **change}.items() if value not in (None, "", (), [])}
    return f"{path}?{urlencode(told, doseq=True)}" if told else path


def _environment() -> Environment:
    made = environment("gateway.pages")
    made.filters.update(
        moment=moment,
        number=number,
        percent=percent,
        duration=duration,
        size=words.size,
        written=written,
        part=lambda text: quote(str(text), safe=""),
    )
    made.globals.update(status_words=STATUS_WORDS, with_query=with_query)
    return made


_ENVIRONMENT = _environment()
