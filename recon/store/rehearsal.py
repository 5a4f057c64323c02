"""A store in which everything is tried and nothing is kept: for `--dry-run`.

All reads and writes share one transaction, each write a savepoint in it; leaving the rehearsal rolls it all back. The
writer's lock is held meanwhile, so that the difference shown is the one that would have been made.

Room: store.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from recon.store.engine import Store


@dataclass(frozen=True, slots=True)
class RehearsalStore(Store):
    """Like `Store`, on one connection that will be rolled back."""

    connection: Connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield the connection inside a savepoint."""
        with self.connection.begin_nested():
            yield self.connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield the connection, which sees what the rehearsal has written so far."""
        yield self.connection


@contextlib.contextmanager
def rehearse(store: Store) -> Iterator[Store]:
    """Yield a store whose writes vanish at the end of the block."""
    with store.engine.connect().execution_options(recon_write=True) as connection:
        transaction = connection.begin()
        try:
            yield RehearsalStore(store.engine, connection)
        finally:
            transaction.rollback()
