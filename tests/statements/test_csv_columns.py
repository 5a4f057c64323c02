"""Rows are read many at a time; what they say is what each says when it is read by itself."""

import csv
import io
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.bank_lines import BankLines, lines_as_columns, magnitude, total
from recon.errors import UnreadableText
from recon.money import NumberStyle
from recon.statements import fingerprints, profile_from_toml, read_bytes
from recon.statements.column_amounts import csv_minors
from recon.statements.csv_amounts import csv_minor
from recon.statements.csv_blocks import blocks
from recon.statements.csv_row import RowReader
from recon.statements.csv_rows import physical_lines, rows
from recon.statements.decode import decode
from recon.statements.profile import Numbers

TOML = """
name = "x"
notes = ["^#account (?P<account>.*)", "^Total"]
[file]
delimiter = ";"
header = ["Day", "Value day", "Text", "More", "Debit", "Credit", "Currency", "State", "Reference", "Balance", "Id"]
pad_short_rows = true
[columns]
booked_on = "Day"
valued_on = "Value day"
remittance = ["Text", "More"]
debit = "Debit"
credit = "Credit"
currency = "Currency"
state = "State"
reference = "Reference"
balance = "Balance"
bank_id = "Id"
details = { text = "Text", id = "Id" }
[days]
booked_on = ["YYYY-MM-DD", "D.M.YYYY"]
[numbers]
decimal = ","
group = "."
symbols = ["$", "EUR"]
negative = ["minus", "parentheses"]
[state]
booked = ["", "booked"]
pending = ["pending"]
void = ["void"]
[statement]
currency = "EUR"
"""
PROFILE = profile_from_toml(TOML)
HEADER = ";".join(PROFILE.header) + "\n"
_amounts = st.integers(0, 10**10).map(lambda n: f"{n // 100:,}".replace(",", ".") + f",{n % 100:02}")
AMOUNTS = st.one_of(_amounts, _amounts.map("$ {}".format), st.sampled_from(["", "5", "(1,00)", "1,650", "x", "-3,00"]))
TEXTS = st.sampled_from(
    [
        "plain",
        "ACME GmbH",
        "Müller",
        " outer ",
        "a;b",
        'say "so"',
        "two\nlines",
        "RF18539007547034",
        "a\u200bb",
        "",
        "\u00a0",
    ]
)
COMMON = st.tuples(
    st.sampled_from(["2026-01-31", "2026-02-01", "3.2.2026"]), st.sampled_from(["", "2026-02-02"]), TEXTS, TEXTS,
    st.just(""), AMOUNTS, st.sampled_from(["", "EUR", "usd"]), st.sampled_from(["", "booked", "pending", "void"]),
    st.sampled_from(["", "R1"]), st.sampled_from(["", "10,00"]), st.sampled_from(["", "i1", "i2"]),
)  # fmt: skip
ODD = st.sampled_from(["", "#account A1", "Total;5", '"', 'x"y"z;;', '""', ";;;;;;;;;;", "2026-01-31;;t", "nonsense"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Enough rows for the fast way, with odd ones among them."""
    row = st.one_of(COMMON, COMMON, COMMON, ODD)
    pattern = draw(st.lists(row, min_size=1, max_size=12))
    held = io.StringIO()
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(held, delimiter=";", lineterminator=ends, quoting=draw(st.sampled_from([0, 1])))
    for one in pattern * draw(st.sampled_from([1, 12, 40])):
        if isinstance(one, str):
            held.write(one + ends)
        else:
            writer.writerow(one)
    content = (HEADER.replace("\n", ends) + held.getvalue()).encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))
    return content[: len(content) - draw(st.sampled_from([0, 0, 1, 7]))]


def row_by_row(content: bytes) -> tuple[list[object], list[int]]:
    """Read each record by itself; return the lines with their accounts, and the lines that are set aside."""
    lines, told = physical_lines(decode(content)), {}
    reader = RowReader(PROFILE, told, "")
    found: list[object] = []
    faults: list[int] = []
    for row in rows(lines, ";", '"', 1):
        text = lines.texts(row.line - 1, row.line)[0].rstrip("\r\n")
        noted = next((match for pattern in PROFILE.notes if (match := pattern.search(text))), None)
        if noted:
            told |= {name: value.strip() for name, value in noted.groupdict().items() if value}
        elif any(map(str.strip, row.fields)) or row.fault:
            try:
                line = reader.line(row)
                found += [line[:2]] if line else []
            except UnreadableText:
                faults.append(row.line)
    return found, faults


@settings(max_examples=150, deadline=None)
@given(files())
def test_a_file_says_in_columns_what_its_rows_say_alone(content):
    reading = read_bytes(content, "x", profile=PROFILE)
    wanted, faults = row_by_row(content)
    found = [(statement.account, line) for statement in reading.statements for line in statement.lines]
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert [int(p.where.rpartition(" ")[2]) for p in reading.problems if p.quarantined == "row"] == faults
    for problem in (p for p in reading.problems if p.quarantined == "row"):
        assert content[problem.byte_offset :].startswith(problem.raw) and problem.raw


@settings(max_examples=150, deadline=None)
@given(files())
def test_blocks_split_a_file_as_the_csv_module_does(content):
    lines = physical_lines(decode(content))
    found = []
    for block in blocks(lines, ";", '"', 1):
        found += [block.row(place, int(offset)) for place, offset in enumerate(block.offsets())]
    assert found == list(rows(lines, ";", '"', 1))


STYLES = [(".", ","), (",", "."), (".", ""), (",", " "), (".", "'"), (",", "\u202f")]
MONEY_TEXT = st.one_of(
    st.text("0123456789.,-+$ €'()\u202f\u2212", min_size=1, max_size=12),
    st.tuples(
        st.sampled_from(["", "-", "+", "$", "-$", "$-", "- $ ", "€"]), st.integers(0, 10**13),
        st.sampled_from(["", "€", " €", "-", "$", "0"]),
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STYLES), st.lists(MONEY_TEXT, min_size=1, max_size=20), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_no_amount_is_read_in_bulk_as_it_would_not_be_alone(style, texts, currency):
    decimal, group = style
    numbers = Numbers(NumberStyle(decimal, group), ("$", "€"), ("minus", "trailing minus"))
    spelled = [text if isinstance(text, str) else _spelled(*text, decimal, group) for text in texts]
    cells = [cell for cell in map(str.strip, spelled) if cell]
    minors, unread = csv_minors(cells, numbers, currency)
    for cell, minor, is_unread in zip(cells, minors.tolist(), unread.tolist(), strict=True):
        try:
            assert (csv_minor(cell, numbers, currency), False) == (minor, is_unread)
        except UnreadableText:
            assert is_unread


def _spelled(before: str, minor: int, behind: str, decimal: str, group: str) -> str:
    return before + f"{minor // 100:,}".replace(",", group) + decimal + f"{minor % 100:02}" + behind


def test_columns_are_a_sequence_of_lines():
    content = HEADER + "2026-01-31;;a;;;5,00;;;;;\n2026-02-01;2026-02-02;b;;1,00;;;pending;;;\n"
    lines = read_bytes(content.encode(), "x", profile=PROFILE).statements[0].lines
    assert isinstance(lines, BankLines) and len(lines) == 2
    assert [line.amount_minor for line in lines] == [500, -100]
    assert lines[1] == tuple(lines)[1] == lines[-1] and lines[1:] == list(lines)[1:]
    assert lines == tuple(lines) and tuple(lines) == tuple(lines_as_columns(tuple(lines)))
    assert fingerprints(lines) == fingerprints(tuple(lines))
    with pytest.raises(IndexError):
        lines[2]


def test_sums_larger_than_a_column_holds_are_exact():
    row = "2026-01-31;;a;;;90.000.000.000.000.000,00;;;;;\n"
    huge = partial(read_bytes, (HEADER + row * 3).encode(), "x", profile=PROFILE)
    assert "larger than any bank's" in huge().problems[-1].what
    (statement,) = read_bytes((HEADER + row.replace("90.000.", "90.") * 3).encode(), "x", profile=PROFILE).statements
    amounts = lines_as_columns(statement.lines).amount_minor
    assert total(amounts) == magnitude(amounts) == 27 * 10**15
    assert magnitude(amounts * 1000) == 27 * 10**18 == total(amounts * 1000)
