"""What runs the steps: the open books, and the narrow port that spreads matching over processes.

Room: shell.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar
from urllib.parse import quote

from jobs.settings import Settings, secret
from recon.store.engine import Store, open_store
from recon.store.rehearsal import rehearse

Given = TypeVar("Given")
Made = TypeVar("Made")


def map_partitions(function: Callable[[Given], Made], partitions: Iterable[Given], processes: int = 1) -> list[Made]:
    """Return what the function makes of each partition, in order; in this process, or spread over several.

    The function must be pure and importable: workers propose, only the caller posts. In this process the partitions of
    an iterator are in memory one at a time: `map` lets go of each before it asks for the next.
    """
    if processes <= 1:
        return list(map(function, partitions))
    given = list(partitions)
    if len(given) <= 1:
        return list(map(function, given))
    # spawn: a forked child would share the parent's database connections
    with ProcessPoolExecutor(min(processes, len(given)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(function, given))


@contextmanager
def few_collections() -> Iterator[None]:
    """While the block runs, look for garbage in cycles rarely: wide data is none, and walking it costs a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def database_url(settings: Settings) -> str:
    """Return the URL with its password, which never stands in the file."""
    url = settings.database
    password = secret("database_password", settings.database_password_command)
    if not password or "@" not in url:
        return url
    scheme, _, rest = url.partition("://")
    user, _, host = rest.partition("@")
    return f"{scheme}://{user.split(':')[0]}:{quote(password, safe='')}@{host}"


@contextmanager
def open_books(settings: Settings, *, rehearsal: bool = False) -> Iterator[Store]:
    """Yield the store; in a rehearsal all that is written is rolled back at the end. Raises StoreMissing."""
    store = open_store(database_url(settings))
    try:
        if rehearsal:
            with rehearse(store) as rehearsed:
                yield rehearsed
        else:
            yield store
    finally:
        store.close()
