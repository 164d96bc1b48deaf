"""Errors to Sentry, where its SDK is installed and `SENTRY_DSN` says where to; else nothing.

The SDK is not among our dependencies: `pip install sentry-sdk`. What a request, a footage or a tenant did wrong is not sent:
those errors have their own way to whoever can mend them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from reel.errors import BadMedia, Cancelled, InvalidRequest
from reel.telemetry.logs import bound_ids

log = logging.getLogger(__name__)

DSN = "SENTRY_DSN"
NOT_OURS = (BadMedia, InvalidRequest, Cancelled)


def set_up(environment: Mapping[str, str] = os.environ) -> bool:
    """Send this process's unforeseen errors to Sentry; whether there is one."""
    if not environment.get(DSN):
        return False
    try:
        sdk = import_module("sentry_sdk")
    except ImportError as error:
        log.warning("%s is set, but no errors are sent: %s", DSN, error)
        return False
    # Local variables may hold requests, and with them signed links.
    sdk.init(dsn=environment[DSN], before_send=before_send, include_local_variables=False, send_default_pii=False)
    return True


def before_send(event: dict[str, Any], hint: Mapping[str, Any]) -> dict[str, Any] | None:
    """The event with the ids of what it belongs to; null for what is nobody's fault here."""
    raised = hint.get("exc_info", (None, None, None))[1]
    if isinstance(raised, NOT_OURS):
        return None
    return {**event, "tags": {**event.get("tags", {}), **bound_ids()}}
