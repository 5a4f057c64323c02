"""BAI2: totals and counts hold on every level, or the file is refused."""

import pytest

from recon.model import Proof
from recon.statements import read_bytes

FILE = """01,BANK,CUSTOMER,260302,0600,1,,,2/
02,CUSTOMER,BANK,1,260301,,USD,2/
03,000123456789,USD,010,10000,,,015,11500,,/
16,195,2000,V,260302,,BR1,CR1,ACH CREDIT, ACME, INV 88/
88,EREF: E2E-9
88,DBNM: ACME INC
16,475,500,,BR2,1201,CHECK PAID/
49,24000,6/
98,24000,1,8/
99,24000,1,10/
"""


def read(*change: str):
    return read_bytes(FILE.replace(*change).encode() if change else FILE.encode(), "bank.bai")


def test_types_say_the_sign_and_balances_prove_the_account():
    (statement,) = read().statements
    assert (statement.proof, statement.account) == (Proof.VERIFIED, "000123456789")
    first, second = statement.lines
    assert (first.amount_minor, first.bank_id, first.reference) == (2000, "BR1", "CR1")
    assert (first.payer, first.end_to_end_id) == ("ACME INC", "E2E-9")
    assert first.remittance == "ACH CREDIT, ACME, INV 88 EREF: E2E-9 DBNM: ACME INC"
    assert (first.booked_on.isoformat(), first.valued_on.isoformat()) == ("2026-03-01", "2026-03-02")
    assert (second.amount_minor, second.check_number) == (-500, "1201")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("49,24000,6", "49,24001,6"), "the account's sum is 24,001, the records make 24,000"),
        (("49,24000,6", "49,24000,7"), "the account's record count is 7, the records make 6"),
        (("98,24000,1,8", "98,24000,2,8"), "the group's number of accounts is 2"),
        (("99,24000,1,10", "99,24000,1,1"), "the file's record count is 1"),
        (("99,24000,1,10/\n", ""), "the file trailer (99) is missing"),
        (("CUSTOMER,BANK,1,", "CUSTOMER,BANK,4,"), "the group is a test"),
        (("16,195,2000", "16,195,20.00"), "'20.00' is not an amount"),
    ],
)
def test_what_does_not_hold_refuses_the_file(change, told):
    reading = read(*change)
    assert told in reading.problems[0].what and not reading.is_believed


def test_a_banks_own_type_code_says_nothing_about_the_sign_and_is_quarantined():
    reading = read("16,475,", "16,920,")
    assert reading.problems[0].quarantined == "row" and "neither a credit" in reading.problems[0].what
    assert reading.statements[0].proof is Proof.DISCREPANCY


def test_every_cut_is_refused_or_quarantined():
    whole = len(read().statements[0].lines)
    for cut in range(1, len(FILE) - 2):
        reading = read_bytes(FILE[:cut].encode(), "bank.bai")
        assert not reading.is_believed or sum(len(s.lines) for s in reading.statements) == whole, cut


LOOSE = """01,BANK,CUSTOMER,260302,0600,1,,,2/  02,CUSTOMER,BANK,1,260301,,USD,2/
03,000123456789,USD,010,10000,,,015,11500,,/ 16,195,2000,,BR1,CR1,ACME
INV 88 / PART 2/
16,475,500,,BR2,1201,CHECK PAID/   49,24000,4/
98,24000,1,6/ 99,24000,1,8/
"""


def test_records_that_share_lines_are_read_where_every_total_holds():
    reading = read_bytes(LOOSE.encode(), "bank.bai")
    (statement,) = reading.statements
    assert (reading.format, statement.proof) == ("bai2", Proof.VERIFIED)
    assert [line.remittance for line in statement.lines] == ["ACME INV 88 / PART 2", "CHECK PAID"]
    assert [LOOSE.encode()[line.source_byte :][:6] for line in statement.lines] == [b"16,195", b"16,475"]


@pytest.mark.parametrize("change", [("24000,4", "24000,5"), ("475,500", "475,600"), ("98,24000", "98,23000")])
def test_records_that_share_lines_are_refused_where_a_total_does_not_hold(change):
    reading = read_bytes(LOOSE.replace(*change).encode(), "bank.bai")
    assert not reading.statements and reading.problems[0].quarantined == "file"
