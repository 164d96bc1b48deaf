"""The gateway's process.

python -m gateway
"""

from __future__ import annotations

import os
import sys

from reel.environment import close_roots
from reel.errors import ReelError
from reel.settings import settings
from reel.telemetry.logs import set_up


def main() -> None:
    """Serve; end with the words of what is set wrongly."""
    # A client of Prefect that knows no address would start a server of its own.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_ENABLED", "false")
    close_roots()
    try:
        config = settings()
        set_up(config.log_format, config.log_level)
        from gateway.serving import serve

        serve()
    except ReelError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
