"""A profile proposed for an unknown CSV layout: evidence per column, a preview, and every ambiguity as a question.

A question that is open stands in the TOML as "?", so the profile cannot be used before a person has answered it.

Room: pure.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from recon.errors import Problem
from recon.model import Reading, StatementLine
from recon.statements.column_evidence import (
    Column,
    column_evidence,
    decimal_marks,
    group_mark,
    negatives_in,
    symbols_in,
)
from recon.statements.csv_layout import headings
from recon.statements.csv_rows import Lines, physical_lines, rows
from recon.statements.decode import clean, decode
from recon.statements.delimited import read_delimited
from recon.statements.headings import meaning_of
from recon.statements.profile import LISTED, profile_from_toml
from recon.statements.quarantine import TooMuchError, masked, warning

_COMMON = frozenset(("EUR", "USD", "GBP", "CHF", "CZK", "SEK", "NOK", "DKK", "PLN", "HUF", "CAD", "AUD"))
_SAMPLE = 500  # rows looked at
_PREVIEW = 5
_SIGNS = {"debit": ("D", "S", "DR", "DBIT", "debit", "Debit", "Af", "Debet", "Soll"), "credit": ("C", "H", "K", "CR")}
_CREDITS = (*_SIGNS["credit"], "CRDT", "credit", "Credit", "Bij", "Kredit", "Haben")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A profile to confirm: `questions` must be answered in the TOML first, `preview` are the first lines it reads."""

    toml: str
    questions: tuple[Problem, ...]
    preview: tuple[StatementLine, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    delimiter: str
    header: tuple[str, ...]  # empty: none
    columns: tuple[Column, ...]
    charset: str
    ends_open: bool


def propose(content: bytes, name: str) -> Proposed:
    """Propose a profile for a delimited file."""
    decoding = decode(content)
    try:
        table = _table(physical_lines(decoding), decoding.charset)
    except TooMuchError as reason:
        return Proposed("", (warning(name, str(reason), "Propose from a file of a shorter period"),))
    if table is None:
        what = "no line is split into columns by comma, semicolon, tab or bar"
        return Proposed("", (warning(name, what, "Export the statement as CSV, one row per transaction"),))
    questions: list[Problem] = []
    toml = _toml(table, name, questions)
    return Proposed(toml, tuple(questions), () if questions else _preview(content, name, toml))


def _preview(content: bytes, name: str, toml: str) -> tuple[StatementLine, ...]:
    reading = try_profile(content, name, toml)
    return tuple(line for statement in reading.statements for line in statement.lines)[:_PREVIEW]


def try_profile(content: bytes, name: str, toml: str, account_currency: str | None = None) -> Reading:
    """Return what a profile makes of a file. Raises UsageError while a question is open."""
    return read_delimited(content, name, (), profile_from_toml(toml, name), account_currency)


def _table(lines: Lines, charset: str) -> _Table | None:
    best = max((_shape(lines, delimiter) for delimiter in ",;\t|"), key=lambda shape: shape[:2])
    agreeing, width, delimiter = best
    if width < 2 or not agreeing:
        return None
    found = [row for row in rows(lines, delimiter, last=2 * _SAMPLE) if len(row.fields) == width][:_SAMPLE]
    at = next((place for place, row in enumerate(found[:20]) if _is_header(row.fields)), None)
    header = tuple(field.strip() for field in found[at].fields) if at is not None else ()
    body = [row.fields for row in found[(at + 1) if at is not None else 0 :]]
    columns = [
        column_evidence(place + 1, header[place] if header else "", [fields[place] for fields in body])
        for place in range(width)
    ]
    return _Table(delimiter, header, tuple(columns), charset, not lines.is_terminated)


def _shape(lines: Lines, delimiter: str) -> tuple[int, int, str]:
    """Return how many rows agree on a number of columns, weighed by that number, and the number."""
    widths = Counter(len(headings(text, delimiter)) for text in lines.texts[:_SAMPLE] if text.strip())
    widths.pop(1, None)
    if not widths:
        return 0, 0, delimiter
    width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
    return agreeing, width, delimiter


def _is_header(fields: Sequence[str]) -> bool:
    """A header names: most cells are filled, none is a day or an amount."""
    filled = [field.strip() for field in fields if field.strip()]
    has_digits = any(re.match(r"[-+$€£(]*[0-9]", field) for field in filled)
    return len(filled) >= max(2, len(fields) // 2) and not has_digits and any(meaning_of(field) for field in filled)


def _toml(table: _Table, name: str, questions: list[Problem]) -> str:
    meanings = _meanings(table, name, questions)
    parts = [
        f"name = {_quoted(re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')[:40] or 'proposed')}",
        f"detect = {_quoted('header' if table.header else 'explicit')}",
        "",
        "[file]",
        f"delimiter = {_quoted('tab' if table.delimiter == chr(9) else table.delimiter)}",
        f"charset = {_quoted('' if table.charset in ('ascii', 'utf-8') else table.charset)}",
        f"header = {_list(table.header)}" if table.header else f"width = {len(table.columns)}",
        *_open_end(table, name, questions),
        "",
        *_columns_section(meanings, table),
        "",
        *_days_section(meanings, name, questions),
        "",
        *_numbers_section(meanings, name, questions),
        *_sign_section(meanings, name, questions),
        *_state_section(meanings),
        *_currency_section(meanings, name, questions),
    ]
    return "\n".join(parts) + "\n"


def _open_end(table: _Table, name: str, questions: list[Problem]) -> list[str]:
    if not table.ends_open:
        return []
    remedy = (
        "Set file.may_end_open to true if the bank always ends its files so and the last row is whole, else to false"
    )
    questions.append(_ask(name, "the last row has no line end: it may be cut", remedy))
    return ['may_end_open = "?"']


def _meanings(table: _Table, name: str, questions: list[Problem]) -> dict[str, list[Column]]:
    """Assign columns to meanings: the kind of the cells must fit what the heading says."""
    found: dict[str, list[Column]] = {}
    for column in table.columns:
        meaning = _meaning(column, found)
        if meaning and (meaning in LISTED or meaning not in found):
            found.setdefault(meaning, []).append(column)
    alone = {"debit", "credit"} & found.keys()
    if "amount" not in found and len(alone) == 1 and any("-" in cell for cell in found[min(alone)][0].cells):
        found["amount"] = found.pop(alone.pop())  # one column with signs of its own, whatever it is called
    if "amount" in found:
        for side in ("debit", "credit"):
            found.pop(side, None)
    _ask_for_missing(found, name, questions)
    return found


_WANTED_KIND = {
    **dict.fromkeys(("booked_on", "valued_on"), Column.is_days),
    **dict.fromkeys(("amount", "balance", "debit", "credit"), Column.is_amounts),
    "currency": Column.is_currencies,
}


def _meaning(column: Column, found: dict[str, list[Column]]) -> str:
    said = meaning_of(column.heading)
    if said in _WANTED_KIND:
        return said if _WANTED_KIND[said].__get__(column) or not column.cells else _by_cells(column, found)
    if said == "sign" and not _is_sign(column):
        return "kind"
    return said or _by_cells(column, found)


def _by_cells(column: Column, found: dict[str, list[Column]]) -> str:
    if column.is_days:
        return "valued_on" if "booked_on" in found else "booked_on"
    if column.is_currencies:
        return "currency"
    if column.is_ibans:
        return "payer_account" if "account" in found or len(set(column.cells)) > 1 else "account"
    if not column.heading and column.is_amounts:
        return "" if "amount" in found else "amount"
    return "remittance" if not column.heading and column.filled > 0.5 and not column.numeric else ""


def _is_sign(column: Column) -> bool:
    known = {*_SIGNS["debit"], *_CREDITS}
    return bool(column.cells) and set(column.cells) <= known


def _ask_for_missing(found: dict[str, list[Column]], name: str, questions: list[Problem]) -> None:
    if "booked_on" not in found:
        questions.append(_ask(name, "no column holds a day in every row", "Set columns.booked_on and days.booked_on"))
    if not {"amount", "debit"} & found.keys():
        questions.append(_ask(name, "no column is surely the amount", "Set columns.amount, or debit and credit"))
    elif "amount" not in found and "credit" not in found:
        questions.append(_ask(name, "there is a debit column but no credit column", "Set columns.credit"))


def _ask(name: str, what: str, remedy: str) -> Problem:
    return warning(name, what, remedy)


def _columns_section(meanings: dict[str, list[Column]], table: _Table) -> list[str]:
    lines = ["[columns]"]
    for meaning, columns in meanings.items():
        names = [_quoted(c.heading) if table.header.count(c.heading) == 1 else str(c.place) for c in columns]
        value = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        sample = clean(masked(next(iter(columns[0].cells), ""))[:30])
        lines.append(f"{meaning} = {value}  # {columns[0].filled:.0%} filled, for example: {sample}")
    return lines


def _days_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    lines = ["[days]"]
    for meaning in ("booked_on", "valued_on"):
        if meaning not in meanings:
            continue
        column = meanings[meaning][0]
        lines.append(f"{meaning} = {_list([_one_day_format(column, meaning, name, questions)])}")
    return lines


def _one_day_format(column: Column, meaning: str, name: str, questions: list[Problem]) -> str:
    if len(column.day_formats) == 1:
        return column.day_formats[0]
    choices = " or ".join(column.day_formats[:4]) or "a format such as DD.MM.YYYY"
    example = next(iter(column.cells), "")[:20]
    what = f"the days of {column.heading or column.place!r} can be read in more than one way, {example!r} for one"
    questions.append(_ask(name, what, f"Set days.{meaning} to {choices}"))
    return "?"


def _numbers_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    columns = [column for side in ("amount", "debit", "credit", "balance") for column in meanings.get(side, ())]
    cells = [cell for column in columns for cell in column.cells]
    marks = decimal_marks(cells)
    decimal = marks[0]
    if len(marks) > 1 and any(mark in cell for cell in cells for mark in ".,"):
        example = next(cell for cell in cells if "." in cell or "," in cell)
        what = f"the amounts do not say which mark is decimal: is {example!r} thousands or decimals?"
        remedy = "Set numbers.decimal to '.' or ',', and numbers.group to the other if it groups"
        questions.append(_ask(name, what, remedy))
        decimal = "?"
    negatives = negatives_in(cells)
    return [
        "[numbers]",
        f"decimal = {_quoted(decimal)}",
        f"group = {_quoted(group_mark(cells, decimal) if decimal != '?' else '')}",
        f"symbols = {_list(symbols_in(cells))}",
        f"negative = {_list(negatives)}",
        *_debit_sign(meanings),
    ]


def _debit_sign(meanings: dict[str, list[Column]]) -> list[str]:
    cells = [cell for column in meanings.get("debit", ()) for cell in column.cells]
    return ["debit_negative = true"] if cells and all("-" in cell for cell in cells) else []


def _sign_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    if "sign" in meanings:
        words = sorted(set(meanings["sign"][0].cells))
        debit = [word for word in words if word not in _CREDITS]
        return ["", "[sign]", f"debit = {_list(debit)}", f"credit = {_list([w for w in words if w in _CREDITS])}"]
    amounts = [cell for column in meanings.get("amount", ()) for cell in column.cells]
    if amounts and not any(re.search(r"[-\u2212(]", cell) for cell in amounts):
        what = "no amount is negative and no column says debit or credit"
        remedy = "Set numbers.inverted to false if all of them are money in, to true if money out"
        questions.append(_ask(name, what, remedy))
        return ['inverted = "?"']
    return []


def _state_section(meanings: dict[str, list[Column]]) -> list[str]:
    if "state" not in meanings:
        return []
    words = sorted(set(meanings["state"][0].cells))
    pending = [word for word in words if re.search("(?i)pend|hold|auth|vorgemerkt", word)]
    return ["", "[state]", f"booked = {_list([w for w in words if w not in pending])}", f"pending = {_list(pending)}"]


def _currency_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    if "currency" in meanings:
        return []
    headings_told = " ".join(column.heading for columns in meanings.values() for column in columns)
    known = [word for word in re.findall(r"\b[A-Z]{3}\b", headings_told) if word in _COMMON]
    if known:
        return ["", "[statement]", f"currency = {_quoted(known[0])}"]
    questions.append(_ask(name, "no column says the currency", "Set statement.currency to its ISO code, such as EUR"))
    return ["", "[statement]", 'currency = "?"']


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
