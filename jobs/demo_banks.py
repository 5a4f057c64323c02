"""How the two banks of the demo world write: an OFX 1.x bank for dollars, a German semicolon CSV for euros.

Room: shell.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recon.money import format_minor

USD_ACCOUNT = "7700412290"
EUR_ACCOUNT = "DE70700412290077004122"
PROFILE_NAME = "rheinwerk-bank"
PROFILE = """\
# The statement download of the demo's second bank. Keys: docs/reference/statements.md
name = "rheinwerk-bank"
title = "Rheinwerk Bank (invented), account turnover with balances"
notes = [
  "^Kontoauszug",
  "^Konto;(?P<account>[A-Z0-9 ]+)",
  "^Zeitraum;",
  "^Anfangssaldo;(?P<opening>[-0-9.,]+);(?P<currency>[A-Z]{3})",
  "^Endsaldo;(?P<closing>[-0-9.,]+);",
]

[file]
delimiter = ";"
charset = "cp1252"
header = [
  "Buchung", "Valuta", "Umsatzart", "Zahlungsbeteiligter", "IBAN Zahlungsbeteiligter", "Verwendungszweck",
  "Betrag", "Währung", "Saldo nach Buchung", "Umsatznummer",
]

[columns]
booked_on = "Buchung"
valued_on = "Valuta"
kind = "Umsatzart"
payer = "Zahlungsbeteiligter"
payer_account = "IBAN Zahlungsbeteiligter"
remittance = "Verwendungszweck"
amount = "Betrag"
currency = "Währung"
balance = "Saldo nach Buchung"
bank_id = "Umsatznummer"

[days]
booked_on = ["DD.MM.YYYY"]

[numbers]
decimal = ","
group = "."

[statement]
balance_order = "ascending"
"""
_HEADER = (
    "Buchung;Valuta;Umsatzart;Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;Verwendungszweck;Betrag;Währung"
    ";Saldo nach Buchung;Umsatznummer"
)


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line as the bank will write it; `amount_minor` is signed, money in positive."""

    bank_id: str
    day: date
    amount_minor: int
    currency: str
    kind: str
    payer: str
    memo: str
    check_number: str = ""
    payer_account: str = ""


def ofx_statement(lines: Sequence[BankLine], first: date, last: date, closing_minor: int) -> bytes:
    """Return an OFX 1.0.2 file of the lines in these days, closing with this balance."""
    body = "\n".join(_stmttrn(line) for line in lines)
    return ofx_file(USD_ACCOUNT, first, last, body + "\n", format_minor(closing_minor, "USD")).encode("ascii")


def ofx_file(account: str, first: date, last: date, body: str, closing: str) -> str:
    """Return an OFX 1.0.2 file around transactions already written, of a dollar account, with its closing balance."""
    return f"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>{last:%Y%m%d}180000<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>099900010<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>{first:%Y%m%d}<DTEND>{last:%Y%m%d}
{body}</BANKTRANLIST>
<LEDGERBAL><BALAMT>{closing}<DTASOF>{last:%Y%m%d}180000</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1>
</OFX>
"""


def _stmttrn(line: BankLine) -> str:
    check = f"<CHECKNUM>{line.check_number}" if line.check_number else ""
    amount = format_minor(line.amount_minor, "USD")
    return (
        f"<STMTTRN><TRNTYPE>{line.kind}<DTPOSTED>{line.day:%Y%m%d}120000<TRNAMT>{amount}"
        f"<FITID>{line.bank_id}{check}<NAME>{_sgml(line.payer[:32])}<MEMO>{_sgml(line.memo[:255])}</STMTTRN>"
    )


def _sgml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def german_statement(lines: Sequence[BankLine], first: date, last: date, opening_minor: int) -> bytes:
    """Return the CSV of the lines in these days with opening, running and closing balance, in Windows-1252."""
    closing = opening_minor + sum(line.amount_minor for line in lines)
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    balance = opening_minor
    for line in lines:
        balance += line.amount_minor
        writer.writerow(_german_row(line, balance))
    head = [
        "Kontoauszug Rheinwerk Bank",
        f"Konto;{EUR_ACCOUNT}",
        f"Zeitraum;{first:%d.%m.%Y};{last:%d.%m.%Y}",
        f"Anfangssaldo;{_german(opening_minor)};EUR",
        f"Endsaldo;{_german(closing)};EUR",
        "",
        _HEADER,
    ]
    return ("\r\n".join(head) + "\r\n" + written.getvalue()).encode("cp1252")


def _german_row(line: BankLine, balance: int) -> tuple[str, ...]:
    day = f"{line.day:%d.%m.%Y}"
    amounts = _german(line.amount_minor), line.currency, _german(balance)
    return day, day, line.kind, line.payer, line.payer_account, line.memo, *amounts, line.bank_id


def _german(minor: int) -> str:
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}".replace(",", ".") + f",{part:02d}"


def plain_statement(lines: Sequence[BankLine]) -> bytes:
    """Return the lines in the plain layout `fitid,date,amount,currency,type,checknum,payee,memo`."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("fitid", "date", "amount", "currency", "type", "checknum", "payee", "memo"))
    for line in lines:
        amount = format_minor(line.amount_minor, line.currency)
        writer.writerow(
            (line.bank_id, line.day, amount, line.currency, line.kind, line.check_number, line.payer, line.memo)
        )
    return written.getvalue().encode()
