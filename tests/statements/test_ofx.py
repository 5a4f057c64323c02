"""OFX: what real files do, and that nothing of it is lost, moved or guessed."""

import pytest

from recon.model import Reading, StatementLine
from recon.statements import read_bytes
from recon.statements.ofx import scan_ofx
from tests.statements import ofx_samples as samples

document, ofx, statement, transaction = samples.document, samples.ofx, samples.statement, samples.transaction


def read(content: bytes, **options: str) -> Reading:
    return read_bytes(content, "bank.ofx", **options)


def lines(content: bytes) -> tuple[StatementLine, ...]:
    reading = read(content)
    assert reading.is_believed, reading.problems
    return tuple(line for statement in reading.statements for line in statement.lines)


def quarantined(content: bytes) -> list[tuple[str | None, str]]:
    return [(problem.quarantined, problem.what) for problem in read(content).problems if problem.quarantined]


def test_a_line_keeps_what_the_bank_wrote_and_where_it_stands():
    content = ofx(transaction(), transaction("-2.50", fitid="A2", extra="<CHECKNUM>77<MEMO>INV 4711"))
    second = lines(content)[1]
    assert (second.amount_minor, second.currency, second.bank_id, second.check_number) == (-250, "USD", "A2", "77")
    assert (second.payer, second.remittance, second.kind) == ("ACME", "INV 4711", "CREDIT")
    assert content[second.source_byte :].startswith(b"<STMTTRN>") and b"A2" in content[second.source_byte :]
    assert content[: second.source_byte].count(b"\n") + 1 == second.source_line


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("20240201000000[+1:CET]", "2024-02-01"),
        ("20240131235959[-5:EST]", "2024-01-31"),
        ("2024011512", "2024-01-15"),
        ("20240115120000.000[-3.5:NST]", "2024-01-15"),
        ("20240115", "2024-01-15"),
    ],
)
def test_the_book_day_is_the_day_the_bank_wrote(written, day):
    assert lines(ofx(transaction(day=written)))[0].booked_on.isoformat() == day


@pytest.mark.parametrize("day", ["00000000", "20240230", "201120000000", "", "tomorrow", "15/01/2024", "00010101"])
def test_a_day_that_is_none_quarantines_its_row_alone(day):
    content = ofx(transaction(), transaction(day=day, fitid="A2"))
    assert len(lines(content)) == 1
    assert [scope for scope, _ in quarantined(content)] == ["row"]


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1234.5", 123450),
        ("+45", 4500),
        ("-.50", -50),
        ("-30.000", -3000),
        ("1,65", 165),
        ("1,650.00", 165000),
        ("1.650,00", 165000),
        ("0,650", 65),
        ("1,234,567", 123456700),
    ],
)
def test_an_amount_with_one_reading_is_read(written, minor):
    assert lines(ofx(transaction(written)))[0].amount_minor == minor


@pytest.mark.parametrize(
    "written",
    ["1,650", "NaN", "Infinity", "null", "1,5,0.00", "$120", "1.005", "--5", "1_000,00", "1e5", "٣", "12,34.5"],
)
def test_an_amount_that_is_none_or_two_quarantines_its_row(written):
    reading = read(ofx(transaction(), transaction(written, fitid="A2")))
    problem = next(problem for problem in reading.problems if problem.quarantined)
    assert problem.quarantined == "row" and problem.where == "bank.ofx, line 9"
    assert problem.raw.startswith(b"<STMTTRN>") and problem.byte_offset


def test_a_group_mark_that_could_be_a_decimal_point_is_refused_where_the_file_writes_commas():
    content = ofx(transaction("1,65"), transaction("1.650", fitid="A2"))
    assert quarantined(content) == [
        ("row", "'1.650' may be thousands or decimals: other amounts of the file have a decimal comma")
    ]


def test_the_ambiguous_amount_is_told_as_such():
    assert quarantined(ofx(transaction("1,650"))) == [
        ("row", "'1,650' may be thousands or decimals: the file does not say which")
    ]


def test_amounts_follow_the_minor_units_of_the_currency():
    assert lines(ofx(transaction("1650"), currency="JPY"))[0].amount_minor == 1650
    assert lines(ofx(transaction("1.655"), currency="KWD"))[0].amount_minor == 1655
    assert quarantined(ofx(transaction("16.5"), currency="JPY"))[0][0] == "row"


def test_every_cut_of_a_file_is_refused_whole():
    content = ofx(*(transaction(fitid=f"A{n}") for n in range(5)))
    end = content.index(b"</OFX>") + len(b"</OFX>")
    for cut in range(1, end):
        reading = read(content[:cut])
        assert not reading.statements and not reading.is_believed, cut


def test_a_lost_opening_tag_is_noticed():
    content = ofx(transaction(), transaction(fitid="A2"))
    second = content.rindex(b"<STMTTRN>")
    assert not read(content[:second] + content[second + len(b"<STMTTRN>") :]).is_believed


def test_a_lost_closing_tag_is_noticed():
    content = ofx(transaction(), transaction(fitid="A2")).replace(b"</STMTTRN>", b"", 1)
    assert not read(content).is_believed


def test_a_failing_second_account_refuses_the_file_with_the_banks_message():
    failing = "<STMTTRNRS><TRNUID>2<STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>General error</STATUS></STMTTRNRS>"
    content = document(statement(transaction()), failing)
    assert quarantined(content) == [("file", "the bank answered STMTTRNRS with status 2000: General error")]


def test_a_warning_of_the_bank_is_passed_on_and_the_lines_are_kept():
    content = ofx(transaction()).replace(b"<CODE>0<SEVERITY>INFO", b"<CODE>10500<SEVERITY>WARN", 1)
    reading = read(content)
    assert reading.is_believed and "10500" in reading.problems[0].what


def test_a_transaction_in_another_currency_keeps_it():
    foreign = transaction(extra="<CURRENCY><CURRATE>1.06<CURSYM>EUR</CURRENCY>")
    converted = transaction(fitid="A2", extra="<ORIGCURRENCY><CURRATE>1.06<CURSYM>EUR</ORIGCURRENCY>")
    assert [line.currency for line in lines(ofx(foreign, converted))] == ["EUR", "USD"]


def test_pending_transactions_are_lines_that_are_pending():
    pending = (
        "</BANKTRANLIST><BANKTRANLISTP><DTASOF>20260331<STMTTRNP><TRNTYPE>CREDIT<DTTRAN>20260330<TRNAMT>5.00"
        "<REFNUM>R1<NAME>LATE</STMTTRNP></BANKTRANLISTP><BANKTRANLIST>"
    )
    found = lines(ofx(transaction(), pending))
    assert [(line.pending, line.amount_minor) for line in found] == [(False, 1000), (True, 500)]


def test_corrections_name_what_they_replace_or_delete():
    extra = "<CORRECTFITID>A1<CORRECTACTION>REPLACE"
    replacing = lines(ofx(transaction(), transaction("11.00", fitid="A2", extra=extra)))[1]
    assert (replacing.correction, replacing.corrects_bank_id) == ("replace", "A1")
    assert quarantined(ofx(transaction(extra="<CORRECTFITID>A0<CORRECTACTION>PERHAPS")))[0][0] == "row"


def test_markup_and_loose_ampersands_stay_in_the_memo():
    memo = "<MEMO>see <b>bold</b> &REG 3 &amp; A<B>C & D"
    assert lines(ofx(transaction(extra=memo)))[0].remittance == "see <b>bold</b> &REG 3 & A<B>C & D"


def test_cdata_is_text():
    assert lines(ofx(transaction(extra="<MEMO><![CDATA[a <x> &amp; b]]>")))[0].remittance == "a <x> &amp; b"


def test_a_bank_field_of_its_own_is_kept_beside_the_others():
    line = lines(ofx(transaction(extra="<INTU.BID>99\r\n<CATEGORY>Rent<MEMO>x")))[0]
    assert ("INTU.BID", "99") in line.details and ("CATEGORY", "Rent") in line.details and line.remittance == "x"


def test_utf8_declared_as_windows_text_is_utf8_and_told():
    reading = read(ofx(transaction(extra="<MEMO>Zürich")))
    assert reading.statements[0].lines[0].remittance == "Zürich"
    assert [problem.what for problem in reading.problems] == ["declared as cp1252, is UTF-8"]


def test_windows_text_is_read_as_declared():
    content = ofx(transaction(extra="<MEMO>Zürich – €")).decode().encode("cp1252")
    assert lines(content)[0].remittance == "Zürich – €"


def test_utf16_is_read():
    assert len(lines(ofx(transaction()).decode().encode("utf-16"))) == 1


def test_xml_is_read_like_sgml():
    sgml = ofx(transaction(extra="<MEMO>R &amp; D"))
    xml = b'<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?>' + sgml[sgml.index(b"<OFX>") :]
    for name in (b"TRNTYPE", b"DTPOSTED", b"TRNAMT", b"FITID", b"NAME", b"MEMO"):
        start = xml.index(b"<" + name + b">")
        end = xml.index(b"<", start + 1)
        xml = xml[:end] + b"</" + name + b">\n  " + xml[end:]
    assert read(xml).format == "ofx2"
    assert lines(xml)[0].remittance == "R & D"


def test_several_accounts_are_several_statements():
    content = document(
        statement(transaction(), account="111122223333"),
        statement(transaction(fitid="B1"), "EUR", "7.00", "444455556666"),
    )
    found = read(content).statements
    assert [(s.account, s.currency, s.closing_minor, len(s.lines)) for s in found] == [
        ("111122223333", "USD", 10000, 1),
        ("444455556666", "EUR", 700, 1),
    ]


def test_an_empty_statement_is_a_statement_without_lines():
    reading = read(ofx())
    assert reading.is_believed and reading.statements[0].lines == ()


def test_a_file_without_statement_is_refused_by_name():
    assert quarantined(document()) == [("file", "the file holds no statement")]


def test_an_unknown_currency_is_asked_for_and_taken_from_the_account():
    content = ofx(transaction(), currency="")
    assert not read(content).is_believed
    assert read(content, account_currency="SEK").statements[0].currency == "SEK"


def test_a_balance_that_is_none_is_left_out_with_a_warning():
    reading = read(ofx(transaction(), balance="1,650"))
    assert reading.is_believed and reading.statements[0].closing_minor is None
    assert "ledger balance is not used" in reading.problems[0].what


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n", ""])
def test_any_line_end_will_do(ends):
    content = ofx(transaction(), transaction(fitid="A2")).replace(b"\r\n", ends.encode())
    assert len(lines(content)) == 2


def test_a_reused_bank_id_is_kept_twice_with_a_warning():
    reading = read(ofx(transaction(), transaction("-1.00")))
    assert len(reading.statements[0].lines) == 2
    assert "bank id 'A1'" in reading.problems[0].what and reading.problems[0].quarantined is None


def test_an_account_number_is_never_part_of_a_problem():
    reading = read(ofx(transaction("bad"), currency="", account="DE89370400440532013000"))
    assert "DE89370400440532013000" not in " ".join(str(problem) for problem in reading.problems)


def test_the_scanner_and_the_whole_reader_agree():
    content = ofx(*(transaction(str(n), fitid=f"A{n}") for n in range(1, 40)))
    assert scan_ofx(content, "bank.ofx").statements == read(content).statements


def test_a_statement_closed_by_the_name_of_another_kind_is_closed():
    content = ofx(transaction()).replace(b"<STMTRS>", b"<CCSTMTRS>").replace(b"STMTTRNRS>", b"CCSTMTTRNRS>")
    (statement_read,) = read(content).statements
    assert statement_read.kind == "credit card" and len(statement_read.lines) == 1


def test_an_account_outside_its_aggregate_is_still_the_account():
    content = ofx(transaction()).replace(b"<BANKACCTFROM>", b"").replace(b"</BANKACCTFROM>", b"")
    assert read(content).statements[0].account == "000123456789"


def test_values_on_a_line_of_their_own_are_values():
    content = ofx(transaction())
    for name in (b"DTPOSTED", b"TRNAMT", b"FITID", b"CURDEF"):
        content = content.replace(b"<" + name + b">", b"<" + name + b">\r\n\t\t")
    (line,) = lines(content)
    assert (line.amount_minor, line.bank_id, line.booked_on.isoformat()) == (1000, "A1", "2026-03-01")


def test_currencies_that_are_no_more_are_read_in_old_statements():
    assert lines(ofx(transaction(), currency="DEM"))[0].currency == "DEM"


UNCLOSED = ofx(
    transaction(), transaction("-2.50", fitid="A2", extra="<MEMO>a"), transaction("3.00", fitid="A3")
).replace(b"</STMTTRN>", b"")


def test_sgml_without_closing_tags_of_transactions_is_read():
    assert [(line.amount_minor, line.bank_id) for line in lines(UNCLOSED)] == [(1000, "A1"), (-250, "A2"), (300, "A3")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260301<TRNAMT>3.00", b"<TRNAMT>3.00"), "two amounts stand in one"),
        ((b"</BANKTRANLIST>", b""), "BANKTRANLIST is never closed"),
        ((b"</BANKTRANLIST>", b"</STMTTRN></BANKTRANLIST>"), "STMTTRN stands outside a whole transaction"),
        ((b"OFXHEADER:100", b'<?OFX OFXHEADER="200"?>'), "STMTTRN stands outside a whole transaction"),
    ],
    ids=["a lost opening tag", "a list without end", "some closed and some not", "XML"],
)
def test_transactions_without_closing_tags_are_refused_where_their_ends_are_not_sure(change, told):
    problems = [what for scope, what in quarantined(UNCLOSED.replace(*change)) if scope == "file"]
    assert any(told in what for what in problems), problems


def test_a_transaction_behind_the_end_mark_without_closing_tag_is_not_believed():
    content = UNCLOSED + b"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260301<TRNAMT>4.00<FITID>A4"
    assert [scope for scope, _ in quarantined(content)] == ["file"]


def test_a_list_that_only_its_balance_ends_is_whole():
    content = ofx(transaction(), transaction("-2.50", fitid="A2")).replace(b"</BANKTRANLIST>", b"")
    assert [line.amount_minor for line in lines(content)] == [1000, -250]
    assert read(content).statements[0].closing_minor == 10000
    without = content.replace(b"<LEDGERBAL><BALAMT>100.00<DTASOF>20260331</LEDGERBAL>", b"")
    assert ("file", "BANKTRANLIST is never closed") in quarantined(without)
