"""What a worker's sandbox is worth, said where somebody looks; and which runs a worker without one leaves to others."""

from __future__ import annotations

import logging
from typing import Any

from reel.confinement.kernel import keep_to_itself
from reel.confinement.parent import dismiss
from reel.confinement.selftest import sandbox
from reel.request.terms import Terms
from reel.settings import settings

log = logging.getLogger(__name__)

SANDBOX_LABEL = "reelflow.sandbox"
"""Label of each run: what confined the children that read its files."""

SHARE = frozenset({"key", "number"})
"""Parameters of the flow `share`."""

DEFAULT_TENANT = Terms().tenant


def begin() -> None:
    """At the start of a worker: nobody looks into it, and what its sandbox is worth is tried and said."""
    keep_to_itself()
    found = sandbox()
    dismiss()  # the worker itself reads no files
    say = log.info if found.level == "full" else log.warning
    say("sandbox: %s", found)
    if not serves_tenants():
        log.warning("only generations of the tenant `%s` are taken (REEL_UNCONFINED_TENANTS)", DEFAULT_TENANT)


def serves_tenants() -> bool:
    """Whether other tenants than the default one may have files read here."""
    return sandbox().level != "none" or settings().unconfined_tenants


def may_take(entry: Any) -> bool:
    """Whether a run that the server offers is for this worker. Shares do not say whose they are, and so may be anybody's."""
    if serves_tenants():
        return True
    parameters = entry.flow_run.parameters
    terms = parameters.get("terms")
    tenant = terms.get("tenant", DEFAULT_TENANT) if isinstance(terms, dict) else DEFAULT_TENANT
    return tenant == DEFAULT_TENANT and not parameters.keys() >= SHARE
