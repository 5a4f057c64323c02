"""Erase personal data on request or after its time, so that the books and their chains stay whole.

Entries and audit rows never hold names, texts of the bank or addresses: they refer to rows that can be blanked. What
stays of a customer is the number, which by itself names nobody. A line keeps its fingerprint, so that a statement that
comes again is still recognised.

Room: store.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.roles import Right
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.users import require

_BANK_TEXT = "payer = '', payer_account = '', remittance = '', reference = '', end_to_end_id = '', details = ''"
_PAST_TEXT = "payer = '', payer_account = '', remittance = '', reference = '', end_to_end_id = ''"
_PLACED = "state IN ('applied', 'on_account', 'set_aside', 'returned', 'superseded')"


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows lost their personal data."""

    customers: int
    lines: int
    notices: int
    others: int


def erase_customer(connection: Connection, company: str, code: str, author: Author, reason: str) -> Erased:
    """Blank what the books know of a customer as a person: name, addresses, accounts, bank texts, letters, teachings.

    Raises NotAllowed while money is open or on account: the law keeps what is needed to settle it.
    """
    require(connection, author.actor, Right.ERASE)
    given = {"company": company, "code": code}
    found = connection.execute(
        text("SELECT id FROM customer WHERE company = :company AND code = :code"), given
    ).scalar()
    if found is None:
        raise NotAllowed(f"there is no customer {code!r}", "Check company and number")
    _require_settled(connection, found)
    erased = Erased(
        customers=_run(connection, _CUSTOMER, found),
        lines=_run(connection, _LINES, found),
        notices=_run(connection, _NOTICES, found),
        others=_run(connection, "DELETE FROM teaching WHERE customer_id = :id", found)
        + _run(connection, _PAST, found)
        + _run(connection, _PROPOSALS, found)
        + _run(connection, _STOPS, found)
        + _run(connection, _TASKS, found),
    )
    append_audit(connection, [AuditRow("erase_customer", f"customer:{found}", {"reason": reason})], author)
    return erased


def erase_before(connection: Connection, day: date, author: Author, reason: str = "") -> Erased:
    """Blank bank texts and what quotes them, mails and quarantined bytes older than a day: the company's retention."""
    require(connection, author.actor, Right.ERASE)
    given = {"day": day.isoformat()}
    lines = f"UPDATE bank_line SET {_BANK_TEXT} WHERE booked_on < :day AND {_PLACED} AND (payer || remittance) <> ''"
    past = f"UPDATE past_line SET {_PAST_TEXT} WHERE booked_on < :day AND (payer || remittance) <> ''"
    mails = (
        "UPDATE notice SET recipient = '', cc = '', subject = '', content = '', reply = '', message = NULL"
        " WHERE day < :day AND state NOT IN ('planned', 'claimed') AND recipient <> ''"
    )
    kept = "UPDATE quarantine SET raw = NULL WHERE opened_at < :day AND state <> 'open' AND raw IS NOT NULL"
    steps = (lines, mails, past, kept, _OLD_EVIDENCE, _OLD_TEAM_MAIL)
    done = [int(connection.execute(text(sql), given).rowcount) for sql in steps]
    if any(done):
        detail: dict[str, object] = {"lines": done[0], "mails": done[1], "reason": reason}
        append_audit(connection, [AuditRow("erase_before", f"day:{day}", detail)], author)
    return Erased(0, done[0], done[1], sum(done[2:]))


# What spoke for a suggestion quotes the bank's text.
_OLD_EVIDENCE = f"""
UPDATE proposal SET evidence = '[]' WHERE evidence <> '[]' AND bank_line_id IN (
    SELECT id FROM bank_line WHERE booked_on < :day AND {_PLACED})
"""
_OLD_TEAM_MAIL = """
UPDATE team_mail SET message = substr(message, 1, 0) WHERE length(message) > 0 AND substr(planned_at, 1, 10) < :day
AND state NOT IN ('planned', 'claimed')
"""
# Lines of a customer alone: a lockbox deposit of several customers keeps its text until all of them are erased.
_LINES = f"""
UPDATE bank_line SET {_BANK_TEXT} WHERE {_PLACED} AND id IN (
    SELECT bank_line_id FROM posting WHERE bank_line_id IS NOT NULL AND customer_id IS NOT NULL
    GROUP BY bank_line_id HAVING min(customer_id) = :id AND max(customer_id) = :id)
"""
_CUSTOMER = """
UPDATE customer SET name = 'erased', aliases = '', email = '', cc = '', bank_accounts = '', country = '', language = '',
    time_zone = '', segment = '' WHERE id = :id
"""
_NOTICES = """
UPDATE notice SET recipient = '', cc = '', subject = '', content = '', reply = '', message = NULL
WHERE customer_id = :id AND state NOT IN ('planned', 'claimed')
"""
_PAST = f"""
UPDATE past_line SET {_PAST_TEXT} WHERE id IN (SELECT past_line_id FROM past_allocation WHERE customer_id = :id)
"""
# Clerks write addresses and reasons there; a task is told apart from the next by its number.
_STOPS = "UPDATE stop SET reason = '' WHERE customer_id = :id AND reason <> '' AND reason <> 'deduction'"
_TASKS = """
UPDATE review_item SET reason = 'erased ' || id, detail = '' WHERE kind = 'task' AND subject_id = :id
AND reason NOT LIKE 'erased %' AND reason <> 'correction'
"""
_HELD = """
SELECT account FROM posting WHERE customer_id = :id
AND account IN ('on_account', 'prepayments', 'refunds_payable', 'deductions')
GROUP BY account, currency HAVING sum(amount_minor) <> 0
"""
_PROPOSALS = """
UPDATE proposal SET evidence = '[]' WHERE bank_line_id IN (
    SELECT bank_line_id FROM posting WHERE bank_line_id IS NOT NULL AND customer_id = :id)
"""


def _require_settled(connection: Connection, customer_id: int) -> None:
    open_items = _count(
        connection, "SELECT count(*) FROM open_item WHERE customer_id = :id AND open_minor <> 0", customer_id
    )
    if open_items or connection.execute(text(_HELD), {"id": customer_id}).first():
        what = "the customer has open items, money on account, a prepayment, a refund due or a disputed deduction"
        raise NotAllowed(what, "Settle them first")


def _count(connection: Connection, sql: str, customer_id: int) -> int:
    return int(connection.execute(text(sql), {"id": customer_id}).scalar_one())


def _run(connection: Connection, sql: str, customer_id: int) -> int:
    return int(connection.execute(text(sql), {"id": customer_id}).rowcount)
