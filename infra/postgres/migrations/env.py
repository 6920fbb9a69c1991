"""Run by Alembic; the connection, its transaction and the lock are those of `infra.postgres.upgrade`."""

from alembic import context

from infra.postgres.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=metadata.schema,
)
context.run_migrations()
