"""Whatever is typed, the answer is a message with a known exit code: no traceback, no number of the system's errors."""

import json
import shlex

import pytest

from recon.errors import Exit
from tests.stories.conftest import Command

MATCH = "match --customers customers.csv --invoices invoices.csv"
WRONG = f"""
nope
doctor x
--config nope.toml verify
--config inbox verify
--log-level loud doctor
--as-of 2026-13-01 nightly
init x
import
import invoices nope.csv
import invoices inbox
import invoices recon.sqlite
import invoices /dev/null
import invoices invoices.csv --company nope
import invoices invoices.csv --mapping customers.csv
import history customers.csv invoices.csv
read customers.csv
read recon.sqlite
read /dev/null
read customers.csv --profile nope
read customers.csv --profile nope.toml
read customers.csv --profile recon.toml
{MATCH} --statement recon.sqlite --out p.csv
{MATCH} --statement inbox/march.ofx --out inbox
{MATCH} --statement inbox/march.ofx --out no/such/p.csv
{MATCH} --statement inbox/march.ofx --out p.csv --error-budget 2
{MATCH} --statement inbox/march.ofx --out p.csv --history-truth customers.csv
demo --folder invoices.csv
train --use nope
explain D999
explain D99999999999999999999999
explain ''
explain D1 --known-at yesterday
undo x
undo E1
undo E999999999999999999999
verify --anchor x
review
review list --state nope
review list --limit 0
review list --after 999
review show 999
review show 99999999999999999999999
review apply 1
review snooze 1 --until x
quarantine show 1
quarantine retry 1
hold add nope
hold add C1 --kind nope
hold add C1 --until 1900-01-01
hold end 99
promise add C1 --amount 1.234
agency approve C1 --out handed
book write-off C1 --invoice 410012 --reason x
book write-off C1 --invoice 410012=-1 --reason x
book write-off C1 --invoice 410012=999999 --reason x
book refund C1 10 --reason x
book refund C1 10 --currency XXQ --reason x
book prepay D99 C1 --reason x
book charge C1 5 --number '' --reason x
book transfer C1 C1 5 --reason x
period close 2199-01-01
period close x
customer erase C1 --reason x
notices list --state nope
notices resolve 99 --sent
notices bounces
notices simulate --policy recon.toml
report nope
report aging --company nope
report aging --out x.pdf
report aging --out no/x.csv
report collections --months 0
export proposals --out inbox
export journal --layout nope
export journal --batch 5
db backup recon.sqlite
db backup no/such
db restore customers.csv
db restore recon.sqlite
"""


@pytest.mark.parametrize("line", WRONG.strip().splitlines())
def test_wrong_use_is_told_in_words(recon: Command, line: str) -> None:
    told = recon(*shlex.split(line))
    assert told.code in [int(code) for code in Exit if code is not Exit.OK]
    assert told.err or told.out
    for sign in ("Traceback", "Errno", "sqlite3", "sqlalche"):
        assert sign not in told.err + told.out
    machine = recon(*shlex.split(line), "--json")
    records = [json.loads(record) for record in machine.out.splitlines()]
    assert (machine.code, records[-1]["exit"]) == (told.code, told.code)


@pytest.mark.parametrize("line", [
    "review show 999", "review accept 999", "hold end 99", "dispute end 99", "promise end 99", "quarantine show 99",
    "quarantine retry 99", "notices resolve 99 --sent", "explain D999", "undo E1", "customer erase C99 --reason x",
    "user remove nobody", "review approve 999", "notices resolve-report 99 --sent", "agency approve C99 --out handed",
    "hold add C99", "book refund C99 10.00",
])  # fmt: skip
def test_a_number_that_names_nothing_in_the_books_is_no_misuse_of_the_command_line(recon: Command, line: str) -> None:
    assert recon(*shlex.split(line)).code == Exit.FAILED
