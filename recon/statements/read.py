"""Any bank file to one normal form. The format is chosen by content, never by the file's name.

Room: pure.
"""

import re
from collections.abc import Callable, Sequence

from recon.bank_lines import BankLines, magnitude
from recon.model import Reading, Statement
from recon.statements.bai2 import is_bai2, read_bai2
from recon.statements.camt import is_camt, read_camt
from recon.statements.decode import Decoding, decode
from recon.statements.delimited import read_delimited
from recon.statements.mt940 import is_mt940, read_mt940
from recon.statements.ofx import read_ofx
from recon.statements.plain import is_plain, read_plain
from recon.statements.profile import Profile
from recon.statements.quarantine import TooMuchError, file_refused
from recon.statements.shipped import shipped_profiles

MAX_BYTES = 256 * 1024 * 1024  # a million transactions; the shell asks `size_refusal` before it loads a file
MOST_MINOR = 10**17  # of one file, signs aside: its sums fit the columns of the books, and those of 90 like it

_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_UNPACK = "Unpack it and read the statement inside; archives are not opened, because a small one can hold terabytes"
_OTHER: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "pdf", "Ask the bank for a machine-readable statement (OFX, CAMT, MT940, BAI2 or CSV)"),
    (b"\xd0\xcf\x11\xe0", "xls", "Save the sheet as CSV, one row per transaction"),
    (b"\x89PNG", "image", "Ask the bank for a machine-readable statement (OFX, CAMT, MT940, BAI2 or CSV)"),
)


def size_refusal(size_bytes: int, name: str) -> Reading | None:
    """Return the refusal of a file that is too large to be loaded; None when it may be."""
    if size_bytes <= MAX_BYTES:
        return None
    what = f"the file has {size_bytes:,} bytes, more than the {MAX_BYTES:,} that are read at once"
    return file_refused("unknown", name, what, "Export shorter periods")


def read_bytes(
    content: bytes,
    name: str,
    *,
    profiles: Sequence[Profile] = (),
    profile: Profile | None = None,
    account_currency: str | None = None,
) -> Reading:
    """Read one bank file. `name` is only for messages; `account_currency` fills in where the file names none.

    `profiles` are the user's, asked before the shipped ones. `profile` is the one chosen by hand for this file; a
    single one in `profiles` is such a choice, so that a layout without header or with an ambiguous one can be read.
    Bad input never raises: rows and files that cannot be believed are problems of the reading.
    """
    if refusal := size_refusal(len(content), name) or _not_text(content, name):
        return refusal
    chosen = profile or (profiles[0] if len(profiles) == 1 else None)
    try:
        asked = (*profiles, *(one for one in shipped_profiles() if one not in profiles))
        reading = _by_content(content, name, asked, chosen, account_currency)
        return _too_much_money(reading, name) or reading
    except TooMuchError as reason:
        return file_refused("unknown", name, str(reason), "Export shorter periods, or ask the bank for another format")


def _by_content(
    content: bytes, name: str, profiles: Sequence[Profile], chosen: Profile | None, account_currency: str | None
) -> Reading:
    if is_ofx(content):
        return read_ofx(content, name, account_currency=account_currency)
    decoding = decode(content)
    if refusal := _zero_bytes(decoding, name):
        return refusal
    head = decoding.text(0, 8192)
    for is_it, reader in _READERS:
        if is_it(head):
            return reader(decoding, name)
    return read_delimited(content, name, profiles, chosen, account_currency)


def _too_much_money(reading: Reading, name: str) -> Reading | None:
    if sum(map(_weight, reading.statements)) < MOST_MINOR:
        return None
    return file_refused(reading.format, name, "the amounts of the file are larger than any bank's")


def _weight(statement: Statement) -> int:
    """Return the sum of all that the statement states, signs aside."""
    balances = abs(statement.opening_minor or 0) + abs(statement.closing_minor or 0)
    if isinstance(statement.lines, BankLines):
        return balances + magnitude(statement.lines.amount_minor)
    return balances + sum(abs(line.amount_minor) for line in statement.lines)


def _not_text(content: bytes, name: str) -> Reading | None:
    if not content or content.isspace():
        return file_refused("unknown", name, "the file is empty")
    if content.startswith(_PACKED):
        return file_refused("archive", name, "the file is a packed archive", _UNPACK)
    for mark, format, remedy in _OTHER:
        if content.startswith(mark):
            return file_refused(format, name, f"the file is {format.upper()}, no statement in text form", remedy)
    return None


def is_ofx(content: bytes) -> bool:
    """Tell OFX by its header or its root element near the start, in UTF-8 or UTF-16."""
    head = content[:8192].replace(b"\0", b"")
    return re.search(rb"<OFX\b|\bOFXHEADER\s*[:=]", head, re.IGNORECASE) is not None


def _zero_bytes(decoding: Decoding, name: str) -> Reading | None:
    if b"\0" not in decoding.content:
        return None
    what = f"the file holds zero bytes, the first at byte {decoding.content.index(0)}"
    return file_refused("unknown", name, what)


_READERS: tuple[tuple[Callable[[str], bool], Callable[[Decoding, str], Reading]], ...] = (
    (lambda head: is_plain(head.partition("\n")[0]), read_plain),
    (is_camt, read_camt),
    (is_bai2, read_bai2),
    (is_mt940, read_mt940),
)
