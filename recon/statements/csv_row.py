"""One CSV row to a bank line by a profile, or the reason why it is none. `csv_columns` reads the common rows many at a
time, and what it leaves comes here.

Room: pure.
"""

from collections.abc import Callable, Mapping

from recon.errors import UnreadableText
from recon.model import StatementLine
from recon.statements.csv_amounts import csv_minor
from recon.statements.csv_columns import STATES, TEXTS, places_of
from recon.statements.csv_rows import Row
from recon.statements.currencies import is_statement_currency
from recon.statements.day_formats import read_day
from recon.statements.decode import clean
from recon.statements.profile import Profile
from recon.statements.references import structured_in

_OPEN_END = "the last row has no line end"


class RowReader:
    """A profile with its columns resolved to places, so that a row costs as little as it can."""

    def __init__(self, profile: Profile, told: Mapping[str, str], account_currency: str) -> None:
        self.profile = profile
        self.told = told
        self.account_currency = account_currency
        self.places = {meaning: places_of(profile, columns) for meaning, columns in profile.columns.items()}
        self.texts = [self._text_of(meaning) for meaning in TEXTS]
        self.payee = self._text_of("payee")
        self.details = [(name, places_of(profile, (column,))[0]) for name, column in profile.details.items()]
        self.booked_at = self.places["booked_on"][0]
        self.booked_formats = profile.days["booked_on"]
        self.cells = {meaning: places[0] for meaning, places in self.places.items()}
        self.words = {word: state for state in STATES for word in getattr(profile.states, state)}

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
        minor = self._amount(fields, currency)
        line = StatementLine(
            minor,
            currency,
            read_day(fields[self.booked_at], self.booked_formats),
            row.line,
            row.start,
            read_day(valued, self.profile.days["valued_on"]) if (valued := self._cell(fields, "valued_on")) else None,
            texts[0],
            texts[1],
            (minor < 0 and self.payee(fields)) or texts[2],
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
            if minor < 0:
                raise UnreadableText("the amount has a minus of its own beside the column that says its sign")
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
