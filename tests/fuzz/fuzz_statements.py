"""Fuzz the statement readers: whatever the bytes, a reading comes back, with every rule of a reading kept.

    python tests/fuzz/fuzz_statements.py READER [libFuzzer options] [FOLDER OF SEEDS]

READER is one of ofx, scanner, csv, plain, camt, mt940, bai2, propose, any. Needs atheris, which is no dependency of the
project: `pip install atheris` first. `make fuzz` runs each reader for a while.
"""

import json
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["recon.statements"]):
    from recon.errors import UsageError
    from recon.model import Reading
    from recon.statements import fingerprints, occurrences, profile_from_toml, read_bytes, to_ndjson
    from recon.statements.bai2 import read_bai2
    from recon.statements.camt import read_camt
    from recon.statements.decode import decode
    from recon.statements.mt940 import read_mt940
    from recon.statements.ofx import read_ofx, scan_ofx
    from recon.statements.plain import HEADER, read_plain
    from recon.statements.propose import propose, try_profile

PROFILE = profile_from_toml(
    """
name = "fuzz"
notes = ["^Total", "^Opening;(?P<opening>.*)", "^Closing;(?P<closing>.*)"]
[file]
delimiter = ";"
header = ["A", "B", "C", "D", "E"]
surplus_fields = "remittance"
[columns]
booked_on = "A"
remittance = "B"
amount = "C"
balance = "D"
state = "E"
[days]
booked_on = ["D.M.YYYY*", "DD MMM YY"]
[numbers]
decimal = ","
group = "."
symbols = ["$"]
negative = ["minus", "trailing minus", "parentheses"]
[state]
booked = ["", "x"]
pending = ["p"]
[statement]
currency = "EUR"
"""
)


def read_proposed(content: bytes) -> Reading:
    """Propose a profile and use it when no question is open."""
    proposed = propose(content, "x")
    if proposed.questions or not proposed.toml:
        return Reading("csv", (), proposed.questions)
    try:
        return try_profile(content, "x", proposed.toml, "EUR")
    except UsageError as error:
        raise AssertionError(f"a proposal without question is no profile: {error}\n{proposed.toml}") from error


READERS: dict[str, Callable[[bytes], Reading]] = {
    "ofx": lambda content: read_ofx(content, "x"),
    "scanner": lambda content: scan_ofx(b"<OFX>" + content + b"</OFX>", "x", account_currency="EUR"),
    "csv": lambda content: read_bytes(b"A;B;C;D;E\n" + content, "x", profile=PROFILE),
    "plain": lambda content: read_plain(decode(",".join(HEADER).encode() + b"\n" + content), "x"),
    "camt": lambda content: read_camt(decode(content), "x"),
    "mt940": lambda content: read_mt940(decode(content), "x"),
    "bai2": lambda content: read_bai2(decode(content), "x"),
    "propose": read_proposed,
    "any": lambda content: read_bytes(content, "x"),
}


def keeps_the_rules(reading: Reading) -> None:
    """A quarantined file has no statements, money fits the books, and the output can be written."""
    assert reading.is_believed or not reading.statements
    for statement in reading.statements:
        assert all(-(2**63) < line.amount_minor < 2**63 for line in statement.lines)
        prints = fingerprints(statement.lines)
        assert len(set(zip(prints, occurrences(prints), strict=True))) == len(prints)
    json.dumps(list(to_ndjson(reading)))


def main() -> None:
    """Run libFuzzer over one reader."""
    reader = READERS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, lambda content: keeps_the_rules(reader(content)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
