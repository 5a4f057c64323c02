"""MT940 and MT942."""

import pytest

from recon.model import Proof
from recon.statements import read_bytes

HEAD = ":20:START\r\n:25:12345678/0001234567\r\n:28C:1/1\r\n:60F:C260301EUR100,00\r\n"


def read(*lines: str, closing: str = ":62F:C260302EUR110,00\r\n-\r\n", head: str = HEAD):
    return read_bytes((head + "".join(f"{line}\r\n" for line in lines) + closing).encode(), "bank.sta")


def only_line(*lines: str):
    (statement,) = read(*lines).statements
    return statement.lines[0]


def test_balances_prove_the_statement():
    (statement,) = read(":61:2603020302C10,00NTRFNONREF//B1").statements
    assert (statement.proof, statement.account, statement.closing_minor) == (
        Proof.VERIFIED,
        "12345678/0001234567",
        11000,
    )
    assert statement.lines[0].bank_id == "B1"


@pytest.mark.parametrize(
    ("mark", "minor", "pending"),
    [
        ("C", 1000, False),
        ("D", -1000, False),
        ("RC", -1000, False),
        ("RD", 1000, False),
        ("CR", 1000, False),
        ("DR", -1000, False),
        ("RDR", 1000, False),
        ("EC", 1000, True),
        ("CN", 1000, False),
    ],
)
def test_marks_say_the_direction_and_reversals_turn_it(mark, minor, pending):
    line = only_line(f":61:2603020302{mark}10,00NTRFNONREF")
    assert (line.amount_minor, line.pending) == (minor, pending)


@pytest.mark.parametrize(("amount", "minor"), [("10,", 1000), ("0,1", 10), ("000000001213,28", 121328)])
def test_amounts_have_a_decimal_comma(amount, minor):
    assert only_line(f":61:2603020302C{amount}NTRFNONREF").amount_minor == minor


def test_the_entry_date_is_the_booking_day_also_over_new_year():
    line = only_line(":61:2601041229C10,00NTRFNONREF")
    assert (line.booked_on.isoformat(), line.valued_on.isoformat()) == ("2025-12-29", "2026-01-04")


def test_a_value_date_outside_the_calendar_is_kept_as_told():
    line = only_line(":61:2602300302C10,00NTRFNONREF")
    assert line.valued_on is None and ("value_day", "260230") in line.details


def test_german_subfields_tell_payer_account_purpose_and_id():
    line = only_line(
        ":61:2603020302C10,00NTRFNONREF",
        ":86:166?00GUTSCHRIFT?109075?20EREF+E2E-1?21SVWZ+Ihre Rechnung RE 2026-?220417 vom 1.2.?30DEUTDEFF?31DE893704",
        "00440532013000?32MUELLER UND SOEHNE GMBH CO?33KG",
    )
    assert (line.end_to_end_id, line.payer_account) == ("E2E-1", "DE89370400440532013000")
    assert line.payer == "MUELLER UND SOEHNE GMBH CO KG"
    assert line.remittance == "Ihre Rechnung RE 2026-0417 vom 1.2."


def test_dutch_slashes_tell_the_same():
    line = only_line(
        ":61:2603020302C10,00NTRFNONREF",
        ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL47BUNQ2025181418/NAME/W. KOELEWIJN/REMI/Factuur 17/EREF/NOTPROVIDED",
    )
    assert (line.payer, line.payer_account, line.remittance, line.end_to_end_id) == (
        "W. KOELEWIJN",
        "NL47BUNQ2025181418",
        "Factuur 17",
        "",
    )


def test_a_remittance_that_looks_like_a_tag_stays_text():
    line = only_line(":61:2603020302C10,00NTRFNONREF", ":86:KARTE 12-09-2014T16", ":26:37 Folgenr. 007")
    assert line.remittance == "KARTE 12-09-2014T16 :26:37 Folgenr. 007"


def test_a_wrapped_time_is_no_new_statement():
    text = "X" * 63 + "16"
    reading = read(":61:2603020302C10,00NTRFNONREF", f":86:{text}", ":20:37 Folgenr. 007")
    assert len(reading.statements) == 1


def test_a_line_that_cannot_be_read_is_quarantined_and_the_balances_show_it():
    reading = read(":61:2603020302C10.00NTRFNONREF")
    assert reading.problems[0].quarantined == "row" and reading.problems[0].raw.startswith(b":61:")
    assert reading.statements[0].proof is Proof.DISCREPANCY


@pytest.mark.parametrize(
    ("head", "closing", "told"),
    [
        (HEAD, "", "the closing balance (:62F:) is missing"),
        (HEAD.replace(":25:12345678/0001234567\r\n", ""), ":62F:C260302EUR110,00\r\n", "names no account"),
        ("{1:F01X}{2:O940X}{4:\r\n" + HEAD, ":62F:C260302EUR110,00\r\n", "envelope (-}) is missing"),
    ],
)
def test_a_statement_that_is_not_whole_is_refused(head, closing, told):
    reading = read(":61:2603020302C10,00NTRFNONREF", head=head, closing=closing)
    assert told in reading.problems[0].what and not reading.statements


def test_interim_reports_are_unverifiable_and_their_totals_are_checked():
    head = ":20:X\r\n:25:12345678\r\n:28C:1/1\r\n:34F:EURD0,00\r\n:13D:2603021200+0100\r\n"
    reading = read(":61:2603020302D2,30NTRFNONREF", head=head, closing=":90D:1EUR2,30\r\n")
    assert reading.format == "mt942" and reading.statements[0].proof is Proof.UNVERIFIABLE
    reading = read(":61:2603020302D2,30NTRFNONREF", head=head, closing=":90D:2EUR2,30\r\n")
    assert reading.statements[0].proof is Proof.DISCREPANCY


def test_a_line_broken_before_its_amount_is_one_line():
    assert only_line(":61:2603020302CR", "10,00N062NONREF").amount_minor == 1000


def test_a_hyphen_between_balance_and_lines_ends_nothing():
    (statement,) = read("-", ":61:2603020302C10,00NTRFNONREF").statements
    assert statement.proof is Proof.VERIFIED


WHOLE = HEAD + ":61:2603020302C10,00NTRFNONREF\r\n:62F:C260302EUR110,00\r\n-\r\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (WHOLE + ":2", "the file is cut inside the next one"),
        (WHOLE + "{1:F01BANK", "the file is cut inside the next one"),
        (WHOLE + WHOLE[:-3], "every statement but the last has its end mark"),
        (WHOLE + ":20:START\r\n", "names no account"),
    ],
)
def test_the_beginning_of_another_statement_shows_that_the_file_is_cut(content, told):
    reading = read_bytes(content.encode(), "bank.sta")
    assert any(told in problem.what for problem in reading.problems) and not reading.statements


def test_two_whole_statements_are_two():
    assert len(read_bytes((WHOLE + WHOLE).encode(), "bank.sta").statements) == 2


def test_line_ends_of_german_home_banking_are_line_ends():
    text = (HEAD + ":61:2603020302C10,00NTRFNONREF\r\n:86:166?20RE 4711@K?32ACME\r\n:62F:C260302EUR110,00").replace(
        "\r\n", "@@"
    )
    (statement,) = read_bytes(f"@@{text}".encode(), "bank.sta").statements
    assert (statement.proof, statement.lines[0].remittance) == (Proof.VERIFIED, "RE 4711@K")
    assert f"@@{text}".encode()[statement.lines[0].source_byte :].startswith(b":61:")


def test_what_a_bank_tells_in_a_field_of_its_own_is_the_text_where_it_sends_no_other():
    line = only_line(":61:2603020302C10,00S   X", ":NS:01526715", "15ACME Kft.", "17G2000001377")
    assert line.remittance == "526715 ACME Kft. G2000001377"
    assert only_line(":61:2603020302C10,00NTRF", ":NS:15ACME", ":86:RE 4711").remittance == "RE 4711"


def test_a_total_without_a_digit_before_its_comma_is_checked():
    head = ":20:X\r\n:25:123/456\r\n:28C:0\r\n:34F:EUR0,\r\n:13D:2603021200+0100\r\n"
    for total, proof in ((",02", Proof.UNVERIFIABLE), (",03", Proof.DISCREPANCY)):
        reading = read(":61:260302D0,02NMSC", closing=f":90D:1EUR{total}\r\n", head=head)
        assert reading.statements[0].proof is proof


def test_a_code_alone_before_the_text_is_no_part_of_it():
    line = only_line(":61:2603020302C10,00NTRF", ":86:150", ":86:150~00PRZELEW~20RE 4711~32ACME")
    assert (line.remittance, line.payer, line.kind) == ("RE 4711", "ACME", "150")


TWO_DAYS = (
    HEAD + ":61:2603020302C10,00NTRFNONREF\r\n:62M:C260302EUR110,00\r\n:60M:C260303EUR110,00\r\n"
    ":61:2603030303C5,00NTRFNONREF\r\n:62F:C260303EUR115,00\r\n"
)


def test_two_days_in_one_message_are_one_statement():
    (statement,) = read_bytes(TWO_DAYS.encode(), "bank.sta").statements
    assert (statement.proof, len(statement.lines), statement.closing_minor) == (Proof.VERIFIED, 2, 11500)


def test_no_cut_of_two_days_in_one_message_goes_unsaid():
    for cut in range(1, len(TWO_DAYS) - 2):
        reading = read_bytes(TWO_DAYS[:cut].encode(), "bank.sta")
        told = [problem.what for problem in reading.problems]
        lines = sum(len(statement.lines) for statement in reading.statements)
        proofs = [statement.proof for statement in reading.statements]
        assert lines == 2 or not proofs or proofs == [Proof.DISCREPANCY] or "(:62M:)" in str(told), cut
