"""Where Alembic meets our connection: it never opens one of its own, so upgrades hold the writer's lock.

Room: store.
"""

from alembic import context

from recon.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    render_as_batch=True,
)
context.run_migrations()
