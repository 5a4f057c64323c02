"""What is read, what is asked, and that no row is lost."""

import csv
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import UsageError
from recon.frames import InvoiceRows
from recon.money import COMMA_GROUPED, POINT_GROUPED
from recon.receivables import (
    DateOrder,
    Defaults,
    ReceivablesReading,
    mapping_for,
    parse_layout,
    propose_mapping,
    read_credits,
    read_customers,
    read_invoices,
)
from recon.receivables.plain_rows import is_plain, read_plain
from recon.receivables.rules import decide_rules
from recon.receivables.table import open_table

HEAD = "customer_id,number,issue_date,due_date,currency,amount,open_amount\n"
QUICK = "Date,Transaction type,Num,Customer,Due date,Amount,Open balance\n"


def plain(*rows: str, end: str = "\n", **options: object) -> ReceivablesReading:
    return read_invoices((HEAD + "\n".join(rows) + end).encode(), "inv.csv", **options)  # type: ignore[arg-type]


def quick(*rows: str, **declared: object) -> ReceivablesReading:
    text = QUICK + "".join(row + "\n" for row in rows)
    return read_invoices(text.encode(), "qb.csv", defaults=Defaults(currency="USD", **declared))  # type: ignore[arg-type]


def told(reading: ReceivablesReading) -> list[str]:
    return [str(problem) for problem in reading.problems]


def test_unknown_currency_is_quarantined_with_line_and_remedy() -> None:
    reading = plain("C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00", "C1,2,2026-01-01,2026-02-01,EUX,10.00,10.00")
    assert told(reading) == [
        "inv.csv line 3: currency 'EUX' is not in ISO 4217. Correct the currency code and import the file again"
    ]
    assert reading.problems[0].quarantined == "row"
    assert reading.problems[0].raw == b"C1,2,2026-01-01,2026-02-01,EUX,10.00,10.00\n"
    assert reading.problems[0].byte_offset == len(HEAD) + 43
    assert list(reading.invoices.number) == ["1"]


def test_amount_of_another_style_is_quarantined_and_says_how_to_declare_it() -> None:
    reading = plain('C1,1,2026-01-01,2026-02-01,EUR,"1,650","1,650"')
    assert told(reading) == [
        "inv.csv line 2: '1,650' is not a number with decimal mark '.'. Correct the amount; or set"
        " imports.decimal_mark in the settings, or number_style in a mapping, and import the file again"
    ]


def test_ambiguous_amount_is_a_question_never_a_guess() -> None:
    reading = quick('01/25/2026,Invoice,1,Alder,02/24/2026,"1,650","1,650"')
    assert told(reading) == [
        "qb.csv line 2: '1,650' is 1650.00 or 1.65, and no other amount of the file decides. Set"
        " imports.decimal_mark in the settings, or number_style in a mapping, and import the file again"
    ]


def test_one_unambiguous_amount_decides_for_the_file_and_is_told_as_evidence() -> None:
    reading = quick(
        '01/25/2026,Invoice,1,Alder,02/24/2026,"1,650","1,650"', "01/25/2026,Invoice,2,Alder,02/24/2026,20.50,20.50"
    )
    assert reading.invoices.amount_minor.tolist() == [165000, 2050]
    assert "amounts: '20.50' allows only the decimal mark '.'" in reading.evidence


@pytest.mark.parametrize(("style", "minor"), [(POINT_GROUPED, 165000), (COMMA_GROUPED, 165)])
def test_declared_style_decides(style: object, minor: int) -> None:
    reading = quick('01/25/2026,Invoice,1,Alder,02/24/2026,"1,650","1,650"', number_style=style)
    assert reading.invoices.amount_minor.tolist() == [minor]


def test_ambiguous_day_is_a_question_never_a_guess() -> None:
    reading = quick("03/04/2026,Invoice,1,Alder,05/04/2026,20.50,20.50")
    assert told(reading) == [
        "qb.csv line 2: '03/04/2026' is 4 March 2026 or 3 April 2026, and no other date of the file decides. Set"
        " imports.date_order in the settings, or date_order in a mapping, and import the file again"
    ]


def test_one_unambiguous_day_decides_for_the_file() -> None:
    reading = quick("03/04/2026,Invoice,1,Alder,31/05/2026,20.50,20.50")
    assert reading.invoices.issue_day.astype("datetime64[D]").astype(str).tolist() == ["2026-04-03"]
    assert "days: '31/05/2026' allows only the order dmy" in reading.evidence


def test_days_that_contradict_each_other_decide_nothing() -> None:
    reading = quick(
        "03/04/2026,Invoice,1,Alder,31/05/2026,20.50,20.50", "05/31/2026,Invoice,2,Alder,31/05/2026,20.50,20.50"
    )
    assert [problem.where for problem in reading.problems] == ["qb.csv line 2"]
    assert list(reading.invoices.number) == ["2"]


def test_declared_order_refuses_days_of_another_order() -> None:
    reading = quick("03/31/2026,Invoice,1,Alder,04/05/2026,20.50,20.50", date_order=DateOrder.DMY)
    assert told(reading)[0].startswith("qb.csv line 2: '03/31/2026' is not a date in the order dmy")


def test_amount_in_another_currency_than_the_row_is_refused() -> None:
    reading = quick("01/25/2026,Invoice,1,Alder,02/24/2026,€20.50,€20.50")
    assert "'€20.50' is not written in USD" in told(reading)[0]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (",7,2026-01-01,2026-02-01,EUR,1.00,1.00", "the row names no customer"),
        ("C1,,2026-01-01,2026-02-01,EUR,1.00,1.00", "the row has no invoice number"),
        ("C1,7,2026-01-01,,EUR,1.00,1.00", "the row has neither a due date nor terms that give one"),
        ("C1,7,2026-02-30,2026-02-01,EUR,1.00,1.00", "'2026-02-30' is not a date in the order ymd"),
        ("C1,7,2026-01-01,2026-02-01,EUR,1.00,2.00", "the open amount is larger than the amount"),
        ("C1,7,2026-01-01,2026-02-01,EUR,1.00,-1.00", "the open amount has the other sign than the amount"),
        ("C1,7,2026-01-01,2026-02-01,EUR,1.005,1.00", "'1.005' has more than 2 decimals for EUR"),
        ("C1,7,2026-01-01,2026-02-01,EUR,٣.00,1.00", "'٣.00' is not a number with decimal mark '.'"),
        ("C1,7,2026-01-01,2026-02-01,EUR,1.00", "the row has 6 cells, the header 7"),
        ("C1," + "7" * 121 + ",2026-01-01,2026-02-01,EUR,1.00,1.00", "the number is longer than 120 characters"),
    ],
)
def test_bad_row_is_told_and_the_good_rows_beside_it_are_read(row: str, what: str) -> None:
    reading = plain("C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00", row)
    assert (list(reading.invoices.number), [p.what for p in reading.problems]) == (["1"], [what])
    assert reading.rows_seen == 2
    assert reading.rows_quarantined == 1


def test_equal_rows_are_read_once_and_different_rows_of_one_invoice_are_not_read_at_all() -> None:
    row = "C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00"
    again = plain(row, row, "C2,1,2026-01-01,2026-02-01,EUR,10.00,10.00")
    assert (len(again.invoices), again.rows_skipped, again.problems) == (2, 1, ())
    differing = plain(row, "C1,1,2026-01-01,2026-02-01,EUR,11.00,11.00")
    assert len(differing.invoices) == 0
    assert {p.what for p in differing.problems} == {"invoice 1 of customer C1 stands in 2 different rows"}


def test_half_an_invoice_is_not_an_invoice() -> None:
    text = (
        "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,*ItemAmount\n"
        "1,Alder,01/25/2026,02/24/2026,10.00\n1,,,,x\n2,Birch,01/25/2026,02/24/2026,5.00\n"
    )
    reading = read_invoices(text.encode(), "q.csv", defaults=Defaults(currency="USD"))
    assert list(reading.invoices.number) == ["2"]
    assert [p.what for p in reading.problems] == [
        "another row of invoice 1 could not be read",
        "'x' is not an amount in USD",
    ]


def test_last_row_that_may_be_cut_is_quarantined() -> None:
    whole = plain("C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00", "C1,2,2026-01-01,2026-02-01,EUR,10.00,10.00", end="")
    cut = plain("C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00", "C1,2,2026-01-01,2026-02-01,EUR,10.00,10.0", end="")
    assert (len(whole.invoices), whole.problems) == (2, ())
    assert [p.what for p in cut.problems] == ["the file ends in the middle of a line, and its last cell may be cut"]


def test_every_truncation_loses_nothing_silently() -> None:
    rows = [f"C{i},{1000 + i},2026-01-01,2026-02-01,EUR,{i}0.25,{i}0.25" for i in range(1, 5)]
    content = (HEAD + "".join(row + "\n" for row in rows)).encode()
    right = {str(1000 + i): i * 1000 + 25 for i in range(1, 5)}
    for length in range(len(HEAD), len(content)):
        reading = read_invoices(content[:length], "cut.csv")
        read = dict(zip(reading.invoices.number, reading.invoices.open_minor.tolist(), strict=True))
        assert read.items() <= right.items()
        assert len(read) + reading.rows_quarantined == content[:length].rstrip(b"\n").count(b"\n")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no row has the cells of a header"),
        (b"\0\0\0", "the file contains NUL bytes"),
        (HEAD.encode() + b'C1,"1,2026-01-01', "line 2: unexpected end of data"),
        (b"a\x81b,c,d\n", "byte 1 is neither UTF-8 nor Windows-1252"),
        (b"foo,bar,baz\n1,2,3\n", "the header 'foo,bar,baz' is of no known layout"),
    ],
)
def test_file_that_cannot_be_believed_yields_no_row(content: bytes, what: str) -> None:
    reading = read_invoices(content, "bad.csv")
    assert (len(reading.invoices), reading.is_believed) == (0, False)
    assert [p.what for p in reading.problems] == [what]


def test_windows_text_is_read_with_a_warning() -> None:
    text = "id,name,email\nK1,Bäckerei Süß,a@b.example\n"
    reading = read_customers(text.encode("cp1252"), "k.csv")
    assert list(reading.customers.name) == ["Bäckerei Süß"]
    assert "is not UTF-8; read as Windows-1252" in told(reading)[0]


@pytest.mark.parametrize("encode", [lambda t: t.encode("utf-8-sig"), lambda t: b"\xff\xfe" + t.encode("utf-16-le")])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_byte_order_mark_delimiter_and_line_end_do_not_matter(encode, delimiter, line_end) -> None:  # type: ignore[no-untyped-def]
    text = HEAD + "C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00\nC1,2,2026-01-01,2026-02-01,EUX,10.00,10.00\n"
    content = encode(text.replace(",", delimiter).replace("\n", line_end))
    reading = read_invoices(content, "inv.csv")
    assert reading.invoices.amount_minor.tolist() == [1000]
    problem = reading.problems[0]
    assert content[problem.byte_offset : problem.byte_offset + len(problem.raw)] == problem.raw  # type: ignore[operator]


def test_most_rows_bad_means_the_file_is_not_what_it_was_taken_for() -> None:
    reading = plain(*(f"C1,{i},2026-01-01,2026-02-01,EUR,x,x" for i in range(1500)))
    assert [p.quarantined for p in reading.problems] == ["file"]
    assert reading.problems[0].what.startswith("1500 of 1500 rows cannot be read; the first, line 2: 'x'")


def test_unknown_company_is_quarantined_and_none_is_the_only_company() -> None:
    head = "company,customer_id,number,due_date,currency,amount\n"
    text = head + "north,C1,1,2026-02-01,EUR,1.00\nwest,C1,2,2026-02-01,EUR,1.00\n"
    reading = read_invoices(text.encode(), "i.csv", companies=("north", "south"))
    assert (list(reading.invoices.company), told(reading)[0]) == (
        ["north"],
        "i.csv line 3: company 'west' is not in the settings. Add the company to the settings or correct the column",
    )


def test_partly_paid_odoo_invoice_without_amount_due_is_asked_for() -> None:
    text = (
        "Number,Invoice Partner Display Name,Invoice/Bill Date,Due Date,Total Signed,Currency,Payment Status\n"
        "I/1,Nord,2026-01-05,2026-02-04,100.0,EUR,Partially Paid\nI/2,Nord,2026-01-05,2026-02-04,100.0,USD,Not Paid\n"
    )
    reading = read_invoices(text.encode(), "o.csv", defaults=Defaults(currency="EUR"))
    assert [p.what for p in reading.problems] == [
        "the invoice is partly paid, and no column says how much is open",
        "the amount is in company currency, the invoice is not",
    ]


def test_credit_memos_are_negative_open_items_of_their_invoice() -> None:
    head = "id,customer_id,number,issue_date,currency,amount,open_amount,invoice_number\n"
    reading = read_credits((head + "1,C1,G-1,2026-01-05,EUR,50.00,20.00,R-1\n").encode(), "c.csv")
    rows = reading.invoices
    assert (rows.amount_minor.tolist(), rows.open_minor.tolist()) == ([-5000], [-2000])
    assert (list(rows.credit_of), list(rows.kind), rows.due_day.tolist()) == (
        ["R-1"],
        ["credit"],
        rows.issue_day.tolist(),
    )


def test_credit_memos_are_all_positive_or_all_negative_else_somebody_is_asked() -> None:
    head = "id,customer_id,number,issue_date,currency,amount,open_amount,invoice_number\n"
    row = "{0},C1,G-{0},2026-01-05,EUR,{1}50.00,{1}20.00,\n"
    for sign in ("", "-"):
        read = read_credits((head + row.format(1, sign) + row.format(2, sign)).encode(), "c.csv")
        assert (read.invoices.open_minor.tolist(), read.problems) == ([-2000, -2000], ()), sign
    mixed = read_credits((head + row.format(1, "") + row.format(2, "-")).encode(), "c.csv")
    (problem,) = mixed.problems
    assert (len(mixed.invoices), mixed.is_believed, problem.quarantined) == (0, False, "file")
    assert problem.what == "credit memos are negative (line 3) and positive (line 2): which of them is a debit?"
    assert "debits as invoices" in problem.remedy


def test_customers_are_read_with_all_columns_and_their_gaps_are_counted() -> None:
    text = (
        "id,name,aliases,currency,email,consumer,parent_id,bank_accounts,country\n"
        "1,Alder,Alder Inc|ALDR,usd,pay@alder.example,no,,DE00|US11,us\n"
        "2,Birch,,EUR,,yes,1,,DE\n3,Cedar,,EUR,a b@c,,9,,\n"
    )
    reading = read_customers(text.encode(), "k.csv")
    rows = reading.customers
    assert (list(rows.email), list(rows.parent_code)) == (["pay@alder.example", "", ""], ["", "1", "9"])
    assert (list(rows.currency), rows.consumer.tolist(), list(rows.country)) == (
        ["USD", "EUR", "EUR"],
        [False, True, False],
        ["US", "DE", ""],
    )
    assert told(reading) == [
        "k.csv line 4: 'a b@c' is not one e-mail address. Correct it; until then the notices become tasks",
        "k.csv: 2 of 3 customers have no e-mail. Their notices become tasks for a person",
        "k.csv: parent 9 is no customer of this file. Import the parent too, or the link is not used",
    ]
    assert [p.quarantined for p in reading.problems] == [None, None, None]


def test_reading_tells_which_customer_columns_the_file_has_so_that_others_stay() -> None:
    customers = read_customers(b"id,name,currency\nC1,Alder,EUR\n", "k.csv")
    assert customers.customer_columns == ("code", "name", "currency")
    named = quick("01/25/2026,Invoice,1,Alder,02/24/2026,20.50,20.50")
    assert (list(named.named_customers.code), named.customer_columns) == (["alder"], ("name",))
    assert len(named.customers) == 0
    assert plain("C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00").customer_columns == ()


@pytest.mark.parametrize("email", ["a@b.c\nBcc: x@y.z", "a@b.c,d@e.f", "<a@b.c>", "a@b", "Alder <a@b.c>"])
def test_text_that_could_address_somebody_else_is_no_email(email: str) -> None:
    reading = read_customers(f'id,name,email\n1,Alder,"{email}"\n'.encode(), "k.csv")
    assert list(reading.customers.email) == [""]


UNKNOWN = (
    "Rechnungsnummer;Kundennummer;Kunde;Rechnungsdatum;Fällig am;Betrag;Offen;Notiz\n"
    "R1;K1;Nord;31.01.2026;02.03.2026;1.190,00;190,00;x\n"
)


def test_unknown_header_proposes_a_mapping_that_reads_the_file_once_saved() -> None:
    content = UNKNOWN.encode()
    refused = read_invoices(content, "datev.csv", defaults=Defaults(currency="EUR"))
    assert refused.proposal is not None
    assert (refused.is_believed, refused.proposal.questions) == (False, ())
    mapping = parse_layout(refused.proposal.toml, "datev.toml")
    assert mapping_for(content, "datev.csv", "invoices", (mapping,)) is mapping
    reading = read_invoices(content, "datev.csv", mapping=mapping, defaults=Defaults(currency="EUR"))
    assert (reading.invoices.open_minor.tolist(), list(reading.invoices.customer_code), reading.problems) == (
        [19000],
        ["K1"],
        (),
    )


def test_saved_mapping_is_not_used_for_a_changed_header() -> None:
    proposed, _ = propose_mapping(UNKNOWN.encode(), "datev.csv")
    assert proposed is not None
    mapping = parse_layout(proposed.toml, "datev.toml")
    changed = UNKNOWN.replace("Notiz", "Bemerkung").encode()
    assert mapping_for(changed, "datev.csv", "invoices", (mapping,)) is None
    assert not read_invoices(changed, "datev.csv", mapping=mapping).is_believed


def test_proposal_asks_what_the_file_cannot_say() -> None:
    proposed, _ = propose_mapping(b'Doc No,Client,Date,Total\n1,Alder,03/04/2026,"1,650"\n', "x.csv")
    assert proposed is not None
    assert proposed.questions == (
        "Which column is the due date or terms? Add it under [columns].",
        'Is 1,650 sixteen hundred and fifty? Set number_style = "1,650.00", or "1.650,00" if not.',
        'Do days read day-month-year or month-day-year? Set date_order = "dmy", "mdy" or "ymd".',
        "No column names the currency: set the company's currency in the settings.",
    )
    assert dict(proposed.preview[0]) == {
        "number": "1",
        "customer_name": "Alder",
        "issue_date": "03/04/2026",
        "amount": "1,650",
    }


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("kind = 1 1", "m.toml is not TOML"),
        ('key="a"\nkind="invoices"\ncolums={}\n', "m.toml: unknown key 'colums'"),
        ('key="a"\nkind="bills"\n[columns]\n', "m.toml: kind 'bills' is unknown"),
        ('key="a"\nkind="invoices"\n[columns]\nnumbr="x"\n', "m.toml: column role 'numbr' is unknown"),
        ('key="a"\nkind="invoices"\nnumber_style="1650;00"\n[columns]\n', "number_style '1650;00' is unknown"),
        ('key="a"\nkind="invoices"\ndate_order="dym"\n[columns]\n', "date_order 'dym' is unknown"),
    ],
)
def test_wrong_mapping_names_its_wrong_key(toml: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_layout(toml, "m.toml")


CELL = st.text(st.sampled_from('ab1,;"\n\r\t .-€Ж\u202e'), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(CELL, CELL, st.sampled_from(["10.00", "1,650", "x", ""]), st.sampled_from(["2026-02-01", "", "9"]))
    )
)
def test_every_row_is_read_skipped_folded_or_quarantined(rows: list[tuple[str, str, str, str]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    text = "customer_id,number,amount,due_date\n" + "".join(",".join(map(quoted, row)) + "\r\n" for row in rows)
    reading = read_invoices(text.encode(), "h.csv", defaults=Defaults(currency="EUR"))
    kept = len(reading.invoices) + reading.rows_folded + reading.rows_skipped + reading.rows_quarantined
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert kept == reading.rows_seen == len(rows) - blank


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=40), st.booleans())
def test_amounts_read_are_the_amounts_written_on_both_paths(amounts: list[int], quoted: bool) -> None:
    cells = [f"{'-' if a < 0 else ''}{abs(a) // 100}.{abs(a) % 100:02d}" for a in amounts]
    wrap = '"{}"' if quoted else "{}"
    rows = [f"C1,{i},2026-01-01,2026-02-01,EUR,{wrap.format(c)},{c}" for i, c in enumerate(cells)]
    assert plain(*rows).invoices.amount_minor.tolist() == amounts


ROW = st.tuples(
    st.sampled_from(["C1", "C2", "Ä-3", " C4", "", "x" * 81]),
    st.sampled_from(["1", "2", "17", "A-9", "007", "n" * 41]),
    st.sampled_from(["2026-01-31", "2026-02-29", "0000-01-01", "2026-13-01", "", "31/01/2026"]),
    st.sampled_from(["2026-03-31", "2024-02-29", "9999-12-31", "2026-3-1", ""]),
    st.sampled_from(["EUR", "USD", "JPY", "KWD", "eur", "EUX", ""]),
    st.sampled_from(
        ["10.00", "10", "10.5", "0.00", "-3.00", "10.125", "1,650", ".5", "5.", "9" * 15 + ".99", "1.2.3", ""]
    ),
    st.sampled_from(["10.00", "0", "10.5", "-3.00", "", "00.00", "1e3"]),
)
USUAL = st.tuples(
    st.just("C1"), st.integers(1, 400).map(str), st.just("2026-01-31"), st.just("2026-03-31"),
    st.sampled_from(["EUR", "JPY"]), st.integers(10, 999).map(str), st.integers(0, 10).map(str),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(USUAL, max_size=6), st.lists(ROW, max_size=2), st.sampled_from(["\n", "\r\n"]))
def test_shortcut_for_common_rows_reads_as_the_general_way(usual: list, odd: list, line_end: str) -> None:  # type: ignore[type-arg]
    rows = [",".join(row) for row in (*usual, *odd)]
    last = "C9,last,2026-01-31,2026-03-31,EUR,1.00,1.00"
    quick = read_invoices((HEAD + "\n".join([*rows, last]) + "\n").replace("\n", line_end).encode(), "q.csv")
    general = read_invoices((HEAD + "\n".join([*rows, f'"C9"{last[2:]}']) + "\n").encode(), "q.csv")
    for column in fields(InvoiceRows):
        assert getattr(quick.invoices, column.name).tolist() == getattr(general.invoices, column.name).tolist()
    assert told(quick) == told(general)
    assert (quick.rows_seen, quick.rows_skipped) == (general.rows_seen, general.rows_skipped)


def test_common_rows_take_the_shortcut_and_others_do_not() -> None:
    content = (HEAD + "C1,1,2026-01-01,2026-02-01,EUR,10.00,10.00\n").encode()
    table, layout, _ = open_table(content, "p.csv", "invoices", None)
    assert table is not None
    assert layout is not None
    rules, _ = decide_rules(table, layout, Defaults(), ())
    assert is_plain(rules)
    assert read_plain(table.body, 0, ",", 7, rules) is not None
    assert read_plain(table.body.replace("10.00", '"10.00"'), 0, ",", 7, rules) is None


def test_number_repeated_far_apart_in_a_large_file_is_found() -> None:
    rows = [f"C1,{1000 + i},2026-01-01,2026-02-01,EUR,10.00,10.00" for i in range(60_000)]
    rows[3] = "C1,50000,2026-01-01,2026-02-01,EUR,11.00,11.00"
    reading = plain(*rows)
    assert [problem.where for problem in reading.problems] == ["inv.csv line 5", "inv.csv line 49002"]
    assert len(reading.invoices) == 59_998


@pytest.mark.shared
@pytest.mark.parametrize("name", ["dev_5k", "dev_50k"])
def test_public_sets_are_read_whole(name: str) -> None:
    folder = Path(__file__).parents[2].parent / "shared" / "bench" / name
    if not folder.exists():
        pytest.skip("the public samples are not beside the checkout")
    content = (folder / "invoices.csv").read_bytes()
    reading = read_invoices(content, "invoices.csv")
    with (folder / "invoices.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert reading.problems == ()
    assert list(reading.invoices.number) == [row["number"] for row in rows]
    assert reading.invoices.open_minor.tolist() == [int(Decimal(row["open_amount"]).scaleb(2)) for row in rows]
    customers = read_customers((folder / "customers.csv").read_bytes(), "customers.csv")
    assert [problem.what.split(" ", 1)[1] for problem in customers.problems] == [
        f"of {len(customers.customers)} customers have no e-mail"
    ]
