"""What the bank has told, as the gate of notices asks for it: how far its news goes, what of it does not prove or lies
in quarantine, whose the undecided deposits may be, and what parents of customers have on account.

Room: store.
"""

import json
from collections import defaultdict
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import Connection, text

from recon.model import BankNews, UnresolvedDeposit

PENDING_DAYS = 10  # an announced line that was not booked after so many days is not expected any more


def load_bank_news(connection: Connection, as_of: date) -> BankNews:
    """Return how current each bank account is, which statements do not prove, and what money is nobody's yet."""
    return BankNews(
        _through(connection), _discrepancies(connection), load_unresolved(connection, as_of), _quarantined(connection),
        _parents(connection), _above(connection),
    )  # fmt: skip


def _through(connection: Connection) -> tuple[tuple[tuple[str, str], date], ...]:
    """The newest day of each account that ever had a statement; of several accounts the stalest counts."""
    sql = """
        SELECT a.id, a.company, a.currency, s.last_on, l.last_on, substr(f.received_at, 1, 10) FROM bank_account a
        JOIN statement s ON s.bank_account_id = a.id JOIN source_file f ON f.id = s.file_id
        LEFT JOIN (SELECT statement_id, max(booked_on) AS last_on FROM bank_line GROUP BY statement_id) l
          ON l.statement_id = s.id"""
    newest: dict[tuple[int, str, str], date] = {}
    for account, company, currency, *told in connection.execute(text(sql)):
        if known := _known_through(*told):
            newest[account, company, currency] = max(newest.get((account, company, currency), date.min), known)
    stalest: dict[tuple[str, str], date] = {}
    for (_, company, currency), known in newest.items():
        for key in ((company, currency), (company, "")):
            stalest[key] = min(stalest.get(key, date.max), known)
    return tuple(stalest.items())


def _known_through(last_on: str | None, last_line_on: str | None, received_on: str) -> date | None:
    """Return how far a statement tells what happened. One of a whole month may be fetched in its middle, and some banks
    write an end far away: what lies after the day it came is not known yet, and its last line counts. Unless its lines
    are from after that day, too: then the clock was another one.
    """
    ends, last_line = _day(last_on), _day(last_line_on)
    received = date.fromisoformat(received_on) + timedelta(days=1)  # in UTC; east of it, tomorrow may have begun
    if ends and ends > received and (last_line is None or last_line <= received):
        return last_line
    return ends or last_line


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _discrepancies(connection: Connection) -> tuple[tuple[tuple[str, str], str], ...]:
    sql = """
        SELECT a.company, s.currency, max(f.name) FROM statement s
        JOIN bank_account a ON a.id = s.bank_account_id JOIN source_file f ON f.id = s.file_id
        WHERE s.proof = 'DISCREPANCY' AND s.accepted_by = '' GROUP BY a.company, s.currency"""
    return tuple(
        ((company, currency), f"statement {name}") for company, currency, name in connection.execute(text(sql))
    )


def _quarantined(connection: Connection) -> tuple[tuple[tuple[str, str], str], ...]:
    """What of the bank's files lies in quarantine: a row belongs to its statements, a file may be any account's."""
    sql = """
        SELECT q.id, f.name, coalesce(a.company, '') AS company, coalesce(s.currency, '') AS currency
        FROM quarantine q JOIN source_file f ON f.id = q.file_id
        LEFT JOIN statement s ON s.file_id = f.id AND q.scope = 'row'
        LEFT JOIN bank_account a ON a.id = s.bank_account_id
        WHERE q.state = 'open' AND f.kind = 'statement' ORDER BY q.id DESC"""
    return tuple(
        (
            (row.company, row.currency),
            f"{row.name} lies in quarantine and may say that they paid: `recon quarantine show {row.id}`,"
            f" then `retry {row.id}` or `accept {row.id} --reason WHY`",
        )
        for row in connection.execute(text(sql))
    )


# UNION ends where a list of customers names a circle.
_ABOVE = """
    WITH RECURSIVE above (child, parent) AS (
      SELECT c.id, p.id FROM customer c JOIN customer p ON p.company = c.company AND p.code = c.parent_code
      WHERE c.parent_code <> ''
      UNION
      SELECT a.child, p.id FROM above a JOIN customer c ON c.id = a.parent
      JOIN customer p ON p.company = c.company AND p.code = c.parent_code WHERE c.parent_code <> '')
    """


def _parents(connection: Connection) -> tuple[tuple[tuple[int, str], tuple[str, int]], ...]:
    """What the parents above a customer have on account."""
    sql = f"""{_ABOVE}
        SELECT a.child, o.currency, p.code, -sum(o.amount_minor) FROM above a JOIN customer p ON p.id = a.parent
        JOIN posting o ON o.customer_id = a.parent AND o.account = 'on_account' WHERE a.child <> a.parent
        GROUP BY a.child, o.currency, p.id, p.code HAVING sum(o.amount_minor) < 0 ORDER BY a.child, p.id"""
    return tuple(((row[0], row[1]), (row[2], int(row[3]))) for row in connection.execute(text(sql)))


def _above(connection: Connection) -> tuple[tuple[int, tuple[int, ...]], ...]:
    sql = f"{_ABOVE} SELECT child, parent FROM above WHERE child <> parent ORDER BY child, parent"
    rows = connection.execute(text(sql)).all()
    return tuple((child, tuple(row[1] for row in own)) for child, own in groupby(rows, key=lambda row: row[0]))


def load_unresolved(connection: Connection, as_of: date) -> tuple[UnresolvedDeposit, ...]:
    """Return the deposits that nobody has decided on, with the customers their stored suggestions name."""
    since = {"since": (as_of - timedelta(days=PENDING_DAYS)).isoformat()}
    where = (
        """b.amount_minor > 0 AND (b.state IN ('new', 'in_review') OR b.state = 'pending' AND b.booked_on >= :since)"""
    )
    suggested = _suggestions(connection, where, since)
    sql = f"SELECT b.id, b.company, b.currency, b.amount_minor FROM bank_line b WHERE {where}"
    return tuple(
        UnresolvedDeposit(line_id, company, currency, minor, suggested.get(line_id, ()))
        for line_id, company, currency, minor in connection.execute(text(sql), since)
    )


def _suggestions(connection: Connection, where: str, given: dict[str, str]) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return per deposit each suggested customer with the probability of the likeliest suggestion that names it."""
    sql = f"""
        SELECT p.bank_line_id, p.confidence_ppm, p.allocations FROM proposal p JOIN bank_line b ON b.id = p.bank_line_id
        WHERE {where}"""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for line_id, ppm, allocations in connection.execute(text(sql), given):
        for customer_id in {row["customer_id"] for row in json.loads(allocations or "[]")}:
            found[line_id][customer_id] = max(ppm, found[line_id][customer_id])
    return {line_id: tuple(by_customer.items()) for line_id, by_customer in found.items()}
