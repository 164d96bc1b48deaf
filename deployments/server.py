"""Prefect's server on SQLite, so that many can write: `python -m deployments.server --host 127.0.0.1 --port 4200`.

It is `prefect server start` with the same options, on any database. Prefect's own begins nearly all transactions as readers,
though they are to write. SQLite refuses such a one at once ("database is locked", answered with 503) where another one wrote
since it began to read, however long it may wait for locks. What knows from the start that it writes waits its turn.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from prefect.cli import app
from prefect.server.database import dependencies
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.utilities.database import get_dialect
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL


class WritersInTurn(AioSqliteConfiguration):
    """SQLite on which every transaction takes the one lock for writing as it begins. What only reads begins none in Prefect."""

    @asynccontextmanager
    async def begin_transaction(self, session: Any, with_for_update: bool = False) -> AsyncGenerator[Any, None]:
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def main() -> None:
    url = PREFECT_API_DATABASE_CONNECTION_URL.value()
    if get_dialect(url).name == "sqlite":
        dependencies.MODELS_DEPENDENCIES["database_config"] = WritersInTurn(connection_url=url)
    sys.argv[1:] = ["server", "start", *sys.argv[1:]]
    app()


if __name__ == "__main__":
    main()
