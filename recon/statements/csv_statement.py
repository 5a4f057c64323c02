"""A delimited file to statements, by a profile. Every row is a line, a note the profile knows, blank, void or
quarantined.

Room: pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from recon.errors import Problem, UnreadableText
from recon.model import Reading, Statement, StatementLine
from recon.statements.balance_chain import Link, prove_chain
from recon.statements.csv_amounts import csv_minor
from recon.statements.csv_layout import Layout
from recon.statements.csv_rows import Lines, Row, rows
from recon.statements.currencies import is_statement_currency
from recon.statements.day_formats import read_day
from recon.statements.decode import Decoding, clean
from recon.statements.identity import reused_bank_ids
from recon.statements.profile import Column, Profile
from recon.statements.quarantine import check_problems, file_refused, row_problem, warning
from recon.statements.references import structured_in

_STATES = ("booked", "pending", "void")
_OPEN_END = "the last row has no line end"
_TEXTS = ("bank_id", "kind", "payer", "payer_account", "remittance", "reference", "end_to_end_id", "check_number")


@dataclass(slots=True)
class _Account:
    """What has been gathered of one account and currency."""

    lines: list[StatementLine] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class _Gathered:
    """All of one file."""

    accounts: dict[tuple[str, str], _Account] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    void: int = 0


def read_csv(decoding: Decoding, lines: Lines, name: str, layout: Layout, account_currency: str | None) -> Reading:
    """Read the rows below the header. A layout that yields no row at all is refused: it has changed, or the file is
    cut."""
    profile = layout.profile
    gathered = _Gathered()
    if decoding.mismatch:
        gathered.problems.append(warning(name, decoding.mismatch, "Check names with unusual letters"))
    for text in lines.texts[: max(layout.header_at, 0)]:
        _take_note(text, profile, gathered.told)
    reader = _RowReader(profile, gathered.told, account_currency or "")
    for row in rows(lines, profile.delimiter, profile.quote, layout.header_at + 1):
        _take(row, lines, decoding, reader, gathered, name)
    if refusal := _refusal(gathered, profile, name):
        return refusal
    statements = [_statement(key, account, gathered, reader) for key, account in gathered.accounts.items()]
    return Reading("csv", tuple(statements), (*gathered.problems, *_remarks(statements, gathered, name)))


def _refusal(gathered: _Gathered, profile: Profile, name: str) -> Reading | None:
    found = gathered.accounts or gathered.void or any(problem.quarantined for problem in gathered.problems)
    if found or profile.may_be_empty:
        return None
    remedy = "If the statement is truly empty, set file.may_be_empty in the profile; else download it again"
    return file_refused("csv", name, f"the file has the header of {profile.name!r} but no row", remedy)


def _take(row: Row, lines: Lines, decoding: Decoding, reader: "_RowReader", gathered: _Gathered, name: str) -> None:
    profile = reader.profile
    if profile.notes and _take_note(lines.texts[row.line - 1], profile, gathered.told):
        return
    if not any(map(str.strip, row.fields)) and not row.fault:
        return
    try:
        found = reader.line(row)
    except UnreadableText as reason:
        raw = decoding.content[row.start : row.end]
        gathered.problems.append(row_problem(name, row.line, str(reason), raw, row.start))
        check_problems(gathered.problems)
        return
    if found is None:
        gathered.void += 1
        return
    account, line, balance = found
    held = gathered.accounts.setdefault((account, line.currency), _Account())
    held.lines.append(line)
    if not line.pending:
        held.links.append(Link(line.amount_minor, balance, line.booked_on, line.source_line))


def _take_note(text: str, profile: Profile, told: dict[str, str]) -> bool:
    for pattern in profile.notes:
        if match := pattern.search(text.rstrip("\r\n")):
            told |= {name: value.strip() for name, value in match.groupdict().items() if value}
            return True
    return False


class _RowReader:
    """A profile with its columns resolved to places, so that a row costs as little as it can."""

    def __init__(self, profile: Profile, told: dict[str, str], account_currency: str) -> None:
        self.profile = profile
        self.told = told
        self.account_currency = account_currency
        self.places = {meaning: self._places(columns) for meaning, columns in profile.columns.items()}
        self.texts = [self._text_of(meaning) for meaning in _TEXTS]
        self.details = [(name, self._places((column,))[0]) for name, column in profile.details.items()]
        self.booked_at = self.places["booked_on"][0]
        self.booked_formats = profile.days["booked_on"]
        self.cells = {meaning: places[0] for meaning, places in self.places.items()}
        self.words = {word: state for state in _STATES for word in getattr(profile.states, state)}

    def _places(self, columns: Sequence[Column]) -> tuple[int, ...]:
        header = self.profile.header
        return tuple(column - 1 if isinstance(column, int) else header.index(column) for column in columns)

    def _text_of(self, meaning: str) -> Callable[[list[str]], str]:
        places = self.places.get(meaning, ())
        if not places:
            return lambda fields: ""
        if len(places) == 1:
            place = places[0]
            return lambda fields: clean(fields[place])
        return lambda fields: " ".join(filter(None, (clean(fields[place]) for place in places)))

    def line(self, row: Row) -> tuple[str, StatementLine, int | None] | None:
        """Return account, line and balance of a row; None when the bank says it is void. Raises UnreadableText."""
        fields = self._fields(row)
        currency = self.currency(self._cell(fields, "currency"))
        state = self._state(fields)
        if state == "void":
            return None
        texts = [text(fields) for text in self.texts]
        line = StatementLine(
            self._amount(fields, currency),
            currency,
            read_day(fields[self.booked_at], self.booked_formats),
            row.line,
            row.start,
            read_day(valued, self.profile.days["valued_on"]) if (valued := self._cell(fields, "valued_on")) else None,
            texts[0],
            texts[1],
            texts[2],
            texts[3],
            texts[4],
            texts[5] or structured_in(texts[4]),
            texts[6],
            texts[7],
            state == "pending",
            booked_at=self._cell(fields, "booked_at"),
            details=tuple((name, clean(fields[place])) for name, place in self.details if fields[place].strip()),
        )
        balance = self._cell(fields, "balance")
        account = self._cell(fields, "account") or self.told.get("account", "") or self.profile.account
        return account, line, csv_minor(balance, self.profile.numbers, currency) if balance else None

    def _fields(self, row: Row) -> list[str]:
        if row.fault and not (row.fault.startswith(_OPEN_END) and self.profile.may_end_open):
            raise UnreadableText(row.fault)
        fields, width = row.fields, self.profile.width
        while len(fields) > width and not fields[-1].strip():
            fields = fields[:-1]
        if len(fields) > width and self.profile.spills_into:
            return self._spilled(fields, width)
        if len(fields) < width and self.profile.pads_short_rows and not row.fault:
            fields = fields + [""] * (width - len(fields))
        if len(fields) != width:
            raise UnreadableText(f"the row has {len(fields)} fields, the layout {width}")
        return fields

    def _spilled(self, fields: list[str], width: int) -> list[str]:
        place = self.places.get(self.profile.spills_into, (width - 1,))[-1]
        surplus = len(fields) - width
        joined = self.profile.delimiter.join(fields[place : place + surplus + 1])
        return [*fields[:place], joined, *fields[place + surplus + 1 :]]

    def _cell(self, fields: list[str], meaning: str) -> str:
        place = self.cells.get(meaning)
        return "" if place is None else fields[place].strip()

    def currency(self, cell: str = "") -> str:
        """Return the currency of a row: its cell, the file's note, the profile's, or the account's."""
        currency = cell.upper() or self.told.get("currency", "") or self.profile.currency or self.account_currency
        if not currency:
            raise UnreadableText("neither the row, the profile nor the account says a currency")
        if not is_statement_currency(currency):
            raise UnreadableText(f"{currency[:10]!r} is not a currency")
        return currency

    def _amount(self, fields: list[str], currency: str) -> int:
        numbers = self.profile.numbers
        if "amount" not in self.places:
            minor = self._debit_or_credit(fields, currency)
        elif not (cell := self._cell(fields, "amount")):
            raise UnreadableText("the row has no amount")
        else:
            minor = csv_minor(cell, numbers, currency)
        if "sign" in self.places:
            minor *= self._sign(self._cell(fields, "sign"))
        return -minor if numbers.inverted else minor

    def _debit_or_credit(self, fields: list[str], currency: str) -> int:
        numbers = self.profile.numbers
        cells = self._cell(fields, "debit"), self._cell(fields, "credit")
        debit, credit = (csv_minor(cell, numbers, currency) if cell else 0 for cell in cells)
        if debit and credit:
            raise UnreadableText("the row has a debit and a credit")
        if not any(cells):
            raise UnreadableText("the row has neither debit nor credit")
        if credit < 0 or (debit > 0 if numbers.debit_negative else debit < 0):
            raise UnreadableText("the sign contradicts the column it stands in")
        return credit - abs(debit)

    def _sign(self, word: str) -> int:
        if word not in self.profile.signs:
            known = ", ".join(map(repr, self.profile.signs))
            raise UnreadableText(f"{word[:20]!r} is no sign the profile knows: {known}")
        return self.profile.signs[word]

    def _state(self, fields: list[str]) -> str:
        if not self.words:
            return "booked"
        word = self._cell(fields, "state")
        if word not in self.words:
            raise UnreadableText(f"{word[:20]!r} is no state the profile knows")
        return self.words[word]


def _statement(key: tuple[str, str], account: _Account, gathered: _Gathered, reader: _RowReader) -> Statement:
    number, currency = key
    opening, closing = (_told_minor(gathered, reader, side, currency) for side in ("opening", "closing"))
    proved = prove_chain(account.links, opening, closing, currency, reader.profile.balance_order)
    days = sorted({line.booked_on for line in account.lines})
    return Statement(
        number,
        currency,
        tuple(account.lines),
        proved.proof,
        proved.reason,
        proved.opening_minor,
        proved.closing_minor,
        days[0],
        days[-1],
        reader.profile.kind,
    )


def _told_minor(gathered: _Gathered, reader: _RowReader, side: str, currency: str) -> int | None:
    """Return a balance the file's notes tell. It belongs to the one account of the file, or to none."""
    text = gathered.told.get(side, "")
    if not text or len(gathered.accounts) != 1:
        return None
    try:
        return csv_minor(text, reader.profile.numbers, currency)
    except UnreadableText:
        return None


def _remarks(statements: Sequence[Statement], gathered: _Gathered, name: str) -> list[Problem]:
    remarks = [problem for statement in statements for problem in reused_bank_ids(statement.lines, name)]
    if gathered.void:
        what = f"{gathered.void} rows are marked void by the bank and are no movements"
        remarks.append(warning(name, what, "Nothing to do, unless the bank later books them"))
    if any(not statement.account for statement in statements):
        remarks.append(warning(name, "the file names no account", "Say which account it is when you import it"))
    return remarks
