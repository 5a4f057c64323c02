"""CSV by declared profiles: what they can express, and what they refuse."""

import re
from pathlib import Path

import pytest

from recon.errors import UsageError
from recon.model import Proof, Reading
from recon.statements import exit_code, profile_from_toml, read_bytes, roll_forward, shipped_profiles

FIXTURES = Path(__file__).parents[2] / "fixtures" / "statements"

BASE = """
name = "base"
[file]
delimiter = ";"
header = ["Day", "Text", "Amount", "Currency"]
[columns]
booked_on = "Day"
remittance = "Text"
amount = "Amount"
currency = "Currency"
[days]
booked_on = ["DD.MM.YYYY"]
[numbers]
decimal = ","
group = "."
"""


def fixture(name: str, change: tuple[bytes, bytes] = (b"", b"")) -> Reading:
    profile = profile_from_toml((FIXTURES / "profiles" / f"{name}.toml").read_text("utf-8"), name)
    return read_bytes((FIXTURES / f"{name}.csv").read_bytes().replace(*change), f"{name}.csv", profiles=[profile])


def read(*rows: str, toml: str = BASE, header: str = "Day;Text;Amount;Currency", **options: str) -> Reading:
    profile = profile_from_toml(toml)
    return read_bytes("".join(f"{row}\n" for row in (header, *rows)).encode(), "bank.csv", profile=profile, **options)


def test_balances_in_notes_prove_the_statement():
    (statement,) = fixture("lindgren").statements
    assert (statement.proof, statement.account) == (Proof.VERIFIED, "DE02120300000000202051")
    assert [line.amount_minor for line in statement.lines] == [165000, -12050, 25000, 25000]
    assert statement.lines[2].remittance == "Rechnung RE 2026-0420; Rest folgt"


def test_a_missing_row_breaks_the_running_balance():
    row = b"03.03.2026;04.03.2026;LASTSCHRIFT;Stadtwerke;Abschlag;;120,50;;2.529,50\n"
    reading = fixture("lindgren", (row, b""))
    assert reading.statements[0].proof is Proof.DISCREPANCY and exit_code(reading) == 3
    assert "breaks at line 7: 2900.00 expected, 2779.50 EUR written" in reading.statements[0].proof_reason


def test_flags_states_symbols_and_a_trailing_delimiter():
    reading = fixture("harbour")
    found = [(line.amount_minor, line.pending) for line in reading.statements[0].lines]
    assert found == [(165000, False), (2000, True), (-3510, False), (-4500, False)]
    assert [problem.what for problem in reading.problems] == ["1 row marked void by the bank: no movement of money"]


def test_a_word_the_profile_does_not_know_quarantines_the_row():
    reading = fixture("harbour", (b"|Declined|", b"|Perhaps|"))
    assert [(p.quarantined, p.what) for p in reading.problems] == [("row", "'Perhaps' is no state the profile knows")]


@pytest.mark.parametrize(
    ("decimal", "group", "amount", "told"),
    [
        (".", "", "1,650", "'1,650' is not a number with decimal mark '.'"),
        (",", ".", "1,650", "'1,650' has 3 decimals after ',', more than the 2 of EUR"),
        (".", ",", "1.650", "'1.650' has 3 decimals after '.', more than the 2 of EUR"),
        (",", ".", "12.34", "'12.34' is not grouped in threes by '.'"),
    ],
)
def test_an_amount_in_the_wrong_style_is_quarantined_with_the_reason(decimal, group, amount, told):
    toml = BASE.replace('decimal = ","', f'decimal = "{decimal}"').replace('group = "."', f'group = "{group}"')
    reading = read(f"01.03.2026;x;{amount};EUR", toml=toml)
    assert [(p.where, p.what, p.quarantined) for p in reading.problems] == [("bank.csv, line 2", told, "row")]


@pytest.mark.parametrize(
    ("group", "amount", "minor"),
    [
        (" ", "1 650,00", 165000),
        ("'", "1'650,00", 165000),
        ("\u00a0", "1\u00a0650,00", 165000),
        (".", "-1.650,5", -165050),
    ],
)
def test_every_group_mark_can_be_declared(group, amount, minor):
    reading = read(f"01.03.2026;x;{amount};EUR", toml=BASE.replace('group = "."', f'group = "{group}"'))
    assert reading.statements[0].lines[0].amount_minor == minor


@pytest.mark.parametrize(
    ("negative", "amount"), [("trailing minus", "5,00-"), ("parentheses", "(5,00)"), ("unicode minus", "\u22125,00")]
)
def test_a_minus_is_only_what_the_profile_declares(negative, amount):
    row = f"01.03.2026;x;{amount};EUR"
    declared = BASE + f'negative = ["minus", "{negative}"]\n'
    assert read(row, toml=declared).statements[0].lines[0].amount_minor == -500
    assert not read(row).statements


def test_inverted_signs_are_declared():
    reading = read("01.03.2026;x;5,00;EUR", toml=BASE + "inverted = true\n")
    assert reading.statements[0].lines[0].amount_minor == -500


@pytest.mark.parametrize("day", ["2026-03-01", "31.02.2026", "1.3.2026", ""])
def test_a_day_in_another_format_is_quarantined(day):
    assert [p.quarantined for p in read(f"{day};x;5,00;EUR").problems] == ["row"]


def test_an_unterminated_last_row_is_quarantined():
    profile = profile_from_toml(BASE)
    content = b"Day;Text;Amount;Currency\n01.03.2026;x;5,00;EUR\n02.03.2026;y;6,00;EUR"
    reading = read_bytes(content, "bank.csv", profile=profile)
    assert [line.remittance for line in reading.statements[0].lines] == ["x"]
    assert reading.problems[0].what == "the last row has no line end: the file may be cut inside it"
    assert reading.problems[0].raw == b"02.03.2026;y;6,00;EUR" and reading.problems[0].byte_offset == 47


def test_a_changed_header_is_named():
    reading = read("01.03.2026;x;5,00;EUR", header="Day;Text;Sum;Currency")
    assert "'Amount' is missing; 'Sum' is new" in reading.problems[0].what
    shipped = read_bytes(b"Datum,Bedrag,Rekening,Tegenrekening,Naam,Omschrijving2\n1,2,3,4,5,6\n", "bunq.csv")
    assert shipped.problems[0].what == (
        "the layout of 'bunq' has changed: 'Omschrijving' is missing; 'Omschrijving2' is new (line 1)"
    )


def test_a_known_header_without_rows_is_an_error_unless_declared():
    assert "no row" in read().problems[0].what
    assert read(toml=BASE.replace("[columns]", "may_be_empty = true\n[columns]")).is_believed


def test_an_ambiguous_header_must_be_confirmed_by_name():
    reading = read_bytes(b"Date,Description,Amount,Balance\n10/02/2018,x,-5.00,995.00\n", "x.csv")
    assert "description-amount-balance-dmy" in reading.problems[0].what and not reading.statements


def test_a_single_profile_is_a_choice_and_reads_an_ambiguous_header():
    boi = next(profile for profile in shipped_profiles() if profile.name == "boi")
    content = b"Date,Details,Debit,Credit,Balance\n01/09/2017,x,,428.03,\n"
    assert not read_bytes(content, "x.csv", profiles=shipped_profiles()).statements
    (statement,) = read_bytes(content, "x.csv", profiles=[boi]).statements
    assert statement.lines[0].booked_on.isoformat() == "2017-09-01"


def test_an_unknown_layout_is_refused_with_the_way_to_propose_one():
    reading = read_bytes(b"colour,shape\nred,round\n", "x.csv")
    assert reading.problems[0].what == "the layout is none we know" and "--propose" in reading.problems[0].remedy


def test_ragged_rows_are_quarantined_unless_declared():
    short, long = "01.03.2026;x;5,00", "01.03.2026;one;two;5,00;EUR"
    assert [p.what for p in read(short, long).problems] == [
        "the row has 3 fields, the layout 4",
        "the row has 5 fields, the layout 4",
    ]
    declared = BASE.replace("[columns]", 'pad_short_rows = true\nsurplus_fields = "remittance"\n[columns]')
    reading = read(short, long, toml=declared, account_currency="EUR")
    assert [line.remittance for line in reading.statements[0].lines] == ["x", "one;two"]


def test_bytes_of_another_charset_are_read_as_the_profile_declares():
    toml = BASE.replace('delimiter = ";"', 'delimiter = ";"\ncharset = "cp1250"')
    content = "Day;Text;Amount;Currency\n01.03.2026;Žluťoučký;5,00;EUR\n".encode("cp1250")
    reading = read_bytes(content, "bank.csv", profile=profile_from_toml(toml))
    assert reading.statements[0].lines[0].remittance == "Žluťoučký"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_part_of_the_header(encoding):
    content = "Day;Text;Amount;Currency\r\n01.03.2026;é;5,00;EUR\r\n".encode(encoding)
    assert len(read_bytes(content, "bank.csv", profile=profile_from_toml(BASE)).statements) == 1


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n"])
def test_offsets_lead_to_the_row_whatever_the_line_end(ends):
    content = f"Day;Text;Amount;Currency{ends}01.03.2026;é;5,00;EUR{ends}02.03.2026;x;6,00;EUR{ends}".encode()
    line = read_bytes(content, "bank.csv", profile=profile_from_toml(BASE)).statements[0].lines[1]
    assert content[line.source_byte :].startswith(b"02.03.2026") and line.source_line == 3


def test_an_unpaired_quote_quarantines_its_row():
    reading = read('"01.03.2026";x;"5,00";"EUR"', '01.03.2026";y;"5,00";"EUR"')
    assert [p.what for p in reading.problems if p.quarantined] == ["a quotation mark has no partner"]


def test_roll_forward_verifies_what_a_running_balance_alone_cannot():
    header = "Date,Status,Type,CheckNumber,Description,Withdrawal,Deposit,RunningBalance\n"
    rows = '08/17/2022,Posted,X,,a,,$20.00,"$1,020.00"\n08/14/2022,Posted,X,,b,$5.00,,"$1,000.00"\n'
    (statement,) = read_bytes((header + rows).encode(), "s.csv").statements
    assert (statement.proof, statement.opening_minor, statement.closing_minor) == (Proof.UNVERIFIABLE, 100500, 102000)
    assert roll_forward(99900, statement).proof is Proof.DISCREPANCY


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("booked_on = \"Day\"", ""), "columns.booked_on: is missing"),
        (("amount = \"Amount\"", "amount = \"Sum\""), "columns.amount: 'Sum' is not one column of the 4"),
        (("decimal = \",\"", "decimal = \"?\""), "numbers.decimal: must be one of '.', ',', not '?'"),
        (("DD.MM.YYYY", "DD.MM"), "days.booked_on: 'DD.MM' must name year, month and day"),
        (("name = \"base\"", ""), "name: is missing"),
        (("delimiter = \";\"", "delimiter = \"<>\""), "file.delimiter: must be one character"),
        (("remittance =", "remitance ="), "columns.remitance: is no meaning we know"),
        (("group =", "grouping ="), "numbers.grouping: is no key of a profile"),
        (("[numbers]", "[number]"), "numbers.decimal"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_a_profile_is_named(change, told):
    with pytest.raises(UsageError, match=re.escape(told)):
        profile_from_toml(BASE.replace(*change), "base.toml")


def test_ambiguous_header_names_each_profile_once() -> None:
    boi = next(one for one in shipped_profiles() if one.name == "boi")
    content = (",".join(boi.header) + "\n").encode()
    (problem, *_) = read_bytes(content, "boi.csv", profiles=shipped_profiles()).problems
    assert problem.what.count("'boi'") == 1


@pytest.mark.parametrize("rows", [1, 60])
def test_a_minus_beside_a_sign_column_is_not_counted_twice(rows):
    content = "Day;Text;D/C;Amount\n" + "2026-03-14;a;D;1.50\n" * rows + "2026-03-14;b;D;-2.50\n"
    toml = (
        'name = "x"\nfile.delimiter = ";"\nfile.header = ["Day", "Text", "D/C", "Amount"]\ncolumns.booked_on = "Day"\n'
        'columns.amount = "Amount"\ncolumns.sign = "D/C"\ncolumns.remittance = "Text"\n'
        'days.booked_on = ["YYYY-MM-DD"]\n'
        'numbers.decimal = "."\nsign.debit = ["D"]\nsign.credit = ["C"]\nstatement.currency = "EUR"\n'
    )
    reading = read_bytes(content.encode(), "x", profile=profile_from_toml(toml))
    assert [line.amount_minor for line in reading.statements[0].lines] == [-150] * rows
    assert ["a minus of its own" in problem.what for problem in reading.problems if problem.quarantined] == [True]


ROWS = "Day;Text;Amount;Currency\n14.03.2026;a;1,50;EUR\n15.03.2026;b;-2,50;EUR\n"
PLAIN = "fitid,date,amount,currency,type,checknum,payee,memo\nA1,2026-03-14,1.50,EUR,CREDIT,,ACME,a\n"


@pytest.mark.parametrize(
    "text", [ROWS, PLAIN, ROWS.replace("\n", "\r\n"), "Export\n\n" + ROWS], ids=["csv", "plain", "CRLF", "preamble"]
)
def test_a_file_that_holds_an_export_twice_is_refused(text):
    profile = None if text is PLAIN else profile_from_toml(BASE)
    assert read_bytes(text.encode(), "x", profile=profile).statements
    reading = read_bytes((text + text).encode(), "x", profile=profile)
    assert not reading.statements and "would count twice" in reading.problems[0].what


def test_two_exports_of_other_days_in_one_file_are_read():
    second = "Day;Text;Amount;Currency\n14.04.2026;a;1,50;EUR\n"
    reading = read_bytes((ROWS + second).encode(), "x", profile=profile_from_toml(BASE))
    assert [line.amount_minor for line in reading.statements[0].lines] == [150, -250, 150]
    assert [problem.quarantined for problem in reading.problems if problem.quarantined] == ["row"]


@pytest.mark.parametrize("rows", [1, 60])
def test_who_is_paid_is_the_counterparty_of_money_out(rows):
    toml = BASE.replace('["Day", "Text", "Amount", "Currency"]', '["Day", "By", "To", "Amount"]').replace(
        'remittance = "Text"', 'payer = "By"\npayee = "To"'
    )
    toml = toml.replace('currency = "Currency"\n', "") + '[statement]\ncurrency = "EUR"\n'
    told = "14.03.2026;ACME;Wir;1,50\n15.03.2026;Wir;Stadtwerke;-2,50\n15.03.2026;Wir;;-3,50\n" * rows
    reading = read_bytes(f"Day;By;To;Amount\n{told}".encode(), "x", profile=profile_from_toml(toml))
    assert [line.payer for line in reading.statements[0].lines] == ["ACME", "Stadtwerke", "Wir"] * rows
