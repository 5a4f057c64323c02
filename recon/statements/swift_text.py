"""What field 86 of MT940 says about a payment: German subfields (?20), SEPA marks (SVWZ+), Dutch slashes (/REMI/),
or text.

Sources: DFÜ-Abkommen annex 3 (field 86 structure), SWIFT user handbook MT940, bank manuals.

Room: pure.
"""

import re
from dataclasses import dataclass

from recon.errors import UnreadableText
from recon.statements.csv_rows import FIELD_LIMIT
from recon.statements.decode import clean

_WRAP = 65  # characters after which SWIFT breaks a line in the middle of a word
_SUBFIELD_WRAP = 27
_NAMES: tuple[str, ...] = ("32", "33")
_POLISH_NAMES: tuple[str, ...] = ("27", "28", "29")
_SUBFIELD = re.compile(r"\?([0-9]{2})")
_MARKS = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PREF|RREF|RFRN|INRC|IBAN|BIC)\+")
_SLASHES = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|PREF|MARF|CSID|ORDP|BENM|CNTP|PURP|RTRN|ISDT|ULTC|ULTD|ID|SVCL|TRCD)/"
)
_NOT_TOLD = frozenset(("NOTPROVIDED", "NONREF", "NOT PROVIDED", ""))


@dataclass(frozen=True, slots=True)
class Told:
    """What the text tells, as far as it is marked."""

    remittance: str = ""
    payer: str = ""
    payer_account: str = ""
    end_to_end_id: str = ""
    kind: str = ""
    details: tuple[tuple[str, str], ...] = ()


def read_field_86(lines: list[str]) -> Told:
    """Read the lines of one field 86. Raises UnreadableText for one longer than any bank writes.

    >>> read_field_86(["166?00GUTSCHRIFT?20EREF+E1?21SVWZ+RE 4711?31DE89370400440532013000?32ACME GMBH"]).remittance
    'RE 4711'
    """
    if (size := sum(map(len, lines))) > FIELD_LIMIT:
        raise UnreadableText(f"field 86 has {size:,} characters")
    if len(lines) > 1 and re.fullmatch("[0-9]{3}", lines[0].strip()) and lines[1].startswith(lines[0].strip()):
        lines = lines[1:]  # Polish banks write a field with the code alone before the one with the text
    text = joined(lines)
    if match := re.match(r"[0-9]{3}([?<~^])[0-9]{2}", text):
        return _german(re.sub(re.escape(match[1]) + "(?=[0-9]{2})", "?", text), is_polish=match[1] != "?")
    if len(_SLASHES.findall(text)) > 1:
        return _dutch(text)
    return Told(remittance=clean(text))


def joined(lines: list[str]) -> str:
    """Return lines as one text: a full line continues without a break, a shorter one ended where it wanted to."""
    text = ""
    for line in lines:
        glue = "" if not text or not line.strip() or _continues(text, line) else " "
        text = text + glue + line if line.strip() else text
        text = text if len(line) < _WRAP else text + "\0"
    return text.replace("\0 ", " ").replace("\0", "")


def _continues(text: str, line: str) -> bool:
    return text.endswith("\0") or line.startswith("?")


def _german(text: str, *, is_polish: bool) -> Told:
    """Read numbered subfields. Polish banks put a mark of their own before them, names in 27 to 29, the IBAN in 38."""
    code, *parts = _SUBFIELD.split(text)
    fields: dict[str, list[str]] = {}
    for number, value in zip(parts[::2], parts[1::2], strict=True):
        fields.setdefault(number, []).append(value)
    others = _POLISH_NAMES if is_polish else ()
    names = [number for number in _NAMES if number in fields] or [number for number in others if number in fields]
    purposes = [number for number in sorted(fields) if _is_purpose(number) and number not in others]
    purpose = _wrapped([part for number in purposes for part in fields[number]])
    marks = _marked(_MARKS, purpose)
    free = marks.pop("", "") if "SVWZ" not in marks else ""
    return Told(
        remittance=clean(marks.get("SVWZ", "") or free),
        payer=clean(_wrapped([part for number in names for part in fields[number]])),
        payer_account=clean("".join(fields.get("38", []) or fields.get("31", []))).replace(" ", ""),
        end_to_end_id=_known(marks.get("EREF", "")),
        kind=code,
        details=_details(fields, marks),
    )


def _is_purpose(number: str) -> bool:
    return "20" <= number <= "29" or "60" <= number <= "63"


def _wrapped(parts: list[str]) -> str:
    """Join subfields: one of 27 characters was broken in the middle of a word, a shorter one ended at its end."""
    text = ""
    for part in parts:
        text += part if len(part) >= _SUBFIELD_WRAP or not part else part + " "
    return text


def _marked(pattern: "re.Pattern[str]", text: str) -> dict[str, str]:
    """Split a text at its marks; what stands before the first one is under ""."""
    before, *parts = pattern.split(text)
    found = {"": before.strip()}
    for mark, value in zip(parts[::2], parts[1::2], strict=True):
        found[mark] = f"{found.get(mark, '')} {value}".strip()
    return found


def _known(value: str) -> str:
    cleaned = clean(value)
    return "" if cleaned.upper() in _NOT_TOLD else cleaned


def _details(fields: dict[str, list[str]], marks: dict[str, str]) -> tuple[tuple[str, str], ...]:
    told = [("posting_text", "".join(fields.get("00", []))), ("bank_code", "".join(fields.get("30", [])))]
    told += [("return_code", "".join(fields.get("34", [])))]
    told += [(mark, value) for mark, value in marks.items() if mark not in ("", "SVWZ", "EREF")]
    return tuple((name, cleaned) for name, value in told if (cleaned := clean(value)))


def _dutch(text: str) -> Told:
    marks = _marked(_SLASHES, text)
    remittance = marks.get("REMI", "").replace("USTD//", "").strip("/")
    account, _, name, *_ = [*marks.get("CNTP", "").split("/"), "", "", ""]
    return Told(
        remittance=clean(remittance or marks.get("", "")),
        payer=clean(marks.get("NAME", "").strip("/") or name),
        payer_account=clean(marks.get("IBAN", "").strip("/") or account),
        end_to_end_id=_known(marks.get("EREF", "").strip("/")),
        kind=clean(marks.get("TRTP", "").strip("/")),
        details=tuple(
            (mark, cleaned)
            for mark, value in marks.items()
            if mark not in ("", "REMI", "NAME", "IBAN", "EREF", "TRTP") and (cleaned := clean(value.strip("/")))
        ),
    )
