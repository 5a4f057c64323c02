"""BAI2 records: continuations joined, amounts and funds types taken apart.

Room: pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from recon.errors import UnreadableText
from recon.model import StatementLine
from recon.statements.bankdays import short_day
from recon.statements.csv_rows import FIELD_LIMIT, physical_lines
from recon.statements.decode import Decoding, clean
from recon.statements.references import structured_in

_MARK = re.compile(r"^([A-Z]{2,4}): ?(.*)$")  # banks put named values into continuation records
_EXTRA_FIELDS = {"V": 2, "S": 3}  # value date and time; three availability amounts


class ControlError(ValueError):
    """A control total, record count or the order of records is wrong. The message names the line."""


@dataclass(frozen=True, slots=True)
class Record:
    """One logical record: its code, its fields with those of its continuations, and what its text lines say."""

    code: str
    fields: tuple[str, ...]
    texts: tuple[str, ...]  # the continuation lines as written
    line: int
    physical: int  # records counted, continuations included
    start: int
    end: int

    def field(self, place: int) -> str:
        """Return a field by its place after the code, from 1; "" when the record is shorter."""
        return self.fields[place - 1] if place <= len(self.fields) else ""


@dataclass(slots=True)
class Amounts:
    """What an account record states: balances by type code, and the sum its trailer must include."""

    balances: dict[str, int] = field(default_factory=dict)
    total: int = 0


_Piece = tuple[str, int, int, int]  # text, line, first byte, the byte after it
_CODE = re.compile("(?:01|02|03|16|49|88|98|99),")
_NEXT = re.compile(rf"(?<=/)[ \t]*(?={_CODE.pattern})")


def records(decoding: Decoding) -> Iterator[Record]:
    """Yield the logical records of a file with one record on each line, as the specification has it."""
    return _joined(_pieces(decoding))


def loose_records(decoding: Decoding) -> Iterator[Record]:
    """Yield the logical records of a file whose lines are not its records: several stand on a line, and texts go on
    without an 88 record. Nothing but its control totals can say whether this is what was meant.
    """
    found: list[_Piece] = []
    for line in _pieces(decoding):
        for piece in _apart(line, decoding.charset):
            if found and not _CODE.match(piece[0]):
                text, number, start, _ = found.pop()
                piece = (f"{text} {piece[0]}", number, start, piece[3])
            found.append(piece)
    return _joined(iter(found))


def _apart(piece: _Piece, charset: str) -> Iterator[_Piece]:
    """Yield the records of one line: each ends with a stroke."""
    text, line, start, end = piece
    at = 0
    for match in _NEXT.finditer(text):
        yield text[at : match.start()], line, start, start + len(text[at : match.start()].encode(charset, "replace"))
        start += len(text[at : match.end()].encode(charset, "replace"))
        at = match.end()
    yield text[at:], line, start, end


def _pieces(decoding: Decoding) -> Iterator[_Piece]:
    lines = physical_lines(decoding)
    for place, raw in enumerate(lines.texts()):
        if text := raw.strip("\r\n\ufeff\x1a "):
            yield text, place + 1, int(lines.starts[place]), int(lines.starts[place + 1])


def _joined(pieces: Iterator[_Piece]) -> Iterator[Record]:
    held: list[_Piece] = []
    for piece in pieces:
        if held and not piece[0].startswith("88,"):
            yield _record(held)
            held = []
        held.append(piece)
    if held:
        yield _record(held)


def _record(held: list[_Piece]) -> Record:
    code, _, rest = held[0][0].partition(",")
    continued = [text[3:] for text, *_ in held[1:]]
    # The text of a transaction may hold commas and strokes: its continuations are text, not fields.
    pieces = (rest,) if code == "16" else (rest, *continued)
    fields = [part for piece in pieces for part in _split(piece)]
    return Record(code, tuple(fields), tuple(continued), held[0][1], len(held), held[0][2], held[-1][3])


def _split(text: str) -> list[str]:
    """Split at commas; the stroke at the end is no part of the last field."""
    return text.rstrip().removesuffix("/").split(",")


def whole(text: str, record: Record) -> int:
    """Return a whole number with an optional sign; blank is 0. Raises ControlError."""
    stripped = text.strip()
    if not stripped:
        return 0
    if not re.fullmatch("[+-]?[0-9]{1,18}", stripped):
        raise ControlError(f"line {record.line}: {stripped[:30]!r} is not an amount or count")
    return int(stripped)


def account_amounts(record: Record) -> Amounts:
    """Read the repeating part of an account record: type, amount, item count, funds type with its own fields."""
    found, fields, at = Amounts(), record.fields, 2
    while at < len(fields):
        if not fields[at].strip():  # banks leave summaries blank, or end the record with a comma too many
            at += 1
            continue
        code, amount, _, funds = (*fields[at : at + 4], "", "", "")[:4]
        at = _after_funds(funds.strip(), fields, at + 4)
        minor = whole(amount, record)
        found.total += minor
        if amount.strip():
            found.balances[code.strip()] = minor
    return found


def _after_funds(funds: str, fields: Sequence[str], at: int) -> int:
    """Return the place after the fields that belong to a funds type whose first one is at `at`."""
    if funds == "D":
        number = fields[at].strip() if at < len(fields) else ""
        return at + 1 + 2 * (int(number) if re.fullmatch("[0-9]{1,3}", number) else 0)
    return at + _EXTRA_FIELDS.get(funds, 0)


def transaction(record: Record, currency: str, as_of: date) -> StatementLine | None:
    """Return the line of a transaction; None for type 890, which moves nothing. Raises UnreadableText."""
    code, amount, funds = (record.field(place).strip() for place in (1, 2, 3))
    at = _after_funds(funds, record.fields, 3)
    if code == "890":
        return None
    valued = record.field(4).strip() if funds == "V" else ""
    bank_reference, customer_reference, *text = [*record.fields[at:], "", ""]
    marks = [match for piece in record.texts if (match := _MARK.match(piece.strip().rstrip("/")))]
    told = {str(match[1]): str(match[2]) for match in marks}
    remittance = clean(" ".join([",".join(text).rstrip(",/ "), *(piece.rstrip("/ ") for piece in record.texts)]))
    if len(remittance) > FIELD_LIMIT:
        raise UnreadableText(f"the text of the transaction has {len(remittance):,} characters")
    sign = _sign(code)
    return StatementLine(
        sign * _unsigned(amount),
        currency,
        as_of,
        record.line,
        record.start,
        short_day(valued) if valued else None,
        clean(bank_reference),
        code,
        clean(told.get("DBNM" if sign > 0 else "CRNM", "")),
        clean(told.get("DACT" if sign > 0 else "CACT", "")),
        remittance,
        clean(customer_reference) or structured_in(remittance),
        clean(told.get("EREF", "")),
        clean(customer_reference) if code in _CHECKS else "",
        details=tuple((name, clean(value)) for name, value in told.items() if value.strip()),
    )


_CHECKS = frozenset(("475", "472", "474", "395"))


def _sign(code: str) -> int:
    """Type codes 100 to 399 are credits, 400 to 699 debits; banks' own codes are 9xx and say nothing about the sign."""
    if re.fullmatch("[1-3][0-9]{2}", code):
        return 1
    if re.fullmatch("[4-6][0-9]{2}", code):
        return -1
    raise UnreadableText(f"the type code {code[:10]!r} is neither a credit (1xx-3xx) nor a debit (4xx-6xx)")


def _unsigned(text: str) -> int:
    if not re.fullmatch(r"\+?[0-9]{1,18}", text):
        raise UnreadableText(f"{text[:30]!r} is not an amount without decimal point")
    return int(text)
