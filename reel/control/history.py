"""What this installation has learnt of how fast it is, for who asks what something would take."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from reel.errors import ReelError
from reel.plan.pace import NO_HISTORY, History
from reel.request.terms import Terms
from reel.settings import settings

log = logging.getLogger("reel.history")


def history_here() -> History:
    """What the catalogue knows. Nothing where there is no catalogue yet, or none that answers, or the wheel has been installed
    without the extra for it: the operations' own weights must do then."""
    url = settings().catalogue_url
    file = url.partition("sqlite:///")[2]
    if file and not Path(file).exists():
        return NO_HISTORY
    try:
        # Here, because who renders without a catalogue needs none of its libraries.
        from reel.catalogue import open_catalogue
    except ModuleNotFoundError:
        return NO_HISTORY
    try:
        with closing(open_catalogue(url)) as catalogue, catalogue.tenant(Terms().tenant) as records:
            return records.history()
    except ReelError as error:
        log.warning("what was learnt for estimates cannot be read: %s", error)
        return NO_HISTORY
