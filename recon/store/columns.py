"""Wide results out of the store as numpy arrays, a column each.

Apart from `recon.store.bulk`: a command that looks at single things does not wait for numpy.

Room: store.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from recon.frames import day_number
from recon.store.bulk import CHUNK


def fetch_columns(
    connection: Connection, sql: str, kinds: str, parameters: Mapping[str, object] | None = None
) -> tuple[NDArray[Any], ...]:
    """Return the result as one array per column. `kinds` has a letter per column: i int64, d ISO day -> int32 day
    number, t text, b flag. NULL is 0, the earliest day, "" or False.
    """
    cursor = connection.execute(text(sql), parameters or {}).cursor
    parts: list[list[NDArray[Any]]] = [[] for _ in kinds]
    readers = [_READERS[kind]() for kind in kinds]
    while rows := cursor.fetchmany(CHUNK) if cursor is not None else []:
        for part, reader, column in zip(parts, readers, zip(*rows, strict=True), strict=True):
            part.append(reader.read(column))
    return tuple(np.concatenate(part) if part else reader.read(()) for part, reader in zip(parts, readers, strict=True))


class _Integers:
    def read(self, column: Sequence[Any]) -> NDArray[Any]:
        if None in column:
            column = [value or 0 for value in column]
        return np.array(column, dtype=np.int64)


class _Flags:
    def read(self, column: Sequence[Any]) -> NDArray[Any]:
        return np.array(column, dtype=np.bool_)


class _Days:
    """Few different days occur in a million rows: each is read once."""

    def __init__(self) -> None:
        self.known: dict[str | None, int] = {None: -(2**31)}

    def read(self, column: Sequence[Any]) -> NDArray[Any]:
        for day in set(column) - self.known.keys():
            self.known[day] = day_number(date.fromisoformat(day))
        return np.array([self.known[day] for day in column], dtype=np.int32)


class _Texts:
    """Equal short texts (terms, kinds, days) share one object."""

    def __init__(self) -> None:
        self.known: dict[str | None, str] = {None: ""}

    def read(self, column: Sequence[Any]) -> NDArray[Any]:
        texts = np.empty(len(column), dtype=object)
        if len(self.known) < 5_000:
            known = self.known
            texts[:] = [known.setdefault(value, value) for value in column]
        else:
            texts[:] = column
        return texts


_READERS: dict[str, Any] = {"i": _Integers, "d": _Days, "t": _Texts, "b": _Flags}
