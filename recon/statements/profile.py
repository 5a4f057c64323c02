"""A CSV layout as data: which column is what, how numbers and days are written, what is no transaction.

Read from TOML; every key is described in docs/reference/statements.md. A profile says everything: nothing in a file is
guessed, so a key that is missing, unknown or of the wrong kind is an error that names it.

Room: pure.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recon.errors import UsageError
from recon.money import NumberStyle, is_known_currency
from recon.statements.day_formats import DayFormat, day_format

Column = str | int  # its header, or its number from 1

_MEANINGS = """
    booked_on valued_on booked_at amount debit credit balance currency account bank_id kind payer payee payer_account
    remittance reference end_to_end_id check_number state sign
"""
MEANINGS = tuple(_MEANINGS.split())
LISTED = frozenset(("remittance", "payer", "payee", "bank_id", "reference"))  # these may be made of several columns
NEGATIVES = ("minus", "trailing minus", "parentheses", "unicode minus")


@dataclass(frozen=True, slots=True)
class Numbers:
    """How amounts are written. `decimals` is the most a bank writes; None: what the currency has."""

    style: NumberStyle
    symbols: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ("minus",)
    decimals: int | None = None
    inverted: bool = False  # money in is written negative, as card issuers do
    debit_negative: bool = False  # the debit column carries a minus of its own


@dataclass(frozen=True, slots=True)
class States:
    """What the words of a state or sign column mean; a word that is not listed quarantines its row."""

    booked: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    void: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Profile:
    """One layout of one bank. Build it with `profile_from_toml`."""

    name: str
    title: str
    header: tuple[str, ...]  # empty: the file has no header, and the profile must be chosen by hand
    width: int  # columns
    delimiter: str
    quote: str
    charset: str
    is_automatic: bool  # whether the header alone chooses this profile
    columns: Mapping[str, tuple[Column, ...]]
    details: Mapping[str, Column]
    numbers: Numbers
    days: Mapping[str, tuple[DayFormat, ...]]
    signs: Mapping[str, int]  # word of the sign column -> +1 or -1
    states: States
    notes: tuple[re.Pattern[str], ...]  # lines that are no transactions; groups name what they tell
    currency: str
    account: str
    kind: str
    balance_order: str  # ascending, descending, any
    pads_short_rows: bool
    spills_into: str  # where surplus fields go: "" (quarantine) or remittance
    may_be_empty: bool
    may_end_open: bool  # the bank does not end its last row with a line end


def profile_from_toml(text: str, source: str = "profile") -> Profile:
    """Return the profile of a TOML text. Raises UsageError that names the key at fault; `source` is the file's name."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source} is no TOML: {error}", "Correct the line it names") from None
    return _Keys(told, source).profile()


class _Keys:
    """Takes a parsed TOML document apart, key by key, and complains about what is left over."""

    def __init__(self, told: dict[str, Any], source: str) -> None:
        self.told, self.source, self.taken = told, source, set[str]()

    def fault(self, key: str, what: str) -> UsageError:
        return UsageError(f"{self.source}: {key}: {what}", "See the profile keys in docs/reference/statements.md")

    def take(self, key: str, kind: type, default: Any = None) -> Any:
        """Return the value of a dotted key, of the given kind; without default it must be there."""
        self.taken.add(key)
        place: Any = self.told
        for part in key.split("."):
            place = place.get(part) if isinstance(place, dict) else None
        if place is None:
            if default is None:
                raise self.fault(key, "is missing")
            return default
        if not isinstance(place, kind) or (kind is int and isinstance(place, bool)):
            raise self.fault(key, f"must be a {_WORDS[kind]}, not {place!r}")
        return place

    def words(self, key: str) -> tuple[str, ...]:
        value = self.take(key, list, [])
        if not all(isinstance(word, str) for word in value):
            raise self.fault(key, "must be a list of texts")
        return tuple(value)

    def one_of(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value: str = self.take(key, str, default)
        if value not in choices:
            raise self.fault(key, f"must be one of {', '.join(map(repr, choices))}, not {value!r}")
        return value

    def profile(self) -> Profile:
        header = tuple(heading.strip() for heading in self.words("file.header"))
        columns = self._columns(header)
        profile = Profile(
            name=self.take("name", str),
            title=self.take("title", str, ""),
            header=header,
            width=len(header) or self.take("file.width", int),
            delimiter=self._character("file.delimiter", ","),
            quote=self._character("file.quote", '"') if self.take("file.quote", str, '"') else "",
            charset=self.take("file.charset", str, ""),
            is_automatic=self.one_of("detect", ("header", "explicit"), "header") == "header" and bool(header),
            columns=columns,
            details=self._details(header),
            numbers=self._numbers(),
            days=self._days(columns),
            signs=self._signs(),
            states=States(*(frozenset(self.words(f"state.{name}")) for name in ("booked", "pending", "void"))),
            notes=self._notes(),
            currency=self._currency(),
            account=self.take("statement.account", str, ""),
            kind=self.one_of("statement.kind", ("bank", "credit card", "investment cash"), "bank"),
            balance_order=self.one_of("statement.balance_order", ("ascending", "descending", "any"), "any"),
            pads_short_rows=self.take("file.pad_short_rows", bool, False),
            spills_into=self.one_of("file.surplus_fields", ("", "remittance"), ""),
            may_be_empty=self.take("file.may_be_empty", bool, False),
            may_end_open=self.take("file.may_end_open", bool, False),
        )
        self._check(profile)
        return profile

    def _character(self, key: str, default: str) -> str:
        value: str = self.take(key, str, default)
        value = {"tab": "\t"}.get(value, value)
        if len(value) != 1:
            raise self.fault(key, f"must be one character or 'tab', not {value!r}")
        return value

    def _columns(self, header: tuple[str, ...]) -> dict[str, tuple[Column, ...]]:
        found: dict[str, tuple[Column, ...]] = {}
        for meaning, value in self.take("columns", dict).items():
            key = f"columns.{meaning}"
            if meaning == "details":
                continue
            if meaning not in MEANINGS:
                raise self.fault(key, f"is no meaning we know; there are {', '.join(MEANINGS)} and details")
            names = tuple(value) if isinstance(value, list) else (value,)
            if len(names) != 1 and meaning not in LISTED:
                raise self.fault(key, "is one column, not a list")
            found[meaning] = tuple(self._column(key, name, header) for name in names)
        return found

    def _column(self, key: str, name: Any, header: tuple[str, ...]) -> Column:
        width = len(header) or self.take("file.width", int)
        if isinstance(name, int) and not isinstance(name, bool) and 1 <= name <= width:
            return name
        if not isinstance(name, str) or header.count(name) != 1:
            raise self.fault(key, f"{name!r} is not one column of the {width} in file.header")
        return name

    def _details(self, header: tuple[str, ...]) -> dict[str, Column]:
        told = self.take("columns.details", dict, {})
        return {name: self._column(f"columns.details.{name}", column, header) for name, column in told.items()}

    def _numbers(self) -> Numbers:
        decimal = self.one_of("numbers.decimal", (".", ","), "")
        group = self.one_of("numbers.group", ("", ".", ",", " ", "'", "\u00a0", "\u202f", "\u2019"), "")
        negatives = self.words("numbers.negative") or ("minus",)
        if unknown := set(negatives) - set(NEGATIVES):
            raise self.fault("numbers.negative", f"{unknown.pop()!r} is none of {', '.join(NEGATIVES)}")
        if group == decimal:
            raise self.fault("numbers.group", "must differ from numbers.decimal")
        decimals = self.take("numbers.decimals", int, -1)
        return Numbers(
            NumberStyle(decimal, group),
            self.words("numbers.symbols"),
            negatives,
            None if decimals < 0 else decimals,
            self.take("numbers.inverted", bool, False),
            self.take("numbers.debit_negative", bool, False),
        )

    def _days(self, columns: Mapping[str, Any]) -> dict[str, tuple[DayFormat, ...]]:
        found = {}
        for meaning in ("booked_on", "valued_on"):
            if meaning not in columns:
                continue
            told = self.take(f"days.{meaning}", list, self.take("days.booked_on", list))
            try:
                found[meaning] = tuple(day_format(text) for text in told)
            except (ValueError, TypeError) as error:
                raise self.fault(f"days.{meaning}", str(error)) from None
        return found

    def _signs(self) -> dict[str, int]:
        debit, credit = self.words("sign.debit"), self.words("sign.credit")
        return dict.fromkeys(debit, -1) | dict.fromkeys(credit, 1)

    def _notes(self) -> tuple[re.Pattern[str], ...]:
        patterns = []
        for text in self.words("notes"):
            try:
                pattern = re.compile(text)
            except re.error as error:
                raise self.fault("notes", f"{text!r} is no pattern: {error}") from None
            if unknown := pattern.groupindex.keys() - {"account", "currency", "opening", "closing"}:
                raise self.fault("notes", f"{sorted(unknown)[0]!r} is none of account, currency, opening, closing")
            patterns.append(pattern)
        return tuple(patterns)

    def _currency(self) -> str:
        currency: str = self.take("statement.currency", str, "")
        if currency and not is_known_currency(currency):
            raise self.fault("statement.currency", f"{currency!r} is not a currency")
        return currency

    def _check(self, profile: Profile) -> None:
        columns = profile.columns
        if "booked_on" not in columns:
            raise self.fault("columns.booked_on", "is missing")
        if ("amount" in columns) == ("debit" in columns or "credit" in columns):
            raise self.fault("columns.amount", "must be there, or debit and credit instead of it")
        if ("debit" in columns) != ("credit" in columns):
            raise self.fault("columns.debit", "debit and credit belong together")
        if ("sign" in columns) != bool(profile.signs):
            raise self.fault("sign", "a sign column needs sign.debit and sign.credit, and they need it")
        if ("state" in columns) != bool(profile.states.booked):
            raise self.fault("state", "a state column needs state.booked, and it needs the column")
        known = {key.partition(".")[0] for key in self.taken}
        self._no_surplus("", self.told, known)

    def _no_surplus(self, prefix: str, told: dict[str, Any], known: set[str]) -> None:
        for key, value in told.items():
            full = prefix + key
            if full not in self.taken and key not in known:
                raise self.fault(full, "is no key of a profile")
            if isinstance(value, dict) and full not in ("columns", "columns.details"):
                taken = {name.rpartition(".")[2] for name in self.taken if name.startswith(full + ".")}
                self._no_surplus(full + ".", value, taken)


_WORDS = {str: "text", int: "number", bool: "true or false", list: "list", dict: "table"}
