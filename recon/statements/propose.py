"""A profile proposed for an unknown CSV layout: evidence per column, a preview, and every ambiguity as a question.

A question that is open stands in the TOML as "?", so the profile cannot be used before a person has answered it.

Room: pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recon.errors import Problem
from recon.model import Reading, StatementLine
from recon.statements.column_evidence import (
    BOOKED,
    Column,
    decimal_marks,
    group_mark,
    is_pending,
    is_void,
    negatives_in,
    symbols_in,
)
from recon.statements.column_meanings import (
    amounts_in_doubt,
    booking_days,
    column_meanings,
    is_credit,
    open_meanings,
)
from recon.statements.csv_notes import has_money, note_patterns, states_balance
from recon.statements.csv_rows import physical_lines
from recon.statements.csv_table import Table, find_table
from recon.statements.decode import clean, decode
from recon.statements.delimited import read_delimited
from recon.statements.headings import is_of_a_card
from recon.statements.profile import profile_from_toml
from recon.statements.quarantine import TooMuchError, masked, warning

_CODES = "EUR USD GBP CHF CZK SEK NOK DKK PLN HUF CAD AUD NZD SGD HKD JPY INR AED SAR ZAR BRL MXN RON BGN ILS MYR THB"
_COMMON = frozenset(_CODES.split())
_PREVIEW = 5


@dataclass(frozen=True, slots=True)
class Proposed:
    """A profile to confirm: `questions` must be answered in the TOML first, `preview` are the first lines it reads."""

    toml: str
    questions: tuple[Problem, ...]
    preview: tuple[StatementLine, ...] = ()


def propose(content: bytes, name: str) -> Proposed:
    """Propose a profile for a delimited file."""
    decoding = decode(content)
    try:
        table = find_table(physical_lines(decoding), decoding.charset)
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


def _toml(table: Table, name: str, questions: list[Problem]) -> str:
    meanings = column_meanings(table.columns)
    questions += [warning(name, what, remedy) for what, remedy in open_meanings(table.columns, meanings)]
    parts = [
        f"name = {_quoted(re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')[:40] or 'proposed')}",
        f"detect = {_quoted('header' if table.header else 'explicit')}",
        *_notes(table, meanings, name, questions),
        "",
        "[file]",
        f"delimiter = {_quoted('tab' if table.delimiter == chr(9) else table.delimiter)}",
        f"charset = {_quoted('' if table.charset in ('ascii', 'utf-8') else table.charset)}",
        f"header = {_list(table.header)}" if table.header else f"width = {len(table.columns)}",
        *(["pad_short_rows = true"] if table.is_short else []),
        *_surplus(table, meanings, name, questions),
        *_open_end(table, name, questions),
        "",
        *_columns_section(meanings, table),
        *_details_line(meanings, table),
        "",
        *_days_section(meanings, name, questions),
        "",
        *_numbers_section(meanings, amounts_in_doubt(table.columns, meanings), name, questions),
        *_sign_section(meanings, table.columns, name, questions),
        *_state_section(meanings, name, questions),
        *_currency_section(meanings, name, questions),
    ]
    return "\n".join(parts) + "\n"


def _notes(table: Table, meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    """Rows that are no transactions: those that say so where the others have their day, and those to ask about."""
    days = meanings.get("booked_on") or meanings.get("valued_on") or []
    begins_with_day = any(column.place == 1 and _has_digits_first(column) for column in days)
    money = [column.place - 1 for side in ("amount", "debit", "credit") for column in meanings.get(side, ())]
    patterns = note_patterns(table.below, money) if begins_with_day else []
    dated = [fields for fields in table.below if not begins_with_day or fields[0].strip()[:1].isdigit()]
    told = [found for fields in dated if has_money(fields, money) and (found := states_balance(fields))]
    if told:
        what = f"some rows state balances or totals, {clean(masked(told[0]))[:40]!r} for one: they are no movements"
        remedy = "Describe them in notes, or by a state column with its void words; or leave notes empty: they are read"
        questions.append(warning(name, what, remedy))
    open_note = ["?"] if told else []
    return [f"notes = {_list([*patterns, *open_note])}"] if patterns or told else []


def _has_digits_first(column: Column) -> bool:
    return any(not text.startswith("MMM") for text in column.day_formats)


def _surplus(table: Table, meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    """Rows with more fields than headings have several texts in the last one; nowhere else could we say which."""
    if not table.is_spilling:
        return []
    text = meanings.get("remittance", ())
    if text and text[-1].place == len(table.columns):
        return ['surplus_fields = "remittance"']
    remedy = "Set columns.remittance to the column that holds several, and file.surplus_fields to 'remittance'"
    questions.append(warning(name, "some rows have more fields than the header has columns", remedy))
    return ['surplus_fields = "?"']


def _open_end(table: Table, name: str, questions: list[Problem]) -> list[str]:
    if not table.ends_open:
        return []
    remedy = (
        "Set file.may_end_open to true if the bank always ends its files so and the last row is whole, else to false"
    )
    questions.append(warning(name, "the last row has no line end: it may be cut", remedy))
    return ['may_end_open = "?"']


def _columns_section(meanings: dict[str, list[Column]], table: Table) -> list[str]:
    lines = ["[columns]"]
    if "booked_on" not in meanings:
        lines.append('booked_on = "?"')
    doubtful = amounts_in_doubt(table.columns, meanings)
    if doubtful or not {"amount", "debit"} & meanings.keys():
        lines.append('amount = "?"')
    for meaning, columns in meanings.items():
        if doubtful and (meaning == "amount" or columns[0] in doubtful):
            continue
        names = [_name_of(column, table) for column in columns]
        value = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        if meaning == "booked_on" and booking_days(table.columns):
            value = '"?"'
        sample = clean(masked(next(iter(columns[0].cells), ""))[:30])
        lines.append(f"{meaning} = {value}  # {columns[0].filled:.0%} filled, for example: {sample}")
    return lines


def _details_line(meanings: dict[str, list[Column]], table: Table) -> list[str]:
    """Keep what has no meaning of its own, so that nothing the bank tells is lost."""
    used = {column.place for columns in meanings.values() for column in columns}
    rest = [column for column in table.columns if column.place not in used and column.cells]
    if not rest:
        return []
    return [f"details = {{ {', '.join(f'{_key_of(column, table)} = {_name_of(column, table)}' for column in rest)} }}"]


def _key_of(column: Column, table: Table) -> str:
    is_name = column.heading and table.header.count(column.heading) == 1
    return _quoted(column.heading if is_name else f"column {column.place}")


def _name_of(column: Column, table: Table) -> str:
    is_name = column.heading and table.header.count(column.heading) == 1
    return _quoted(column.heading) if is_name else str(column.place)


def _days_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    lines = ["[days]"]
    if "booked_on" not in meanings:
        valued = meanings["valued_on"][0].day_formats if "valued_on" in meanings else ()
        lines.append(f"booked_on = {_list(valued if len(valued) == 1 else ['?'])}")
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
    questions.append(warning(name, what, f"Set days.{meaning} to {choices}"))
    return "?"


def _numbers_section(
    meanings: dict[str, list[Column]], doubtful: Sequence[Column], name: str, questions: list[Problem]
) -> list[str]:
    columns = [column for side in ("amount", "debit", "credit", "balance") for column in meanings.get(side, ())]
    cells = [cell for column in (*columns, *doubtful) for cell in column.cells]
    marks = decimal_marks(cells)
    decimal = marks[0]
    if not cells:
        questions.append(warning(name, "no amount says which mark is decimal", "Set numbers.decimal to '.' or ','"))
        decimal = "?"
    elif len(marks) > 1 and any(mark in cell for cell in cells for mark in ".,"):
        example = next(cell for cell in cells if "." in cell or "," in cell)
        what = f"the amounts do not say which mark is decimal: {example!r} may be thousands or decimals"
        remedy = (
            "Set numbers.decimal to '.' or ',', and numbers.group to the other if it groups; if the bank writes three"
            " decimals, numbers.decimals to 3"
        )
        questions.append(warning(name, what, remedy))
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


def _sign_section(
    meanings: dict[str, list[Column]], columns: Sequence[Column], name: str, questions: list[Problem]
) -> list[str]:
    if "sign" in meanings:
        words = sorted(set(meanings["sign"][0].cells))
        debit, credit = [w for w in words if not is_credit(w)], [w for w in words if is_credit(w)]
        return ["", "[sign]", f"debit = {_list(debit)}", f"credit = {_list(credit)}"]
    amounts = [cell for column in meanings.get("amount", ()) for cell in column.cells]
    if amounts and any(is_of_a_card(column.heading) for column in columns):
        what = "this is a card account, and some issuers write purchases as positive amounts"
        remedy = "Set numbers.inverted to true if purchases stand without minus, else to false"
        questions.append(warning(name, what, remedy))
        return ['inverted = "?"']
    if (
        amounts
        and not amounts_in_doubt(columns, meanings)
        and not any(re.search(r"[-\u2212(]", cell) for cell in amounts)
    ):
        what = "no amount is negative and no column says debit or credit"
        remedy = "Set numbers.inverted to false if all of them are money in, to true if money out"
        questions.append(warning(name, what, remedy))
        return ['inverted = "?"']
    return []


def _state_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    if "state" not in meanings:
        return []
    words = sorted(set(meanings["state"][0].cells))
    pending, void = [word for word in words if is_pending(word)], [word for word in words if is_void(word)]
    booked = _list([word for word in words if word not in (*pending, *void)])
    if booked == "[]":
        remedy = "Set state.booked to the words of booked rows, once the bank has booked some"
        questions.append(warning(name, "no row of the state column is booked", remedy))
        booked = _quoted("?")
    if unknown := [word for word in words if word not in (*pending, *void, *BOOKED)]:
        what = f"the state column says {clean(unknown[0])[:40]!r}: are such rows booked?"
        remedy = (
            f"Set state.booked to the words of booked rows, such as {booked}, state.void to those that moved nothing"
        )
        questions.append(warning(name, what, remedy))
        booked = _quoted("?")
    return ["", "[state]", f"booked = {booked}", f"pending = {_list(pending)}", f"void = {_list(void)}"]


def _currency_section(meanings: dict[str, list[Column]], name: str, questions: list[Problem]) -> list[str]:
    if "currency" in meanings:
        return []
    columns = [column for held in meanings.values() for column in held]
    told = [text for column in columns for text in (column.heading, *symbols_in(column.cells))]
    if any("\u20ac" in text for text in told):
        return ["", "[statement]", 'currency = "EUR"']
    money = [column for side in ("amount", "debit", "credit", "balance") for column in meanings.get(side, ())]
    words = {word for text in told for word in re.findall(r"\b[A-Z]{3}\b", text) if word in _COMMON}
    symbols = {symbol for column in money for symbol in symbols_in(column.cells) if symbol in _COMMON}
    known = symbols or words
    if len(known) == 1:
        return ["", "[statement]", f"currency = {_quoted(known.pop())}"]
    questions.append(
        warning(name, "no column says the currency", "Set statement.currency to its ISO code, such as EUR")
    )
    return ["", "[statement]", 'currency = "?"']


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
