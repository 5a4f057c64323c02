"""Fuzz the statement readers: whatever the bytes, a reading comes back, with every rule of a reading kept.

    python -m bench.fuzz                     each reader, FUZZ_RUNS executions (100,000 unless told), FUZZ_SEEDS=FOLDER
    python -m bench.fuzz READER [options]    one reader, with options of libFuzzer and folders of seeds

Needs atheris, which is no dependency of the project: `pip install atheris` first. An input that raises, takes more than
a CPU-second or makes the process grow by more than 256 MB stops the run and is kept in a file. (The limit of libFuzzer
itself is of the whole process, with the corpus it gathers.)
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from recon.errors import UsageError
from recon.model import Reading

_PROFILE = """
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
MOST_SECONDS, MOST_KIB = 1.0, 256 * 1024  # of one input
NAMES = ("ofx", "scanner", "csv", "plain", "camt", "mt940", "bai2", "propose", "any")


def readers() -> dict[str, Callable[[bytes], Reading]]:
    """Return the readers by name. Imported here, so that atheris can watch them."""
    from recon.statements import profile_from_toml, read_bytes
    from recon.statements.bai2 import read_bai2
    from recon.statements.camt import read_camt
    from recon.statements.decode import decode
    from recon.statements.mt940 import read_mt940
    from recon.statements.ofx import read_ofx, scan_ofx
    from recon.statements.plain import HEADER, read_plain

    profile = profile_from_toml(_PROFILE)
    return {
        "ofx": lambda content: read_ofx(content, "x"),
        "scanner": lambda content: scan_ofx(b"<OFX>" + content + b"</OFX>", "x", account_currency="EUR"),
        "csv": lambda content: read_bytes(b"A;B;C;D;E\n" + content, "x", profile=profile),
        "plain": lambda content: read_plain(decode(",".join(HEADER).encode() + b"\n" + content), "x"),
        "camt": lambda content: read_camt(decode(content), "x"),
        "mt940": lambda content: read_mt940(decode(content), "x"),
        "bai2": lambda content: read_bai2(decode(content), "x"),
        "propose": _read_proposed,
        "any": lambda content: read_bytes(content, "x"),
    }


def _read_proposed(content: bytes) -> Reading:
    """Propose a profile and use it when no question is open."""
    from recon.statements.propose import propose, try_profile

    proposed = propose(content, "x")
    if proposed.questions or not proposed.toml:
        return Reading("csv", (), proposed.questions)
    try:
        return try_profile(content, "x", proposed.toml, "EUR")
    except UsageError as error:
        raise AssertionError(f"a proposal without question is no profile: {error}\n{proposed.toml}") from error


def keeps_the_rules(reading: Reading) -> None:
    """A quarantined file has no statements, money fits the books, no identity repeats, the output can be written."""
    from recon.statements import fingerprints, occurrences, to_ndjson

    assert reading.is_believed or not reading.statements
    for statement in reading.statements:
        assert all(-(2**63) < line.amount_minor < 2**63 for line in statement.lines)
        prints = fingerprints(statement.lines)
        assert len(set(zip(prints, occurrences(prints), strict=True))) == len(prints)
    json.dumps(list(to_ndjson(reading)))


def within_limits(read: Callable[[bytes], Reading], content: bytes) -> Reading:
    """Return the reading; AssertionError when it takes too long or too much memory."""
    began, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = read(content)
    took, grown = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    assert took <= MOST_SECONDS, f"{took:.1f} CPU-seconds"
    assert grown <= MOST_KIB, f"{grown // 1024} MB"
    return reading


def fuzz(name: str, options: Sequence[str]) -> None:
    """Run libFuzzer over one reader; does not return."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["recon.statements"]):
        reader = readers()[name]
    atheris.Setup(["fuzz", *options], lambda content: keeps_the_rules(within_limits(reader, content)))
    atheris.Fuzz()


def fuzz_all() -> int:
    """Run every reader in a process of its own; the number of readers that failed."""
    runs, seeds = os.environ.get("FUZZ_RUNS", "100000"), os.environ.get("FUZZ_SEEDS", "")
    limits = [f"-runs={runs}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"]
    failed = 0
    for name in NAMES:
        command = [sys.executable, "-m", "bench.fuzz", name, *limits, *([seeds] if seeds else [])]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


def main() -> None:
    """Fuzz one reader or all."""
    if len(sys.argv) > 1:
        fuzz(sys.argv[1], sys.argv[2:])
    sys.exit(min(fuzz_all(), 1))


if __name__ == "__main__":
    main()
