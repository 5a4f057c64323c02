"""A night of the store alone, small enough to be killed a thousand times: two files, decisions, a reviewer, an undo.

    python -m bench.small_night URL        run it; every step is harmless to repeat

Room: shell.
"""

import hashlib
import sys
from datetime import UTC, date, datetime

import numpy as np

from recon.errors import NotAllowed
from recon.frames import CustomerRows, InvoiceRows, texts
from recon.model import Action, Allocation, Proof, Proposal, Reading, Statement, StatementLine
from recon.review import Act, Decision
from recon.store.bank_accounts import BankAccount
from recon.store.books import undo
from recon.store.chain import Author
from recon.store.engine import Store, open_store
from recon.store.imports import import_reading
from recon.store.proposals import save_decisions
from recon.store.receivables import upsert_customers, upsert_invoices
from recon.store.review import act, list_items
from recon.store.source_files import SourceFile

AS_OF = date(2026, 3, 31)
NIGHT = Author("night", datetime(2026, 3, 31, 20, 0, tzinfo=UTC))
ADA = Author("ada", datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
COUNT = 24


def prepare(store: Store) -> None:
    """Put customers and invoices in; not part of the night."""
    names = ("aliases", "currency", "email", "cc", "country", "language", "time_zone", "segment", "parent_code")
    codes = [f"C{n}" for n in range(4)]
    customers = CustomerRows(
        company=texts(["main"] * 4), code=texts(codes), name=texts(codes), bank_accounts=texts([""] * 4),
        consumer=np.zeros(4, dtype=np.bool_), **dict.fromkeys(names, texts([""] * 4)),
    )  # fmt: skip
    blank = dict.fromkeys(
        ("external_id", "customer_name", "po_number", "terms", "segment", "document", "credit_of"), texts([""] * COUNT)
    )
    amounts = np.array([1_000 + 10 * n for n in range(COUNT)], dtype=np.int64)
    invoices = InvoiceRows(
        company=texts(["main"] * COUNT), customer_code=texts([codes[_owner(n) - 1] for n in range(COUNT)]),
        number=texts([f"I{n:02}" for n in range(COUNT)]), kind=texts(["invoice"] * COUNT),
        issue_day=np.full(COUNT, 20500, dtype=np.int32), due_day=np.full(COUNT, 20530, dtype=np.int32),
        currency=texts(["EUR"] * COUNT), amount_minor=amounts, open_minor=amounts, **blank,
    )  # fmt: skip
    with store.write() as connection:
        upsert_customers(connection, customers, NIGHT)
        upsert_invoices(connection, invoices, NIGHT)


def run(store: Store) -> None:
    """The night: import, decide, import what overlaps with a return in it, decide, review, undo."""
    lines = _lines()
    _import(store, "monday", lines[:COUNT])
    _decide(store, [_exact(n) for n in range(COUNT)])
    _import(store, "tuesday", lines[COUNT - 4 :])
    _decide(store, [_exact(n) for n in range(COUNT)] + [_return(COUNT + 1, 1), _aside(COUNT + 2)])
    _review(store)
    _undo(store)


def import_first(store: Store) -> None:
    """Import the first file only."""
    _import(store, "monday", _lines()[:COUNT])


def _lines() -> list[StatementLine]:
    amounts = [1_000 + 10 * n for n in range(COUNT)] + [-1_000, 77]
    return [
        StatementLine(minor, "EUR", AS_OF, n, 80 * n, bank_id=f"B{n}", payer=f"P{n}") for n, minor in enumerate(amounts)
    ]


def _import(store: Store, name: str, lines: list[StatementLine]) -> None:
    statement = Statement("DE00", "EUR", tuple(lines), Proof.UNVERIFIABLE, "no balance")
    identities = [[(hashlib.sha256(line.bank_id.encode()).hexdigest(), 1) for line in lines]]
    source = SourceFile(name, hashlib.sha256(name.encode()).hexdigest(), 1)
    with store.write() as connection:
        accounts = [BankAccount("giro", "main", "EUR", "DE00")]
        import_reading(connection, Reading("ofx1", (statement,), ()), source, accounts, identities, NIGHT)


def _exact(n: int) -> Proposal:
    action = Action.REVIEW if n % 6 == 5 else Action.POST
    return Proposal(n + 1, 1, action, 0.999, "exact", (Allocation(n + 1, _owner(n), 1_000 + 10 * n),))


def _owner(n: int) -> int:
    """The customer's id: invoices lie in the books by customer, so that theirs ascend with it."""
    return n * 4 // COUNT + 1


def _return(line: int, of: int) -> Proposal:
    return Proposal(line, 1, Action.POST, 0.999, "return", (), reverses_line_id=of)


def _aside(line: int) -> Proposal:
    return Proposal(line, 1, Action.SET_ASIDE, 0.999, "set_aside", (), set_aside_name="interest")


def _decide(store: Store, proposals: list[Proposal]) -> None:
    with store.write() as connection:
        save_decisions(connection, proposals, NIGHT, AS_OF)


def _review(store: Store) -> None:
    """Accept what belongs to lines 6 and 12; whoever comes again finds it done."""
    for line in (6, 12):
        with store.write() as connection:
            item = next(each for each in list_items(connection, "all") if each.subject_id == line)
            if item.state == "open" and item.version == 1:
                act(connection, item.id, item.version, Decision(Act.ACCEPT), ADA, AS_OF)


def _undo(store: Store) -> None:
    try:
        with store.write() as connection:
            first_applied = connection.exec_driver_sql("SELECT min(id) FROM entry WHERE kind = 'apply'").scalar()
            undo(connection, f"E{first_applied + 2}", ADA, AS_OF, "wrong customer")
    except NotAllowed:
        pass  # undone before the kill


if __name__ == "__main__":
    run(open_store(sys.argv[1]))
