"""Customers from a customer file, and customers that an invoice file names without a number.

Room: pure.
"""

import re
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from recon.errors import Problem
from recon.frames import CustomerRows, InvoiceRows, texts
from recon.money import is_known_currency
from recon.receivables.page import Fault
from recon.receivables.rules import Rules
from recon.receivables.table import Block

LONGEST = {"code": 80, "language": 8, "time_zone": 60, "segment": 80, "parent_code": 80}
_ROLE_OF = {"code": "customer_code", "name": "customer_name"}
_TRUE = frozenset(["1", "true", "yes", "y", "ja", "oui", "si", "sí", "x"])
# One address: no space, no comma, no line break that could smuggle a header into a mail.
_EMAIL = re.compile(r"[^\s@,;<>\"()\[\]\\]+@[^\s@,;<>\"()\[\]\\]+\.[^\s@,;<>\"()\[\]\\.]+")


def read_customer_block(block: Block, rules: Rules) -> tuple[CustomerRows, dict[int, Fault], dict[int, Fault]]:
    """Return the block's customers, the faults that set a row aside, and the warnings about rows that stay."""
    cells = {name: _cells(block, rules, name) for name in _names() if name != "consumer"}
    cells["company"] = [cell or rules.defaults.company for cell in cells["company"]]
    cells["currency"] = [cell.upper() for cell in cells["currency"]]
    cells["country"] = [cell.upper() for cell in cells["country"]]
    faults, warnings = _faults(cells, rules), _warnings(cells)
    for row in warnings:
        cells["email"][row] = ""
    consumer = [cell.casefold() in _TRUE for cell in rules.cells(block, "consumer") or [""] * len(block.rows)]
    columns = {name: texts(column) for name, column in cells.items()}
    return CustomerRows(**columns, consumer=np.asarray(consumer, dtype=np.bool_)), faults, warnings


def _names() -> list[str]:
    return [column.name for column in fields(CustomerRows)]


def _cells(block: Block, rules: Rules, name: str) -> list[str]:
    cells = rules.cells(block, _ROLE_OF.get(name, name))
    return list(cells) if cells is not None else [""] * len(block.rows)


def told_columns(rules: Rules) -> tuple[str, ...]:
    """Return the columns of CustomerRows that the file has; an update must leave the others as they were."""
    return tuple(name for name in _names() if _ROLE_OF.get(name, name) in rules.index)


def _faults(cells: dict[str, list[str]], rules: Rules) -> dict[int, Fault]:
    faults: dict[int, Fault] = {}
    for row, (company, code, name, currency, country) in enumerate(
        zip(cells["company"], cells["code"], cells["name"], cells["currency"], cells["country"], strict=True)
    ):
        what = _fault(company, code, name, currency, country, rules)
        if what:
            faults[row] = Fault(what, "Correct the row and import the file again")
    for name, longest in LONGEST.items():
        for row, cell in enumerate(cells[name]):
            if len(cell) > longest:
                faults.setdefault(
                    row, Fault(f"the {name.replace('_', ' ')} is longer than {longest} characters", "Shorten it")
                )
    return faults


def _fault(company: str, code: str, name: str, currency: str, country: str, rules: Rules) -> str:
    if not code:
        return "the row has no customer id"
    if not name:
        return f"customer {code[:80]} has no name"
    if currency and not is_known_currency(currency):
        return f"currency {currency[:20]!r} is not in ISO 4217"
    if country and not re.fullmatch("[A-Z]{2}", country):
        return f"country {country[:20]!r} is not a code of two letters"
    if not company:
        return "the row names no company, and there are several"
    if rules.companies and company not in rules.companies:
        return f"company {company[:40]!r} is not in the settings"
    return ""


def _warnings(cells: dict[str, list[str]]) -> dict[int, Fault]:
    remedy = "Correct it; until then the notices become tasks"
    return {
        row: Fault(f"{cell[:60]!r} is not one e-mail address", remedy)
        for row, cell in enumerate(cells["email"])
        if cell and not _EMAIL.fullmatch(cell)
    }


def repeated_customers(rows: CustomerRows) -> dict[int, Fault]:
    """Return a fault for every row whose (company, id) an earlier row already has."""
    seen: set[tuple[str, str]] = set()
    found: dict[int, Fault] = {}
    for row, key in enumerate(zip(rows.company, rows.code, strict=True)):
        if key in seen:
            found[row] = Fault(f"customer {key[1]} stands in an earlier row", "Keep one row for each customer")
        seen.add(key)
    return found


def warn_about(rows: CustomerRows, name: str) -> list[Problem]:
    """Return the warnings about the file as a whole: customers without e-mail, and parents that are not in it."""
    problems = []
    without = sum(not email for email in rows.email)
    if without:
        what = f"{without} of {len(rows)} customers have no e-mail"
        problems.append(Problem(name, what, "Their notices become tasks for a person"))
    codes = set(zip(rows.company, rows.code, strict=True))
    lost = [
        parent
        for company, parent in zip(rows.company, rows.parent_code, strict=True)
        if parent and (company, parent) not in codes
    ]
    if lost:
        what = f"parent {lost[0][:80]} is no customer of this file" + (
            f", nor are {len(lost) - 1} others" if lost[1:] else ""
        )
        problems.append(Problem(name, what, "Import the parent too, or the link is not used"))
    return problems


def customers_of(rows: InvoiceRows, emails: Sequence[str]) -> CustomerRows:
    """Return the customers that invoice rows name, in order of appearance, with the first name and e-mail told of
    each."""
    first: dict[tuple[str, str], int] = {}
    email_of: dict[tuple[str, str], str] = {}
    for row, key in enumerate(zip(rows.company, rows.customer_code, strict=True)):
        first.setdefault(key, row)
        if emails[row] and _EMAIL.fullmatch(emails[row]):
            email_of.setdefault(key, emails[row])
    columns = {name: texts([""] * len(first)) for name in _names() if name != "consumer"}
    columns["company"] = texts([company for company, _ in first])
    columns["code"] = texts([code for _, code in first])
    columns["name"] = texts([rows.customer_name[row] or key[1] for key, row in first.items()])
    columns["email"] = texts([email_of.get(key, "") for key in first])
    return CustomerRows(**columns, consumer=np.zeros(len(first), dtype=np.bool_))
