"""The fields of one OFX transaction to a statement line.

Room: pure.
"""

from datetime import date
from sys import intern

from recon.errors import UnreadableText
from recon.model import StatementLine
from recon.statements.bankdays import ofx_day
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import clean
from recon.statements.ofx_amounts import ofx_minor
from recon.statements.ofx_fields import Fields, names, transaction_fields
from recon.statements.references import structured_in

_CORRECTIONS = {"REPLACE": "replace", "DELETE": "delete"}
_FIELD_LIMIT = 100_000  # characters; OFX allows 255 in a memo
_USED = names(
    "TRNTYPE DTPOSTED DTTRAN TRNAMT FITID NAME PAYEE.NAME MEMO REFNUM CHECKNUM CORRECTFITID CORRECTACTION"
    " CURRENCY.CURSYM BANKACCTTO.ACCTID CCACCTTO.ACCTID DTAVAIL"
)


def line_of(block: str, byte: int, line: int, pending: bool, currency: str, writes_commas: bool) -> StatementLine:
    """Return the line a transaction block says. Raises UnreadableText with the field that cannot be read.

    A CURRENCY aggregate means the amount is in that currency; ORIGCURRENCY that it was converted to the account's
    already (OFX 1.6 section 5.2), so only the first one changes the line's currency.
    """
    fields = transaction_fields(block)
    posted = fields.get("DTPOSTED") or (pending and fields.get("DTTRAN")) or ""
    if not posted:
        raise UnreadableText("the transaction has no date")
    if not fields.get("TRNAMT"):
        raise UnreadableText("the transaction has no amount")
    currency = fields.get("CURRENCY.CURSYM", "").upper() or currency
    if not is_statement_currency(currency):
        raise UnreadableText(f"{currency[:10]!r} is not a currency")
    told = fields if "".join(fields.values()).isprintable() else {name: clean(fields[name]) for name in fields}
    remittance = told.get("MEMO", "")
    return StatementLine(
        ofx_minor(fields["TRNAMT"], currency, writes_commas),
        currency,
        ofx_day(posted),
        line,
        byte,
        bank_id=told.get("FITID", ""),
        kind=intern(told.get("TRNTYPE", "").upper()),
        payer=told.get("NAME" if fields.get("NAME") else "PAYEE.NAME", ""),
        remittance=_bounded(remittance),
        reference=told.get("REFNUM", "") or structured_in(remittance),
        check_number=told.get("CHECKNUM", ""),
        pending=pending,
        booked_at=intern(posted) if len(posted) > 8 else "",
        valued_on=_valued_on(fields.get("DTAVAIL", "")),
        payer_account=told.get("BANKACCTTO.ACCTID" if fields.get("BANKACCTTO.ACCTID") else "CCACCTTO.ACCTID", ""),
        corrects_bank_id=told.get("CORRECTFITID", ""),
        correction=_correction(fields),
        details=() if fields.keys() <= _USED else _details(fields),
    )


def _correction(fields: Fields) -> str:
    action = fields.get("CORRECTACTION", "").upper()
    if not action and not fields.get("CORRECTFITID"):
        return ""
    if action not in _CORRECTIONS or not fields.get("CORRECTFITID"):
        raise UnreadableText(f"a correction needs CORRECTFITID and REPLACE or DELETE, not {action[:20]!r}")
    return _CORRECTIONS[action]


def _valued_on(text: str) -> date | None:
    return ofx_day(text) if text else None


def _details(fields: Fields) -> tuple[tuple[str, str], ...]:
    return tuple((name, _bounded(clean(value))) for name, value in fields.items() if name not in _USED and value)


def _bounded(text: str) -> str:
    if len(text) > _FIELD_LIMIT:
        raise UnreadableText(f"one field has {len(text):,} characters")
    return text
