"""Run by Alembic: migrates over the connection that `reel.catalogue.schema` hands in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
