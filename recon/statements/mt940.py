"""MT940 (statement) and MT942 (interim report), with or without their SWIFT envelope.

A statement must have its account (:25:) and, for MT940, both balances: the closing balance is the only end mark the
format
has. Every :61: of the raw text is a line or a quarantined row. A field is begun only by a tag the format knows: a
wrapped
remittance may well start a line with `:26:37`. Source: SWIFT user handbook, category 9.

Room: pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from recon.errors import Problem, UnreadableText
from recon.model import Proof, Reading, Statement, StatementLine
from recon.statements.csv_rows import physical_lines
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import Decoding
from recon.statements.identity import reused_bank_ids
from recon.statements.mt940_line import Balance, read_61, read_balance, swift_minor
from recon.statements.proof import booked_minor, prove
from recon.statements.quarantine import check_problems, file_problem, file_refused, row_problem, warning
from recon.statements.swift_text import read_field_86

_TAG = re.compile(r":(20|21|25P?|28C?|60[FM]|61|86|62[FM]|64|65F?|13D?|34F|90[CD]|NS):")
_START = re.compile(r"^:20:|^:25P?:|^:60[FM]:|^:61:", re.MULTILINE)
_COUNTED = re.compile(rb"(?:^|[\r\n]):61:")


@dataclass(slots=True)
class _Field:
    """One tag with its lines."""

    tag: str
    lines: list[str]
    line: int
    byte: int
    end: int


@dataclass(slots=True)
class _Message:
    """One statement message: its fields, and whether its envelope was closed if it had one."""

    fields: list[_Field] = field(default_factory=list)
    has_envelope: bool = False
    is_closed: bool = False

    @property
    def can_end(self) -> bool:
        """Whether a hyphen may close it: after the closing balance, in an envelope, or in MT942, which has none."""
        return self.has_envelope or self.first("62F", "62M", "34F", "90C", "90D") is not None

    def first(self, *tags: str) -> _Field | None:
        return next((found for found in self.fields if found.tag in tags), None)

    def last(self, *tags: str) -> _Field | None:
        return next((found for found in reversed(self.fields) if found.tag in tags), None)


def is_mt940(head: str) -> bool:
    """Tell SWIFT fields by their tags at line starts."""
    return _START.search(_with_line_ends(head).replace("\r\n", "\n").replace("\r", "\n")) is not None


def _with_line_ends(text: str) -> str:
    """Return text whose line ends are written `@@`, as German home banking does, with line ends; any other as it is."""
    return text if "\n" in text or "@@:" not in text else text.replace("@@", "\r\n")


def read_mt940(decoding: Decoding, name: str) -> Reading:
    """Read all messages of a file. One that is not whole quarantines the file."""
    if b"\n" not in decoding.content and b"@@:" in decoding.content:
        decoding = replace(decoding, content=decoding.content.replace(b"@@", b"\r\n"))
    fields = list(_fields(decoding))
    messages = list(_messages(fields))
    format = "mt942" if any(message.first("34F", "90C", "90D", "13D") for message in messages) else "mt940"
    problems: list[Problem] = []
    if decoding.mismatch:
        problems.append(warning(name, decoding.mismatch, "Check names with unusual letters"))
    statements = []
    for message in messages:
        if fault := _fault(message, format):
            place = message.fields[0].line
            problems.append(file_problem(f"{name}, line {place}", fault))
            check_problems(problems)
            continue
        statement, found = _statement(message, decoding, format, name)
        statements.append(statement)
        problems += found
        check_problems(problems)
    if _lacks_end(messages):
        problems.append(file_problem(name, "every statement but the last has its end mark: the file is cut"))
    if messages and (page := messages[-1].last("62F", "62M")) is not None and page.tag == "62M":
        what = "the last balance is an intermediate one (:62M:): the statement goes on in another message"
        problems.append(warning(name, what, "Import the file that holds the rest as well", page.line))
    if messages and (rest := _rest(fields)):
        what = "text follows the last whole statement: the file is cut inside the next one"
        problems.append(file_problem(f"{name}, line {rest.line}", what, at=rest.byte))
    return _believed(format, statements, problems, messages, decoding, name)


def _lacks_end(messages: Sequence[_Message]) -> bool:
    """A hyphen that ends every message but the last one has been cut off."""
    return len(messages) > 1 and not messages[-1].is_closed and all(message.is_closed for message in messages[:-1])


_LAST = frozenset(("62F", "62M", "64", "65", "65F", "90C", "90D"))


def _rest(fields: Sequence[_Field]) -> _Field | None:
    """Return what stands behind the last statement and is none: the head of a message that the file does not finish."""
    last = fields[-1]
    has_text = last.tag in _LAST and any(line.strip() for line in last.lines[1:])
    return last if has_text or last.tag in ("text", "envelope") else None


def _believed(
    format: str,
    statements: list[Statement],
    problems: list[Problem],
    messages: list[_Message],
    decoding: Decoding,
    name: str,
) -> Reading:
    counted = len(_COUNTED.findall(decoding.content))
    found = sum(field.tag == "61" for message in messages for field in message.fields)
    if not messages:
        return file_refused(format, name, "the file holds no statement")
    if counted != found:
        problems.append(file_problem(name, f"the file has {counted} :61: tags, {found} stand inside statements"))
    for statement in statements:
        problems += reused_bank_ids(statement.lines, name)
    believed = not any(problem.quarantined == "file" for problem in problems)
    return Reading(format, tuple(statements) if believed else (), tuple(problems))


def _messages(fields: Sequence[_Field]) -> Iterator[_Message]:
    """Cut the text at :20:, at envelopes and at the closing hyphen."""
    message = _Message()
    for found in fields:
        if found.tag == "end" and not message.can_end:
            continue  # a hyphen in the middle: some banks write one between the balance and the lines
        if found.tag in ("end", "envelope", "20") and message.fields:
            message.is_closed = found.tag == "end"
            yield message
            message = _Message()
        if found.tag == "envelope":
            message.has_envelope = True
        elif found.tag not in ("end", "text"):
            message.fields.append(found)
    if message.fields:
        yield message


def _fields(decoding: Decoding) -> Iterator[_Field]:
    lines = physical_lines(decoding)
    starts = lines.starts.tolist()
    current: _Field | None = None
    for place, raw in enumerate(lines.texts()):
        text = raw.rstrip("\r\n").lstrip("\x01\ufeff")
        tag = _line_tag(text, current)
        if not tag:
            if current is None and text.strip("} \x03\x1a\t"):
                current = _Field("text", [], place + 1, starts[place], starts[place + 1])
            if current is not None:
                current.lines.append(text)
                current.end = starts[place + 1]
            continue
        if current is not None:
            yield current
        content = text[len(tag) + 2 :] if tag not in ("end", "envelope") else text
        current = _Field(tag, [content], place + 1, starts[place], starts[place + 1])
        if tag in ("end", "envelope"):
            yield current
            current = None
    if current is not None:
        yield current


def _line_tag(text: str, current: _Field | None) -> str:
    if "{4:" in text:
        return "envelope"
    if (text.startswith("-") and len(text.rstrip()) <= 3) or text.startswith("-}"):
        return "end"
    match = _TAG.match(text)
    if match is None or (current is not None and _is_wrapped_time(text, current)):
        return ""
    return match[1]


def _is_wrapped_time(text: str, current: _Field) -> bool:
    """A time broken at its colon, as in `T16` / `:20:37 Folgenr`, continues a full line of field 86."""
    is_full = current.tag == "86" and len(current.lines[-1]) >= 61
    return is_full and re.match(r":[0-5][0-9]:[0-5][0-9](?![0-9])", text) is not None


def _fault(message: _Message, format: str) -> str:
    """Return what keeps a message from being a whole statement; "" when nothing does."""
    accounts = {field.lines[0].strip() for field in message.fields if field.tag in ("25", "25P")}
    if not accounts:
        return "the statement names no account (:25:): a fragment, or a file that was cut"
    if len(accounts) > 1:
        return "the statement names two accounts (:25:)"
    if message.has_envelope and not message.is_closed:
        return "the end of the SWIFT envelope (-}) is missing: the file is cut"
    if format == "mt942":
        return ""
    if message.first("60F", "60M") is None:
        return "the opening balance (:60F:) is missing: a fragment, or a file that was cut"
    if message.first("62F", "62M") is None:
        return "the closing balance (:62F:) is missing: the file is cut"
    if _reaches_behind(message):
        return "lines or an opening balance follow the closing balance: the file is cut before the next one"
    return ""


def _reaches_behind(message: _Message) -> bool:
    """Tell whether a message goes on behind its last closing balance: banks are known to write two days into one."""
    tags = [field.tag for field in message.fields]
    last = max(place for place, tag in enumerate(tags) if tag in ("62F", "62M"))
    return any(tag in ("60F", "60M", "61") for tag in tags[last:])


def _statement(message: _Message, decoding: Decoding, format: str, name: str) -> tuple[Statement, list[Problem]]:
    problems: list[Problem] = []
    opening, closing = (_balance(message, tags, problems, name) for tags in (("60F", "60M"), ("62F", "62M")))
    currency = (
        (opening.currency if opening else "") or (closing.currency if closing else "") or _floor_currency(message)
    )
    account = _account(message, currency)
    lines: list[StatementLine] = []
    for entry, texts in _entries(message.fields):
        try:
            if not is_statement_currency(currency):
                raise UnreadableText(f"the statement's currency {currency!r} is none we know")
            lines.append(read_61(entry.lines, read_field_86(texts), currency, entry.line, entry.byte))
        except UnreadableText as unread:
            raw = decoding.content[entry.byte : entry.end]
            problems.append(row_problem(name, entry.line, str(unread), raw, entry.byte))
            check_problems(problems)
    start, end = (found.minor if found else None for found in (opening, closing))
    proof, reason = prove(start, end, booked_minor(lines, currency), currency)
    if fault := _total_fault(message, lines, currency) if format == "mt942" else "":
        proof, reason = Proof.DISCREPANCY, fault
    days = sorted(line.booked_on for line in lines)
    first = days[0] if days else opening.day if opening else None
    last = closing.day if closing else days[-1] if days else None
    return Statement(account, currency, tuple(lines), proof, reason, start, end, first, last), problems


def _account(message: _Message, currency: str) -> str:
    found = message.first("25", "25P")
    number = found.lines[0].strip().removeprefix("/") if found else ""
    bare = number.removesuffix(currency).rstrip() if currency else number
    return bare if bare[-1:].isdigit() else number


def _balance(message: _Message, tags: tuple[str, ...], problems: list[Problem], name: str) -> Balance | None:
    found = message.first(*tags) if tags[0] == "60F" else message.last(*tags)
    if found is None:
        return None
    try:
        return read_balance(found.lines[0])
    except UnreadableText as reason:
        problems.append(row_problem(name, found.line, f"the balance :{found.tag}: {reason}", b"", found.byte))
        return None


def _floor_currency(message: _Message) -> str:
    """MT942 states its currency with the floor limit (:34F:) or the totals (:90D:)."""
    for tag, pattern in (("34F", r"([A-Z]{3})"), ("90D", r"[0-9]*([A-Z]{3})"), ("90C", r"[0-9]*([A-Z]{3})")):
        found = message.first(tag)
        if found and (match := re.match(pattern, found.lines[0])):
            return match[1]
    return ""


def _entries(fields: Sequence[_Field]) -> Iterator[tuple[_Field, list[str]]]:
    """Yield each :61: with the lines of the :86: fields that follow it. One after the closing balance is the
    statement's. A bank that writes :NS: instead (Sberbank) tells in it what others tell in :86:."""
    entry: _Field | None = None
    texts: dict[str, list[str]] = {"86": [], "NS": []}
    for found in fields:
        if found.tag in texts and entry is not None:
            texts[found.tag] += found.lines
            entry.end = found.end
            continue
        if entry is not None and found.tag != "86":
            yield entry, texts["86"] or [_without_number(text) for text in texts["NS"]]
            entry, texts = None, {"86": [], "NS": []}
        if found.tag == "61":
            entry = found
    if entry is not None:
        yield entry, texts["86"] or [_without_number(text) for text in texts["NS"]]


def _without_number(text: str) -> str:
    """Return a line of :NS: without the two digits that number it."""
    return re.sub("^[0-9]{2}", "", text)


def _total_fault(message: _Message, lines: Sequence[StatementLine], currency: str) -> str:
    """Check the number and sum of debits (:90D:) and credits (:90C:) of an MT942."""
    for tag, sign in (("90D", -1), ("90C", 1)):
        found = message.first(tag)
        match = re.match(r"([0-9]{1,9})[A-Z]{3}([0-9]{0,15},[0-9]*)", found.lines[0]) if found else None
        if match is None:
            continue
        counted = [abs(line.amount_minor) for line in lines if line.amount_minor * sign > 0]
        if int(match[1]) != len(counted) or _total(match[2], currency) != sum(counted):
            told = f"{match[1]} entries, {match[2]}"
            return f"the bank's total :{tag}: is {told}; the lines are {len(counted)} and another sum"
    return ""


def _total(text: str, currency: str) -> int | None:
    try:
        return swift_minor(f"0{text}", currency)
    except UnreadableText:
        return None
