"""The days of a block: when each invoice was issued, and when it is due.

Room: pure.
"""

import re
from datetime import date

import numpy as np

from recon.frames import Days, day_number
from recon.receivables.days import read_day, read_unix_day
from recon.receivables.layout import fold_value
from recon.receivables.page import DECLARE_ORDER, Page
from recon.receivables.rules import Rules, by_value

_NET = re.compile(r"(?:net|netto|n) ?([0-9]{1,3})(?: days| tage| jours)?", re.IGNORECASE)
_AT_ONCE = frozenset(["due on receipt", "due upon receipt", "immediate", "sofort", "cash on delivery", "cod"])


def read_days(page: Page) -> tuple[Days, Days]:
    """Return issue and due days. A missing due day follows from the terms; a missing issue day is the due day."""
    issue = _column(page, "issue_date") if page.has("issue_date") else None
    due = _column(page, "due_date")
    cells = page.cells("due_date")
    for row in [row for row, cell in enumerate(cells) if not cell] if "" in cells else []:
        days = _days_to_pay(page, row)
        if days is None or issue is None:
            what = "the row has neither a due date nor terms that give one"
            page.note({row: what}, 'Fill the due date, or terms such as "Net 30"')
        else:
            due[row] = issue[row] + days
    if issue is None:
        return due.copy(), due
    if "" not in page.cells("issue_date"):
        return issue, due
    empty = np.asarray([not cell for cell in page.cells("issue_date")], dtype=bool)
    return np.where(empty, due, issue).astype(np.int32), due


def _days_to_pay(page: Page, row: int) -> int | None:
    """Return the days from issue to due; a credit memo is due at once, and a row left out has no due day to miss."""
    at_once = page.rules.layout.kind == "credits" or row in page.skipped
    return 0 if at_once else net_days(page.cells("terms")[row])


def _column(page: Page, role: str) -> Days:
    def read(cell: str) -> int:
        return day_number(_day(cell, page.rules)) if cell else 0

    values, unread = by_value(page.cells(role), read, 0)
    page.note(unread, DECLARE_ORDER)
    return np.fromiter(values, dtype=np.int32, count=len(values))


def _day(cell: str, rules: Rules) -> date:
    if rules.layout.unix_days and cell.isdigit() and len(cell) >= 9:
        return read_unix_day(cell)
    return read_day(cell, rules.orders)


def net_days(terms: str) -> int | None:
    """Return the days after issue at which these terms make an invoice due; None when they do not say.

    >>> net_days("Net 30"), net_days("Due on receipt"), net_days("2/10 net 30"), net_days("30 EOM")
    (30, 0, 30, None)
    """
    folded = fold_value(terms)
    if folded in _AT_ONCE:
        return 0
    match = _NET.fullmatch(re.sub(r"^[0-9.]{1,4} ?%?/[0-9]{1,3},? ", "", folded))
    return int(match[1]) if match else None
