"""Whatever a bank writes into its fields: nothing is lost, and money stays what it is."""

import csv
import io
from datetime import date, timedelta
from html import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from recon.money import format_minor
from recon.statements import profile_from_toml, read_bytes
from recon.statements.decode import clean
from tests.statements import ofx_samples as samples

AMOUNTS = st.integers(-(10**12), 10**12)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="<>&"), max_size=40)
MARKED = st.text(st.sampled_from("abcXYZ<>/&;!-[]\"' .#0129\n"), max_size=60)
ROWS = st.lists(st.tuples(AMOUNTS, DAYS, TEXTS), max_size=8)


def ofx_rows(rows, tell) -> bytes:
    return samples.ofx(
        *(
            samples.transaction(format_minor(minor, "USD"), f"{day:%Y%m%d}", f"F{n}", tell(text))
            for n, (minor, day, text) in enumerate(rows)
        )
    )


@settings(max_examples=60, deadline=None)
@given(ROWS, st.booleans())
def test_ofx_lines_come_back_as_written(rows, is_closed):
    content = ofx_rows(rows, lambda text: f"<MEMO>{escape(text)}{'</MEMO>' if is_closed else ''}")
    reading = read_bytes(content, "x")
    found = [(line.amount_minor, line.booked_on, line.remittance) for line in reading.statements[0].lines]
    assert found == [(minor, day, clean(text)) for minor, day, text in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(AMOUNTS, DAYS, MARKED), min_size=1, max_size=4))
def test_no_memo_can_hide_a_transaction_or_change_its_amount(rows):
    """Stray marks in a memo may cost the row or the file, told so; what is read is right."""
    reading = read_bytes(ofx_rows(rows, lambda text: f"<MEMO>{text}"), "x")
    lines = [line for statement in reading.statements for line in statement.lines]
    told = sum(problem.quarantined is not None for problem in reading.problems)
    assert len(lines) == len(rows) or told
    wanted = {f"F{n}": minor for n, (minor, _, _) in enumerate(rows)}
    assert all(wanted[line.bank_id] == line.amount_minor for line in lines)


PROFILE = profile_from_toml(
    """
name = "x"
[file]
delimiter = ";"
header = ["Day", "Text", "Amount", "Balance"]
may_be_empty = true
[columns]
booked_on = "Day"
remittance = "Text"
amount = "Amount"
balance = "Balance"
[days]
booked_on = ["DD.MM.YYYY"]
[numbers]
decimal = ","
[statement]
currency = "EUR"
"""
)


@settings(max_examples=60, deadline=None)
@given(ROWS, AMOUNTS, st.sampled_from(["\n", "\r\n", "\r"]))
def test_csv_rows_come_back_and_their_balances_hold(rows, balance, ends):
    held, written = io.StringIO(), [("Day", "Text", "Amount", "Balance")]
    for minor, day, text in rows:
        balance += minor
        amounts = (format_minor(value, "EUR").replace(".", ",") for value in (minor, balance))
        written.append((f"{day:%d.%m.%Y}", text.replace('"', "'"), *amounts))
    csv.writer(held, delimiter=";", lineterminator=ends).writerows(written)
    reading = read_bytes(held.getvalue().encode(), "x", profile=PROFILE)
    lines = [line for statement in reading.statements for line in statement.lines]
    assert [line.amount_minor for line in lines] == [minor for minor, _, _ in rows]
    assert [line.remittance for line in lines] == [clean(text.replace('"', "'")) for _, _, text in rows]
    assert all(statement.proof.value != "DISCREPANCY" for statement in reading.statements)


@settings(max_examples=40, deadline=None)
@given(st.lists(AMOUNTS.map(abs), min_size=3, max_size=8, unique=True), st.data())
def test_a_row_taken_out_of_a_running_balance_is_noticed(amounts, data):
    rows, balance, day = [], 0, date(2026, 1, 1)
    for minor in amounts:
        balance += minor + 1
        day += timedelta(days=1)
        told = (format_minor(value, "EUR").replace(".", ",") for value in (minor + 1, balance))
        rows.append(f"{day:%d.%m.%Y};x;{';'.join(told)}\n")
    gone = data.draw(st.integers(1, len(rows) - 2))
    content = "Day;Text;Amount;Balance\n" + "".join(rows[:gone] + rows[gone + 1 :])
    (statement,) = read_bytes(content.encode(), "x", profile=PROFILE).statements
    assert statement.proof.value == "DISCREPANCY"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(AMOUNTS, DAYS), min_size=1, max_size=6), AMOUNTS)
def test_mt940_with_balances_is_verified_and_any_lost_line_is_not(rows, opening):
    def money(minor: int) -> str:
        return f"{'D' if minor < 0 else 'C'}{{}}{format_minor(abs(minor), 'EUR').replace('.', ',')}"

    head = f":20:X\n:25:12345678\n:28C:1\n:60F:{money(opening).format('260101EUR')}\n"
    lines = [f":61:{day:%y%m%d}{money(minor).format('')}NTRFNONREF//B{n}\n" for n, (minor, day) in enumerate(rows)]
    foot = f":62F:{money(opening + sum(minor for minor, _ in rows)).format('260131EUR')}\n-\n"
    (statement,) = read_bytes((head + "".join(lines) + foot).encode(), "x").statements
    assert statement.proof.value == "VERIFIED"
    assert [line.amount_minor for line in statement.lines] == [minor for minor, _ in rows]
    (short,) = read_bytes((head + "".join(lines[1:]) + foot).encode(), "x").statements
    assert short.proof.value == ("VERIFIED" if rows[0][0] == 0 else "DISCREPANCY")
