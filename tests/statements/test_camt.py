"""CAMT: an entry is one line, whatever it consists of."""

import pytest

from recon.model import Proof
from recon.statements import read_bytes

ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef>{details}</Ntry>"""
TRANSACTION = """<TxDtls><Refs><EndToEndId>{e2e}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt><RltdPties>
<Dbtr><Nm>{payer}</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"""


def transaction(amount="10.00", e2e="E1", payer="ACME", text="INV 1"):
    return TRANSACTION.format(amount=amount, e2e=e2e, payer=payer, text=text)


def entry(amount="10.00", mark="CRDT", status="BOOK", ref="R1", details=""):
    return ENTRY.format(amount=amount, mark=mark, status=status, ref=ref, details=f"<NtryDtls>{details}</NtryDtls>")


def balance(code, amount, mark="CRDT"):
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{mark}"
        "</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>"
    )


def message(*entries, balances="", kind="053", element="BkToCstmrStmt", holder="Stmt"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.02">'
        f"<{element}><GrpHdr><MsgId>M</MsgId></GrpHdr><{holder}><Id>1</Id><CreDtTm>2026-03-03T00:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>{balances}{''.join(entries)}</{holder}></{element}>"
        "</Document>"
    ).encode()


def read(content):
    return read_bytes(content, "bank.xml")


def test_a_batch_is_one_line_with_its_transactions_inside():
    batch = entry("30.00", details=transaction("10.00") + transaction("20.00", "E2", "BETA", "INV 2"))
    (line,) = read(message(batch)).statements[0].lines
    assert line.amount_minor == 3000 and line.payer == "" and line.remittance == "INV 1 INV 2"
    assert [value for name, value in line.details if name.startswith("transaction")] == [
        "10.00 EUR | ACME | E1 | INV 1",
        "20.00 EUR | BETA | E2 | INV 2",
    ]


def test_a_single_transaction_tells_payer_account_and_id():
    (line,) = read(message(entry(details=transaction()))).statements[0].lines
    assert (line.payer, line.payer_account, line.end_to_end_id) == ("ACME", "DE89370400440532013000", "E1")


def test_balances_prove_the_statement_with_their_signs():
    balances = balance("OPBD", "5.00", "DBIT") + balance("CLBD", "5.00")
    (statement,) = read(message(entry(), balances=balances)).statements
    assert (statement.proof, statement.opening_minor) == (Proof.VERIFIED, -500)
    (statement,) = read(message(entry("9.00"), balances=balances)).statements
    assert statement.proof is Proof.DISCREPANCY


def test_pending_entries_are_pending_and_outside_the_proof():
    balances = balance("OPBD", "0.00") + balance("CLBD", "10.00")
    (statement,) = read(message(entry(), entry(status="PDNG", ref="R2"), balances=balances)).statements
    assert statement.proof is Proof.VERIFIED and [line.pending for line in statement.lines] == [False, True]


def test_the_banks_own_count_of_entries_is_checked():
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    (statement,) = read(message(entry(), balances=summary)).statements
    assert statement.proof_reason == "the bank announces 2 entries, the file holds 1"


@pytest.mark.parametrize(
    ("kind", "element", "holder"),
    [("052", "BkToCstmrAcctRpt", "Rpt"), ("054", "BkToCstmrDbtCdtNtfctn", "Ntfctn"), ("053", "BkToCstmrStmt", "Stmt")],
)
def test_the_three_messages_are_read_alike(kind, element, holder):
    reading = read(message(entry(), kind=kind, element=element, holder=holder))
    assert reading.format == f"camt.{kind}" and len(reading.statements[0].lines) == 1


@pytest.mark.parametrize("change", [("10.00", "10,00"), ("CRDT", "PLUS"), ("2026-03-02", "2026-02-30"), ("EUR", "EUX")])
def test_an_entry_that_cannot_be_read_is_quarantined_with_its_bytes(change):
    content = message(entry("7.00"), entry().replace(*change, 1))
    reading = read(content)
    (problem,) = [p for p in reading.problems if p.quarantined]
    assert problem.quarantined == "row" and problem.raw.startswith(b"<Ntry>") and problem.raw.endswith(b"</Ntry>")
    assert len(reading.statements[0].lines) == 1


def test_every_cut_is_refused():
    content = message(entry())
    assert not any(read(content[:cut]).is_believed for cut in range(1, len(content), 3))


def test_entities_and_document_types_are_refused():
    hostile = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + message(entry())[38:]
    assert "document type or entities" in read(hostile).problems[0].what


def test_deep_nesting_and_huge_fields_are_refused():
    deep = message(entry()).replace(b"<MsgId>M</MsgId>", b"<a>" * 20_000 + b"</a>" * 20_000)
    assert "nested deeper" in read(deep).problems[0].what
    huge = message(entry(details=transaction(text="x" * 10_000_000)))
    assert "characters" in read(huge).problems[0].what


def test_a_file_in_windows_text_that_claims_utf8_is_still_read():
    content = message(entry(details=transaction(payer="Müller"))).decode().encode("cp1252")
    reading = read(content)
    assert reading.statements[0].lines[0].payer == "Müller" and "declared as utf-8" in reading.problems[0].what
