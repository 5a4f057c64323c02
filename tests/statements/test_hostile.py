"""Hostile input is refused or neutralised, in time and memory that grow with its size and no more."""

import time

import pytest

from recon.statements import MAX_BYTES, exit_code, read_bytes, size_refusal, to_ndjson
from tests.statements import ofx_samples as samples

ofx, transaction = samples.ofx, samples.transaction

PLAIN = b"fitid,date,amount,currency,type,checknum,payee,memo\n"
ROW = b"1,2026-03-01,1.00,EUR,CREDIT,,A,x\n"
MT940 = b":20:X\n:25:1\n:28C:1\n:60F:C260301EUR0,00\n:61:2603010301C1,00NTRFX\n:86:"
BAI2 = b"01,B,C,260302,0600,1,,,2/\n02,C,B,1,260301,,USD,2/\n03,1,USD,"


def whole_of(content: bytes) -> str:
    reading = read_bytes(content, "x")
    assert not reading.is_believed
    return reading.problems[-1].what


@pytest.mark.parametrize("mark", [b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"Rar!\x1a", b"7z\xbc\xaf\x27\x1c"])
def test_archives_are_refused_unopened(mark):
    assert "packed archive" in whole_of(mark + b"\0" * 1000)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"\x89PNG\r\n", b"\xd0\xcf\x11\xe0abc", b"", b" \n "])
def test_what_is_no_text_is_refused(content):
    assert whole_of(content)


def test_document_types_and_entities_in_ofx_are_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + ofx(transaction())
    assert "declares entities" in whole_of(bomb)


def test_zero_bytes_are_refused():
    assert "zero bytes" in whole_of(ofx(transaction(extra="<MEMO>a\0b")))
    assert "zero bytes" in whole_of(PLAIN + b"1,2026-03-01,1.00,EUR,CREDIT,,A\0,x\n")


def test_marks_that_reorder_text_are_taken_out_and_control_characters_become_spaces():
    row = "1,2026-03-01,1.00,EUR,CREDIT,,AB\u202ecd\u200b,x\x1b[31my\n".encode()
    line = read_bytes(PLAIN + row, "x").statements[0].lines[0]
    assert (line.payer, line.remittance) == ("ABcd", "x [31my")


def test_a_name_that_points_elsewhere_is_only_text():
    reading = read_bytes(b"%PDF", "../../etc/passwd")
    assert reading.problems[0].where == "../../etc/passwd"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (ofx(transaction(extra="<MEMO>" + "x" * 10_000_000)), "bytes"),
        (PLAIN + b'1,2026-03-01,1.00,EUR,CREDIT,,A,"' + b"x" * 10_000_000 + b'"\n', "more than 100,000 characters"),
        (MT940 + b"x" * 10_000_000 + b"\n:62F:C260301EUR1,00\n-\n", "field 86 has 10,000,000 characters"),
    ],
)
def test_a_field_of_ten_megabytes_quarantines_its_row(content, told):
    reading = read_bytes(content, "x")
    (problem,) = [problem for problem in reading.problems if problem.quarantined]
    assert problem.quarantined == "row" and told in problem.what and len(problem.raw) <= 65_536


def test_twenty_thousand_levels_of_ofx_are_refused():
    deep = b"<OFX>" + b"<STMTRS>" * 20_000 + b"</STMTRS>" * 20_000 + b"</OFX>"
    assert "statement begins inside another" in read_bytes(deep, "x").problems[0].what


def test_a_file_too_large_is_refused_before_it_is_loaded():
    refusal = size_refusal(1_000_000_000, "x.csv")
    assert refusal is not None and "1,000,000,000 bytes" in refusal.problems[0].what and exit_code(refusal) == 1
    assert size_refusal(MAX_BYTES, "x.csv") is None


TRAPS = {
    "open transactions": b"<OFX>" + b"<STMTTRN>" * 100_000 + b"</OFX>",
    "open comments": b"<OFX>" + b"<!--" * 100_000 + b"--></OFX>",
    "open cdata": b"<OFX><STMTTRN>" + b"<![CDATA[" * 100_000 + b"]]></OFX>",
    "brackets": b"<OFX>" + b"<" * 800_000 + b"</OFX>",
    "blanks in tags": b"<OFX>" + b"<STMTTRN" + b" " * 800_000 + b"</OFX>",
    "statements in statements": b"<OFX>" + b"<STMTRS>" * 100_000 + b"</OFX>",
    "memo of marks": ofx(transaction(extra="<MEMO>" + "<b" * 300_000)),
    "memo of entities": ofx(transaction(extra="<MEMO>" + "&#" * 300_000)),
    "memo of unknown tags": ofx(transaction(extra="<MEMO>" + "<b>" * 200_000)),
    "quotes": PLAIN + b'"' * 800_000 + b"\n",
    "open quotes": PLAIN + b'"a,b\n' * 150_000,
    "blank lines": PLAIN + b"\n" * 800_000,
    "delimiters": b"," * 800_000 + b"\n",
    "headers": b"Datum,Bedrag\n" * 60_000,
    "continued text": MT940 + b"abc\n" * 200_000,
    "many messages": (MT940 + b"x\n:62F:C260301EUR1,00\n-\n") * 5_000,
    "hyphens": b":20:X\n" + b"-\n" * 300_000,
    "account fields": BAI2 + b"010,1,,,88," * 70_000 + b"/\n99,0,1,4/",
    "continuations": BAI2 + b"/\n16,195,1,,,,x\n" + b"88,x\n" * 150_000 + b"99,0,1,4/",
    "xml elements": b"<Document><BkToCstmrStmt>" + b"<a/>" * 200_000 + b"</BkToCstmrStmt></Document>",
    "xml text": b"<Document><BkToCstmrStmt>" + b"&#65;" * 150_000 + b"</BkToCstmrStmt></Document>",
}


@pytest.mark.parametrize("content", TRAPS.values(), ids=TRAPS)
def test_no_input_takes_more_than_linear_time(content):
    """Each trap is about 800 kB and would take minutes if the time grew with the square of its size."""
    began = time.process_time()
    reading = read_bytes(content, "x")
    list(to_ndjson(reading))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PLAIN + b"\n" * 1_600_000, "lines, more than the 1,500,000"),
        (PLAIN + b"no row\n" * 10_100, "more than 10,000 rows cannot be read"),
        (b"<OFX>" + b"<STMTRS></STMTRS>" * 100_100 + b"</OFX>", "100,001 statements"),
        (b"<OFX>" + b"<STATUS></STATUS>" * 200_100 + b"</OFX>", "200,001 status codes"),
        (b"<OFX>" + b"<STMTTRN>" * 1_500_100 + b"</OFX>", "1,500,100 transactions"),
    ],
    ids=["lines", "bad rows", "statements", "status codes", "transactions"],
)
def test_more_than_any_statement_holds_is_refused_before_it_fills_the_memory(content, told):
    assert told in whole_of(content)
