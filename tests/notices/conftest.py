"""A small world of customers and invoices, written straight into real books."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from notices.policy import Policies
from notices.policy_file import DEFAULT_POLICY, read_policies
from recon.model import Account, Customer, Debt
from recon.store.engine import Store
from recon.store.schema import bank_account, bank_line, customer, open_item, source_file, statement

AS_OF = date(2026, 3, 31)


@pytest.fixture
def policies() -> Policies:
    return read_policies(DEFAULT_POLICY)


def someone(**given: Any) -> Customer:
    """Return a customer whose every field may be given."""
    facts: dict[str, Any] = {"id": 1, "company": "main", "code": "C1", "name": "Ada Works", "email": "ap@ada.example"}
    return Customer(**{**facts, **given})


def debt(late: int, minor: int = 10_000, *, number: str = "INV-1", item: int = 1, **given: Any) -> Debt:
    """Return a debt so many days past due on the day of the tests."""
    return Debt(item, number, AS_OF - timedelta(days=late), minor, **given)


def owing(*debts: Debt, **given: Any) -> Account:
    """Return an account in EUR of somebody who owes these debts."""
    who = given.pop("customer", someone())
    return Account(who, given.pop("currency", "EUR"), debts, **given)


class Books:
    """Short ways to write the rows a test needs."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.numbers = itertools.count()

    def customer(self, code: str = "C1", **given: Any) -> int:
        row = {"company": "main", "code": code, "name": f"Customer {code}", "email": f"{code.lower()}@pay.example"}
        with self.store.write() as connection:
            return int(connection.execute(insert(customer).values(**{**row, **given})).inserted_primary_key[0])

    def invoice(self, customer_id: int, number: str, late: int, minor: int = 10_000, **given: Any) -> int:
        due = given.pop("due_on", (AS_OF - timedelta(days=late)).isoformat())
        row = {
            "company": "main",
            "customer_id": customer_id,
            "number": number,
            "currency": "EUR",
            "kind": "invoice" if minor > 0 else "credit",
            "amount_minor": minor,
            "open_minor": minor,
            "issue_on": due,
            "due_on": due,
        }
        with self.store.write() as connection:
            return int(connection.execute(insert(open_item).values(**{**row, **given})).inserted_primary_key[0])

    def pay(self, item_id: int, open_minor: int = 0) -> None:
        with self.store.write() as connection:
            connection.execute(update(open_item).where(open_item.c.id == item_id).values(open_minor=open_minor))

    def feed(
        self, through: date = AS_OF, currency: str = "EUR", proof: str = "VERIFIED", came_on: date | None = None
    ) -> int:
        """Write a statement that reaches the day, of an account of its own per currency; return its id."""
        with self.store.write() as connection:
            return self._feed(connection, through, currency, proof, came_on or through)

    def _feed(self, connection: Connection, through: date, currency: str, proof: str, came_on: date) -> int:
        found = connection.execute(select(bank_account.c.id).where(bank_account.c.key == f"bank {currency}")).scalar()
        row = {"key": f"bank {currency}", "company": "main", "currency": currency, "number_digest": currency * 5}
        account = found or connection.execute(insert(bank_account).values(**row)).inserted_primary_key[0]
        name = f"{currency}-{through}-{proof}"
        file_row = {
            "sha256": f"{name}-{next(self.numbers)}",
            "kind": "statement",
            "name": name,
            "size_bytes": 1,
            "state": "imported",
            "received_at": f"{came_on}T06:00:00.000000Z",
        }
        file_id = connection.execute(insert(source_file).values(**file_row)).inserted_primary_key[0]
        values = {
            "file_id": file_id,
            "ordinal": 1,
            "bank_account_id": account,
            "currency": currency,
            "sum_minor": 0,
            "new_sum_minor": 0,
            "last_on": through.isoformat(),
            "line_count": 0,
            "new_line_count": 0,
            "proof": proof,
        }
        return int(connection.execute(insert(statement).values(**values)).inserted_primary_key[0])

    def deposit(self, minor: int, currency: str = "EUR", state: str = "in_review", booked_on: date = AS_OF) -> int:
        statement_id = self.feed(currency=currency, proof=f"V{minor}")
        with self.store.write() as connection:
            account = connection.execute(
                select(statement.c.bank_account_id).where(statement.c.id == statement_id)
            ).scalar_one()
            row = {
                "bank_account_id": account,
                "statement_id": statement_id,
                "company": "main",
                "currency": currency,
                "amount_minor": minor,
                "booked_on": booked_on.isoformat(),
                "fingerprint": f"f{minor}{booked_on}",
                "occurrence": 1,
                "source_line": 1,
                "source_byte": 0,
                "state": state,
            }
            return int(connection.execute(insert(bank_line).values(**row)).inserted_primary_key[0])


@pytest.fixture
def books(store: Store) -> Books:
    return Books(store)


@pytest.fixture
def sqlite_books(sqlite_url: str) -> Any:
    from recon.store.engine import open_store

    opened = open_store(sqlite_url)
    yield Books(opened)
    opened.close()


Make = Callable[..., Any]
