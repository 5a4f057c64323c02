"""What persisting costs beside the bare driver: invoices in bulk, columns out, audit rows proved.

    python -m bench.persistence                    SQLite, 300,000 invoices
    python -m bench.persistence --invoices 1000000
    python -m bench.persistence --postgresql       invoices only, on a server started for the purpose; its CPU counts

The floor is the same rows into the same table with the same indexes, in this run: through the driver's own executemany,
on PostgreSQL through COPY into a staging table and INSERT ... ON CONFLICT.

Room: shell.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from bench.bare import Row
from bench.books import own_server
from bench.gauge import Gauge
from recon.frames import CustomerRows, InvoiceRows, texts
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.engine import Store, open_store
from recon.store.frames import load_customers, load_open_items
from recon.store.receivables import ITEM_COLUMNS, upsert_customers, upsert_invoices
from recon.store.upgrade import upgrade
from recon.verify import verify

NIGHT = Author("night", datetime(2026, 3, 31, tzinfo=UTC))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--invoices", type=int, default=300_000)
    parser.add_argument("--audit", type=int, default=300_000)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server started for the purpose")
    given = parser.parse_args()
    if given.postgresql:
        _postgresql(given.invoices)
        return
    with tempfile.TemporaryDirectory(prefix="recon-bench-") as name:
        folder = Path(name)
        floor = _floor(folder / "raw.db", given.invoices)
        _invoices(_books(folder / "books.db"), given.invoices, floor)
        _audit(folder / "audit.db", given.audit)


def _invoices(store: Store, count: int, floor: float) -> None:
    customers, invoices = _customers(count // 5), _rows(count)
    _cpu(lambda: _write(store, lambda c: upsert_customers(c, customers, NIGHT)))
    first = _cpu(lambda: _write(store, lambda c: upsert_invoices(c, invoices, NIGHT)))
    again = _cpu(lambda: _write(store, lambda c: upsert_invoices(c, invoices, NIGHT)))
    loaded = _cpu(lambda: _load(store))
    print(f"{count} invoices: bare executemany {floor:.2f} CPU-s, ours {first:.2f} ({first / floor:.2f}x)")
    print(f"  the same file again {again:.2f} ({again / floor:.2f}x); loaded as columns {loaded:.2f}")
    store.close()


def _postgresql(count: int) -> None:
    gauge, customers, invoices = Gauge(), _customers(count // 5), _rows(count)
    with tempfile.TemporaryDirectory(prefix="recon-bench-") as name, own_server(Path(name)) as server:
        gauge.server_pid = server.pid
        urls = {made: server.new_books(Path("persistence"), made) for made in ("floor", "ours")}
        stores = {made: open_store(url) for made, url in urls.items()}
        for store in stores.values():
            _write(store, lambda c: upsert_customers(c, customers, NIGHT))
        rows = _bare_rows(count)
        with gauge.measure("floor"):
            _staged(urls["floor"], rows)
        with gauge.measure("ours"):
            _write(stores["ours"], lambda c: upsert_invoices(c, invoices, NIGHT))
        for store in stores.values():
            store.close()
    speed = gauge.seconds["floor"] / gauge.seconds["ours"]
    print(
        f"{count} invoices: COPY and INSERT ON CONFLICT {gauge.seconds['floor']:.2f} CPU-s with the server's,", end=" "
    )
    print(f"ours {gauge.seconds['ours']:.2f}: {speed:.2f} of its speed (at least 0.8)")


def _staged(url: str, rows: Sequence[Row]) -> None:
    import psycopg

    names = ", ".join(ITEM_COLUMNS)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged AS SELECT {names} FROM open_item WHERE 1 = 0".encode())
        with cursor.copy(f"COPY staged ({names}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"INSERT INTO open_item ({names}) SELECT {names} FROM staged ON CONFLICT DO NOTHING".encode())


def _audit(path: Path, count: int) -> None:
    store = _books(path)
    rows = (AuditRow("review_accept", f"review_item:{n}", {"entries": [n], "state": "posted"}) for n in range(count))
    _write(store, lambda c: append_audit(c, rows, NIGHT))
    store.close()
    proved = _cpu(lambda: verify(f"sqlite:///{path}"))
    print(f"{count} audit rows proved in {proved:.2f} CPU-s: {proved * 1_000_000 / count:.1f} for a million")


def _floor(path: Path, count: int) -> float:
    _books(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = FULL", "cache_size = -65536"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA foreign_keys = OFF")
    marks = ", ".join("?" * len(ITEM_COLUMNS))
    rows = _bare_rows(count)

    def insert() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO open_item ({', '.join(ITEM_COLUMNS)}) VALUES ({marks})", rows)
        connection.execute("COMMIT")

    cpu = _cpu(insert)
    connection.close()
    return cpu


def _bare_rows(count: int) -> list[Row]:
    return [
        (n, "main", n % (count // 5) + 1, f"RE-2025-{n:07d}", "invoice", "EUR", 1_000 + n, 0, 1_000 + n, "2026-02-16",
         "2026-03-18", f"PO-{n:06d}", "", "", "", "", None) for n in range(count)
    ]  # fmt: skip


def _customers(count: int) -> CustomerRows:
    names = ("aliases", "currency", "email", "cc", "country", "language", "time_zone", "segment", "parent_code")
    codes = texts([f"{n:08d}" for n in range(count)])
    return CustomerRows(
        company=texts(["main"] * count), code=codes, name=codes, bank_accounts=texts([""] * count),
        consumer=np.zeros(count, dtype=np.bool_), **dict.fromkeys(names, texts([""] * count)),
    )  # fmt: skip


def _rows(count: int) -> InvoiceRows:
    amounts = np.arange(1_000, 1_000 + count, dtype=np.int64)
    blank = dict.fromkeys(
        ("external_id", "customer_name", "terms", "segment", "document", "credit_of"), texts([""] * count)
    )
    return InvoiceRows(
        company=texts(["main"] * count), customer_code=texts([f"{n % (count // 5):08d}" for n in range(count)]),
        number=texts([f"RE-2025-{n:07d}" for n in range(count)]), kind=texts(["invoice"] * count),
        po_number=texts([f"PO-{n:06d}" for n in range(count)]), issue_day=np.full(count, 20500, dtype=np.int32),
        due_day=np.full(count, 20530, dtype=np.int32), currency=texts(["EUR"] * count), amount_minor=amounts,
        open_minor=amounts, **blank,
    )  # fmt: skip


def _books(path: Path) -> Store:
    url = f"sqlite:///{path}"
    upgrade(url)
    return open_store(url)


def _write(store: Store, work: Callable[[Connection], object]) -> None:
    with store.write() as connection:
        work(connection)


def _load(store: Store) -> None:
    with store.read() as connection:
        load_open_items(connection, "main", "EUR", load_customers(connection, "main"))


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
