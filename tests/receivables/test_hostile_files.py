"""Whatever the bytes are: no exception, no row lost, nothing read that was not written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.receivables import (
    Defaults,
    ReceivablesReading,
    propose_mapping,
    read_credits,
    read_customers,
    read_invoices,
    shipped_layouts,
)

READERS = {"invoices": read_invoices, "credits": read_credits, "customers": read_customers}
NASTY = st.sampled_from(
    "1 10.00 -5.00 1,650 1.650,00 $4.00 (3) € NaN 1e9 2026-03-31 03/04/2026 31.12.2025 0 Invoice Draft Paid EUR usd XXX"
    ' C1 =1+1 \u202e1 Ünï ٣ yes 1767225600 a,b q"q'.split()
    + "|Credit Memo|Partially Paid|Net 30| 7 |l\nl".split("|")
    + ["9" * 30, "x" * 200]
)


def accounted(reading: ReceivablesReading) -> int:
    rows = len(reading.invoices) if reading.kind != "customers" else len(reading.customers)
    return rows + reading.rows_folded + reading.rows_skipped + reading.rows_quarantined


@pytest.mark.parametrize("layout", shipped_layouts(), ids=lambda layout: layout.key)
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(NASTY, min_size=20, max_size=20), max_size=5), delimiter=st.sampled_from(",;\t"))
def test_every_layout_survives_every_cell_and_loses_no_row(layout, rows, delimiter) -> None:  # type: ignore[no-untyped-def]
    headers = sorted(layout.requires | {names[0] for names in layout.columns.values()})
    lines = [headers, *([row[i % 20] for i in range(len(headers))] for row in rows)]
    text = "".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) + "\n" for line in lines)
    reading = READERS[layout.kind](text.encode(), "f.csv", defaults=Defaults(currency="EUR"))
    assert reading.layout == layout.key
    assert accounted(reading) == reading.rows_seen
    amounts, opened = reading.invoices.amount_minor, reading.invoices.open_minor
    assert ((opened == 0) | ((opened > 0) == (amounts > 0))).all()
    assert (abs(opened) <= abs(amounts)).all()
    assert all(problem.what and problem.remedy and problem.where for problem in reading.problems)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"", b"a,b,c\n", b"id,name\n", b"customer_id,number,due_date,amount,currency\n", b"\xff\xfe"]),
    st.binary(max_size=300) | st.text('ab",;\n1\u00e9', max_size=60).map(str.encode),
    st.sampled_from(sorted(READERS)),
)
def test_any_bytes_are_read_or_refused(head: bytes, tail: bytes, kind: str) -> None:
    content = head + tail
    reading = READERS[kind](content, "b.csv")
    assert reading.problems or reading.rows_seen == accounted(reading)
    proposed, problems = propose_mapping(content, "b.csv", kind)
    assert proposed is not None or problems


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=3))
def test_damaged_file_yields_only_rows_that_were_written(at: int, noise: bytes) -> None:
    head = b"customer_id,number,due_date,currency,amount,open_amount\n"
    rows = [f"C{i},{100 + i},2026-02-0{i},EUR,{i}1.50,{i}0.25\n".encode() for i in range(1, 8)]
    content = head + b"".join(rows)
    place = len(head) + at % (len(content) - len(head))
    reading = read_invoices(content[:place] + noise + content[place + len(noise) :], "d.csv")
    whole = read_invoices(content, "d.csv").invoices
    right = set(zip(whole.number, whole.open_minor.tolist(), strict=True))
    read = set(zip(reading.invoices.number, reading.invoices.open_minor.tolist(), strict=True))
    assert len(read - right) <= 1  # a digit for a digit cannot be seen; nothing else may change
    assert accounted(reading) == reading.rows_seen
    assert len(right) - len(read & right) <= 2 or not reading.is_believed or reading.problems


PLAIN = b"customer_id,number,due_date,currency,amount\nC1,1,2026-02-01,EUR,1.00\n"


@pytest.mark.parametrize("head", [b"a,b,c\n", PLAIN])
def test_quote_that_does_not_close_refuses_the_file(head: bytes) -> None:
    reading = read_invoices(head + b'"x', "q.csv")
    assert [problem.what for problem in reading.problems] == [
        f"line {head.count(b'%c' % 10) + 1}: unexpected end of data"
    ]
    assert (reading.is_believed, propose_mapping(head + b'"x', "q.csv")[0]) == (False, None)


def test_cell_of_ten_megabytes_is_refused_with_its_line() -> None:
    reading = read_invoices(PLAIN + b'"' + b"x" * 10_000_000 + b'",1,2,3,4\n', "big.csv")
    assert [problem.what for problem in reading.problems] == ["line 3: field larger than field limit (131072)"]
    assert not reading.is_believed


def test_long_cell_without_quotes_sets_its_own_row_aside() -> None:
    reading = read_invoices(PLAIN + b"C1," + b"7" * 1_000_000 + b",,,\n", "big.csv")
    assert list(reading.invoices.number) == ["1"]
    assert [problem.where for problem in reading.problems] == ["big.csv line 3"]
