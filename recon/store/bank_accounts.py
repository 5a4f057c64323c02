"""Bank accounts as the books know them: by a digest of the number, so that they find it and never show it.

Room: store.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import UsageError
from recon.model import Statement, mask_account
from recon.store import schema
from recon.store.bulk import insert_many, next_id


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account as the settings declare it. `number` is as the bank's files write it; it is not stored."""

    key: str
    company: str
    currency: str
    number: str


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as the books hold it."""

    id: int
    key: str
    company: str
    currency: str
    number_digest: str


def number_digest(number: str) -> str:
    """Return the digest by which an account number is found, however it is spaced.

    >>> number_digest("DE89 3704 0044") == number_digest("de8937040044")
    True
    """
    compact = "".join(character for character in number.upper() if character.isalnum())
    return hashlib.sha256(compact.encode()).hexdigest()


def keep_accounts(connection: Connection, declared: Iterable[BankAccount]) -> None:
    """Write the declared accounts into the books. Raises UsageError when one moved to another company or currency."""
    known = {account.key: account for account in known_accounts(connection)}
    for account in declared:
        before = known.get(account.key)
        if before is None:
            _insert(connection, account)
        elif (before.company, before.currency) != (account.company, account.currency):
            raise UsageError(
                f"bank account {account.key!r} is {before.currency} of {before.company} in the books",
                "Give an account of another company or currency a key of its own",
            )
        elif before.number_digest != number_digest(account.number):
            sql = "UPDATE bank_account SET number_digest = :digest, masked = :masked WHERE id = :id"
            given = {"digest": number_digest(account.number), "masked": mask_account(account.number), "id": before.id}
            connection.execute(text(sql), given)


def known_accounts(connection: Connection) -> tuple[KnownAccount, ...]:
    """Return all accounts of the books."""
    sql = "SELECT id, key, company, currency, number_digest FROM bank_account ORDER BY id"
    return tuple(KnownAccount(*row) for row in connection.execute(text(sql)))


def account_of(accounts: Iterable[KnownAccount], statement: Statement) -> KnownAccount | None:
    """Return the account that a statement is of: same number and currency, or the same key for `plain:EUR`."""
    digest = number_digest(statement.account)
    for account in accounts:
        is_same = account.number_digest == digest or account.key == statement.account
        if is_same and account.currency == statement.currency:
            return account
    return None


def plain_accounts(statements: Iterable[Statement], company: str) -> tuple[BankAccount, ...]:
    """Return the accounts that statements in the plain layout stand for: one per currency, of the default company."""
    plain = {statement.account: statement.currency for statement in statements if statement.account[:6] == "plain:"}
    return tuple(BankAccount(key, company, currency, key) for key, currency in sorted(plain.items()))


def _insert(connection: Connection, account: BankAccount) -> None:
    columns = ("id", "key", "company", "currency", "masked", "number_digest")
    row = (
        next_id(connection, schema.bank_account),
        account.key,
        account.company,
        account.currency,
        mask_account(account.number),
        number_digest(account.number),
    )
    insert_many(connection, schema.bank_account, columns, [row])
