"""The plain layout, and the objects `recon read --json` prints."""

import json

from recon.statements import exit_code, read_bytes, to_ndjson

HEADER = "fitid,date,amount,currency,type,checknum,payee,memo\n"


def read(*rows: str, end: str = "\n"):
    return read_bytes((HEADER + "\n".join(rows) + end).encode(), "plain.csv")


def test_one_statement_per_currency_with_an_account_of_its_own():
    reading = read("1,2026-03-01,10.00,EUR,CREDIT,,ACME,INV 1", "2,2026-03-02,-5,USD,DEBIT,12,BETA,")
    assert [(s.account, s.proof.value, s.lines[0].amount_minor) for s in reading.statements] == [
        ("plain:EUR", "UNVERIFIABLE", 1000),
        ("plain:USD", "UNVERIFIABLE", -500),
    ]


def test_a_bad_row_is_quarantined_with_line_byte_and_raw_text():
    reading = read(
        "1,2026-03-01,10.00,EUR,CREDIT,,ACME,x", '2,2026-03-02,"1,650",EUR,CREDIT,,ACME,x', "3,2026-03-03,1.00,EUR"
    )
    first, second = reading.problems
    assert (first.where, first.what) == ("plain.csv, line 3", "'1,650' is not a number with decimal mark '.'")
    assert first.raw == b'2,2026-03-02,"1,650",EUR,CREDIT,,ACME,x\n'
    assert second.what == "the row has 4 fields, the header 8"
    assert len(reading.statements[0].lines) == 1 and exit_code(reading) == 3


def test_a_row_without_line_end_may_be_cut_and_is_quarantined():
    reading = read("1,2026-03-01,10.00,EUR,CREDIT,,ACME,INV 12", end="")
    assert [problem.quarantined for problem in reading.problems] == ["row"]


def test_fields_over_several_lines_are_one_row():
    reading = read('1,2026-03-01,10.00,EUR,CREDIT,,ACME,"INV 1\nand 2"', "2,2026-03-02,1.00,EUR,CREDIT,,B,x")
    assert [line.remittance for line in reading.statements[0].lines] == ["INV 1 and 2", "x"]
    assert [line.source_line for line in reading.statements[0].lines] == [2, 4]


def test_a_quote_that_swallows_rows_is_no_row():
    swallowed = '1,2026-03-01,10.00,EUR,CREDIT,,ACME,"INV 1'
    inner = "2,2026-03-02,2.00,EUR,CREDIT,,B,x"
    reading = read(swallowed, inner, '3,2026-03-03,3.00,EUR,CREDIT,,C,y"', "4,2026-03-04,4.00,EUR,CREDIT,,D,z")
    assert [line.bank_id for line in reading.statements[0].lines] == ["4"]
    assert reading.problems[0].what == "a quoted field holds 1 whole rows"


def test_identical_rows_stay_two():
    row = "7,2026-03-01,10.00,EUR,CREDIT,,ACME,rent"
    reading = read(row, row)
    assert len(reading.statements[0].lines) == 2 and reading.problems == ()


def test_ndjson_ends_with_the_summary_and_shows_no_account():
    objects = list(to_ndjson(read("1,2026-03-01,10.00,EUR,CREDIT,,ACME,INV 1")))
    assert [o["type"] for o in objects] == ["statement", "line", "summary"]
    assert objects[-1] == {"type": "summary", "format": "plain", "statements": 1, "lines": 1, "problems": 0, "exit": 0}
    assert objects[1]["amount"] == "10.00" and objects[1]["source"] == {"line": 2, "byte": 52}
    assert json.dumps(objects)


def test_an_account_number_in_the_text_is_masked_in_the_output_and_kept_in_the_line():
    reading = read("1,2026-03-01,10.00,EUR,CREDIT,,ACME,INV 1 IBAN DE89370400440532013000 RE DE1234567890123456789")
    assert reading.statements[0].lines[0].remittance.count("DE89370400440532013000") == 1
    assert list(to_ndjson(reading))[1]["remittance"] == "INV 1 IBAN ***3000 RE DE1234567890123456789"


def test_a_refused_file_has_exit_one():
    reading = read_bytes(b"PK\x03\x04zip", "statement.zip")
    assert exit_code(reading) == 1 and "archive" in reading.problems[0].what
