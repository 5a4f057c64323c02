"""Dialects of OFX, CAMT, MT940 and BAI2 that banks are known to write, each with invented payments.

Read with the right amounts and texts, or refused with the reason named here. Never read wrong in silence.
"""

import pytest

from recon.model import Proof, Reading, StatementLine
from recon.statements import in_own_currency, read_bytes
from tests.statements import ofx_samples as samples

transaction = samples.transaction

TWO = samples.ofx(transaction(), transaction("-2.50", fitid="A2"))


def lines(reading: Reading) -> list[StatementLine]:
    return [line for statement in reading.statements for line in statement.lines]


def amounts(content: bytes) -> list[int]:
    reading = read_bytes(content, "x")
    assert not [problem for problem in reading.problems if problem.quarantined], reading.problems
    return [line.amount_minor for line in lines(reading)]


@pytest.mark.parametrize(
    "change",
    [
        lambda ofx: ofx.rstrip(),
        lambda ofx: ofx.replace(b"\r\n", b""),
        lambda ofx: ofx.replace(b"\r\n", b"\n", 3).replace(b"\n", b"\r", 1),
        lambda ofx: b"\xff\xfe" + ofx.decode().encode("utf-16-le"),
        lambda ofx: b"\xef\xbb\xbf" + ofx,
        lambda ofx: ofx.replace(b"ENCODING:USASCII", b"ENCODING:UTF-8").replace(b"ACME", b"M\xfcller"),
        lambda ofx: ofx.replace(b"10.00", b"10,00").replace(b"-2.50", b"-2,50"),
        lambda ofx: ofx.replace(b"<NAME>", b"\t<NAME>\t"),
        lambda ofx: ofx.replace(b"<TRNAMT>10.00", b"<TRNAMT> 10.00 </TRNAMT>"),
        lambda ofx: ofx[ofx.index(b"<OFX>") :],
        lambda ofx: ofx.replace(b"<SONRS>", b"<SONRS><INTU.BID>3000<INTU.USERID>joe"),
        lambda ofx: ofx + b"\r\n<!-- made by hand --><html></html>",
        lambda ofx: ofx.replace(b"</STMTTRN>", b""),
        lambda ofx: ofx.replace(b"</STMTTRN>\r\n", b"").replace(b"<STMTTRN>", b"\n<STMTTRN>\n"),
        lambda ofx: (
            b'<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?>' + ofx[ofx.index(b"<OFX>") :]
        ),
        lambda ofx: (
            ofx.replace(b"BANKMSGSRSV1", b"CREDITCARDMSGSRSV1")
            .replace(b"STMTTRNRS", b"CCSTMTTRNRS")
            .replace(b"<STMTRS>", b"<CCSTMTRS>")
            .replace(b"</STMTRS>", b"</CCSTMTRS>")
            .replace(b"BANKACCTFROM", b"CCACCTFROM")
        ),
    ],
    ids=[
        *("no last line end", "one line", "mixed line ends", "UTF-16", "byte order mark", "Latin letters as UTF-8"),
        *("comma", "tabs", "spaces", "no header", "Intuit tags", "behind the end", "no closing STMTTRN"),
        *("no closing STMTTRN, more lines", "XML header", "credit card"),
    ],
)
def test_ofx_dialects_say_the_same(change):
    assert amounts(change(TWO)) == [1000, -250]


def test_investment_cash_without_closing_tags_keeps_the_payer_clean():
    content = (
        f"{samples.HEAD}<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><TRNUID>1{samples.OK}<INVSTMTRS><CURDEF>USD<INVACCTFROM>"
        "<BROKERID>b<ACCTID>777</INVACCTFROM><INVTRANLIST><INVBANKTRAN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260303"
        "<TRNAMT>100.00<FITID>2<NAME>DEPOSIT<SUBACCTFUND>CASH</INVBANKTRAN></INVTRANLIST></INVSTMTRS></INVSTMTTRNRS>"
        "</INVSTMTMSGSRSV1></OFX>"
    )
    (line,) = lines(read_bytes(content.encode(), "x"))
    assert (line.amount_minor, line.payer) == (10000, "DEPOSIT")


def test_the_same_transactions_in_two_statements_of_a_file_do_not_count_twice():
    reading = read_bytes(TWO + TWO, "x")
    assert not reading.statements
    assert "2 transactions of one account stand in two statements" in reading.problems[-1].what


def test_a_line_in_another_currency_is_read_but_does_not_reach_the_books():
    foreign = transaction("10.00", fitid="B1", extra="<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>")
    reading = read_bytes(samples.ofx(transaction(), foreign), "bank.ofx")
    assert [line.currency for line in lines(reading)] == ["USD", "EUR"]
    booked = in_own_currency(reading, "bank.ofx")
    assert [line.currency for line in lines(booked)] == ["USD"]
    (problem,) = (problem for problem in booked.problems if problem.quarantined)
    assert problem.what == "the line of 2026-03-01 is 10.00 EUR, the account is in USD"
    assert in_own_currency(booked, "bank.ofx") is booked


def camt(entries: str, closing: str, schema: str = "camt.053.001.02") -> str:
    def balance(code: str, amount: str) -> str:
        kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        return f'<Bal>{kind}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-14</Dt></Dt></Bal>'

    head = "<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-14T10:00:00</CreDtTm></GrpHdr>"
    account = "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{schema}">'
        f"<BkToCstmrStmt>{head}<Stmt><Id>1</Id>{account}{balance('OPBD', '1000.00')}{balance('CLBD', closing)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


def entry(amount: str, mark: str = "CRDT", status: str = "BOOK", details: str = "", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{more}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-03-14</Dt></BookgDt>{details}</Ntry>"
    )


def paid(amount: str, name: str, text: str) -> str:
    party = f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>"
    return f'<TxDtls><Amt Ccy="EUR">{amount}</Amt>{party}<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>'


@pytest.mark.parametrize("version", range(1, 14))
def test_every_version_of_camt_053_is_read(version):
    status = "BOOK" if version < 8 else "<Cd>BOOK</Cd>"
    text = camt(entry("1650.00", status=status), "2650.00", f"camt.053.001.{version:02}")
    (statement,) = read_bytes(text.encode(), "x").statements
    assert statement.proof is Proof.VERIFIED and statement.lines[0].amount_minor == 165000


@pytest.mark.parametrize(
    "change",
    [
        lambda text: (
            text.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?").replace("xmlns=", "xmlns:n=")
        ),
        lambda text: text.replace("urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", "ISO:camt.053.001.02:APC:STUZZA:1"),
        lambda text: text.replace("><", ">\r\n  <"),
        lambda text: text.replace("UTF-8", "ISO-8859-1"),
        lambda text: text.replace("<Ntry>", "<!-- one --><Ntry>"),
    ],
    ids=["prefixes", "Austrian namespace", "indented", "Latin", "comments"],
)
def test_camt_dialects_say_the_same(change):
    assert amounts(change(camt(entry("1650.00"), "2650.00")).encode("latin-1")) == [165000]


def test_a_batch_is_one_line_and_names_no_payer_of_its_own():
    count, first = "<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>", paid("100.00", "A", "RE 1")
    whole = f"{count}{first}{paid('200.00', 'B', 'RE 2')}</NtryDtls>"
    part = f"{count}{first}</NtryDtls>"
    for details, text in ((whole, "RE 1 RE 2"), (part, "RE 1")):
        (line,) = lines(read_bytes(camt(entry("300.00", details=details), "1300.00").encode(), "x"))
        assert (line.amount_minor, line.payer, line.remittance) == (30000, "", text)


@pytest.mark.parametrize(
    ("text", "proof", "minor"),
    [
        (camt(entry("50.00", "DBIT", more="<RvslInd>true</RvslInd>"), "950.00"), Proof.VERIFIED, [-5000]),
        (camt(entry("10.00", status="PDNG"), "1000.00"), Proof.VERIFIED, [1000]),
        (camt(entry("10.00", status="INFO"), "1000.00"), Proof.VERIFIED, []),
        (camt(entry("10.00"), "1011.00"), Proof.DISCREPANCY, [1000]),
        (camt(entry("10,00"), "1010.00"), Proof.DISCREPANCY, []),
    ],
    ids=["reversal", "pending", "information", "a closing balance that is off", "a comma"],
)
def test_camt_entries_by_their_marks(text, proof, minor):
    (statement,) = read_bytes(text.encode(), "x").statements
    assert (statement.proof, [line.amount_minor for line in statement.lines]) == (proof, minor)


def mt940(
    body: str, account: str = "DE02120300000000202051", currency: str = "EUR", before: str = "", after: str = "-\r\n"
) -> bytes:
    balances = f":60F:C260301{currency}1000,00", f":62F:C260314{currency}2650,00"
    return f"{before}:20:X\r\n:25:{account}\r\n:28C:1/1\r\n{balances[0]}\r\n{body}{balances[1]}\r\n{after}".encode()


PAID = ":61:2603140314C1650,00NTRF{}\r\n"
DIALECTS = {
    "German subfields": mt940(
        PAID.format("NONREF") + ":86:166?00GUTSCHRIFT?20EREF+E2E-1?21SVWZ+INV 4711?31NL91ABNA0417164300?32ACME BV\r\n"
    ),
    "ING": mt940(
        PAID.format("EREF//1") + ":86:/EREF/E2E-1/CNTP/NL91ABNA0417164300/ABNANL2A/ACME BV///REMI/USTD//INV 4711/\r\n",
        "NL20INGB0001234567EUR",
        before="{1:F01INGBNL2ABXXX0000000000}{2:I940INGBNL2AXXXN}{4:\r\n",
        after="-}\r\n",
    ),
    "ABN AMRO": mt940(
        ":61:2603140314C1650,00N247NONREF\r\n:86:/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A\r\n"
        "/NAME/ACME BV/REMI/INV 4711/EREF/E2E-1\r\n",
        "123456789",
        before="ABNANL2A\r\n940\r\nABNANL2A\r\n",
    ),
    "Rabobank": mt940(
        ":61:260314C000000001650,00N541EREF//260314\r\nNL91ABNA0417164300\r\n:86:/EREF/E2E-1/IBAN/NL91ABNA0417164300"
        "/NAME/ACME BV/REMI/INV 4711/ISDT/2026-03-14\r\n",
        "NL02RABO0123456789 EUR",
        before=":940:\r\n",
    ),
    "Polish, angle": mt940(
        PAID.format("NONREF") + ":86:020<00PRZELEW<20EREF+E2E-1<21SVWZ+INV 4711<27ACME BV<38NL91ABNA0417164300\r\n",
        "/PL61109010140000071219812874",
        "PLN",
    ),
    "Polish, tilde": mt940(
        PAID.format("NONREF") + ":86:020~00PRZELEW~20EREF+E2E-1~21SVWZ+INV 4711~32ACME BV~38NL91ABNA0417164300\r\n",
        currency="PLN",
    ),
    "Unix line ends": mt940(
        PAID.format("NONREF") + ":86:166?20EREF+E2E-1?21SVWZ+INV 4711?31NL91ABNA0417164300?32ACME BV\r\n"
    ).replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_mt940_dialects_say_the_same(name):
    (statement,) = read_bytes(DIALECTS[name], name).statements
    (line,) = statement.lines
    assert statement.proof is Proof.VERIFIED and line.amount_minor == 165000
    assert (line.payer, line.payer_account) == ("ACME BV", "NL91ABNA0417164300")
    assert (line.remittance, line.end_to_end_id, line.reference) == ("INV 4711", "E2E-1", "")
    assert statement.account[-1].isdigit() and " " not in statement.account and "/" not in statement.account


@pytest.mark.parametrize("entry", ["2603140314C1650.00NTRFNONREF", "2603140314C1650NTRFNONREF", "260314 1650,00"])
def test_an_mt940_line_in_no_known_shape_is_set_aside_and_the_balances_say_so(entry):
    reading = read_bytes(mt940(f":61:{entry}\r\n:86:x\r\n"), "x")
    assert [problem.quarantined for problem in reading.problems] == ["row"]
    assert reading.statements[0].proof is Proof.DISCREPANCY


def bai2(*records: str, closing: int, currency: str = "USD") -> str:
    account = [f"03,000123456789,{currency},010,100000,,/", f"88,015,{closing},,/", *records]
    total = 100000 + closing + sum(int(record.split(",")[2]) for record in records if record.startswith("16,"))
    group = ["02,ACME,CHASE,1,260314,,USD,2/", *account, f"49,{total},{len(account) + 1}/"]
    group.append(f"98,{total},1,{len(group) + 1}/")
    return "\n".join(["01,CHASE,ACME,260315,0600,1,,,2/", *group, f"99,{total},1,{len(group) + 2}/"]) + "\n"


@pytest.mark.parametrize(
    ("records", "text"),
    [
        (
            ("16,165,165000,Z,4711,,ORIG CO NAME:ACME", "88,ORIG ID:123", "88,INV 4711"),
            "ORIG CO NAME:ACME ORIG ID:123 INV 4711",
        ),
        (("16,195,165000,V,260314,1000,REF1,,INCOMING WIRE ACME/",), "INCOMING WIRE ACME"),
        (("16,301,165000,S,100000,50000,15000,REF1,,DEPOSIT/",), "DEPOSIT"),
        (("16,301,165000,D,2,0,100000,1,65000,REF1,,DEPOSIT/",), "DEPOSIT"),
        (
            ("16,115,165000,Z,LB123,,LOCKBOX", "88,CHK 1001 ACME 100000", "88,CHK 1002 BETA 65000"),
            "LOCKBOX CHK 1001 ACME 100000 CHK 1002 BETA 65000",
        ),
        (("16,165,165000,Z,1,,text with, commas, and / stroke",), "text with, commas, and / stroke"),
        (("16,165,+165000,,1,,SIGNED/",), "SIGNED"),
    ],
    ids=["Chase", "value dated", "availability", "distributed", "lockbox", "commas", "plus"],
)
def test_bai2_dialects_say_the_same(records, text):
    for content in (bai2(*records, closing=265000), bai2(*records, closing=265000).replace("\n", "   \r\n")):
        (statement,) = read_bytes(content.encode(), "x").statements
        assert statement.proof is Proof.VERIFIED
        assert [(line.amount_minor, line.remittance) for line in statement.lines] == [(165000, text)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("49,", "49,1"), "the account's sum is"),
        (("98,", "98,1"), "the group's sum is"),
        (("99,", "99,1"), "the file's sum is"),
        (("16,165,", "16,165,1"), "the account's sum is"),
    ],
)
def test_a_bai2_total_that_does_not_hold_refuses_the_file(change, told):
    content = bai2("16,165,165000,Z,1,,x/", closing=265000)
    at = content.index("\n" + change[0]) + 1
    reading = read_bytes((content[:at] + change[1] + content[at + len(change[0]) :]).encode(), "x")
    assert not reading.statements and any(told in problem.what for problem in reading.problems)
