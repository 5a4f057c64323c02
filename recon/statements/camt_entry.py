"""One CAMT entry (Ntry) to a statement line, with what its transaction details (TxDtls) tell.

Room: pure.
"""

from recon.errors import UnreadableText
from recon.model import StatementLine
from recon.money import POINT, parse_minor
from recon.statements.bankdays import iso_day
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import clean
from recon.statements.references import reference_kind, structured_in
from recon.statements.xml_tree import Element

_SIGNS = {"CRDT": 1, "DBIT": -1}
_PENDING = {"BOOK": False, "PDNG": True, "FUTR": True}
_NOT_TOLD = frozenset(("NOTPROVIDED", "NONREF", "NOT PROVIDED", "NOTAVAILABLE"))
_SHOWN_DETAILS = 1000  # transactions of one batch that are kept with the line


def signed_minor(holder: Element, amount: Element, currency: str) -> int:
    """Return an amount with the sign of its holder's CdtDbtInd. A reversal says by that mark where the money went."""
    mark = holder.value("CdtDbtInd")
    if mark not in _SIGNS:
        raise UnreadableText(f"CdtDbtInd is {mark[:10]!r}, not CRDT or DBIT")
    return _SIGNS[mark] * parse_minor(amount.text, POINT, currency)


def entry_line(entry: Element, account_currency: str, report_day: str) -> StatementLine | None:
    """Return the line of an entry; None for one that is information only. Raises UnreadableText.

    `report_day` is when the bank made the statement, the day of an entry that has none of its own (BookgDt is
    optional).
    """
    status = entry.value("Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"
    if status == "INFO":
        return None
    if status not in _PENDING:
        raise UnreadableText(f"the status {status[:10]!r} is none of BOOK, PDNG, FUTR, INFO")
    amount = entry.find("Amt")
    if amount is None:
        raise UnreadableText("the entry has no amount")
    currency = amount.attributes.get("Ccy", account_currency)
    if not is_statement_currency(currency):
        raise UnreadableText(f"{currency[:10]!r} is not a currency")
    minor = signed_minor(entry, amount, currency)
    booked = own_day(entry) or report_day
    if not booked:
        raise UnreadableText("the entry has no booking date")
    return _line(entry, minor, currency, booked, _PENDING[status])


def own_day(entry: Element) -> str:
    """Return the booking day an entry states, else its value day; "" when it states none."""
    return entry.value("BookgDt/Dt", "BookgDt/DtTm") or entry.value("ValDt/Dt", "ValDt/DtTm")


def _line(entry: Element, minor: int, currency: str, booked: str, pending: bool) -> StatementLine:
    transactions = entry.all("NtryDtls/TxDtls") or entry.all("TxDtls")
    is_batch = len(transactions) > 1 or _batch_count(entry) not in ("", "0", "1")
    only = transactions[0] if transactions and not is_batch else None
    valued = entry.value("ValDt/Dt", "ValDt/DtTm")
    remittance = _remittance(entry, transactions)
    reference = _shared(transactions, "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")
    return StatementLine(
        minor,
        currency,
        iso_day(booked),
        entry.line,
        entry.byte,
        iso_day(valued) if valued else None,
        clean(entry.value("AcctSvcrRef", "NtryRef") or (only.value("Refs/AcctSvcrRef") if only else "")),
        _kind(entry),
        clean(_party(only, minor)),
        _account(only, minor).replace(" ", ""),
        remittance,
        clean(reference) or structured_in(remittance),
        _told(only, "Refs/EndToEndId"),
        _told(only, "Refs/ChqNb"),
        pending,
        booked_at=booked if len(booked) > 10 else "",
        details=_details(entry, transactions, reference),
    )


def _told(transaction: Element | None, path: str) -> str:
    value = clean(transaction.value(path)) if transaction is not None else ""
    return "" if value.upper() in _NOT_TOLD else value


def _kind(entry: Element) -> str:
    codes = [entry.value(f"BkTxCd/Domn/{part}") for part in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "-".join(filter(None, codes)) or entry.value("BkTxCd/Prtry/Cd")


def _sides(minor: int) -> tuple[str, str]:
    """Return the counterparty's side first: of money in the debtor, of money out the creditor."""
    return ("Dbtr", "Cdtr") if minor >= 0 else ("Cdtr", "Dbtr")


def _party(transaction: Element | None, minor: int) -> str:
    if transaction is None:
        return ""
    side = _sides(minor)[0]
    return transaction.value(
        f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm", f"RltdPties/Ultmt{side}/Pty/Nm"
    )


def _account(transaction: Element | None, minor: int) -> str:
    if transaction is None:
        return ""
    side = _sides(minor)[0]
    return transaction.value(
        *(f"RltdPties/{side}Acct/Id/{kind}" for kind in ("IBAN", "Othr/Id", "BBAN", "PrtryAcct/Id"))
    )


def _remittance(entry: Element, transactions: list[Element]) -> str:
    texts = [text for transaction in transactions[:_SHOWN_DETAILS] for text in _free_texts(transaction)]
    if not texts:
        texts = [entry.value("AddtlNtryInf")]
    return " ".join(filter(None, map(clean, texts)))


def _free_texts(transaction: Element) -> list[str]:
    told = [found.text for found in transaction.all("RmtInf/Ustrd") + transaction.all("RmtInf/Strd/AddtlRmtInf")]
    documents = [found.text for found in transaction.all("RmtInf/Strd/RfrdDocInf/Nb")]
    return told + documents or [transaction.value("AddtlTxInf")]


def _shared(transactions: list[Element], *paths: str) -> str:
    """Return what the transactions of an entry tell alike; "" when they differ."""
    found = {value for transaction in transactions if (value := transaction.value(*paths))}
    return found.pop() if len(found) == 1 else ""


def _details(entry: Element, transactions: list[Element], reference: str) -> tuple[tuple[str, str], ...]:
    told = [("batch", entry.value("NtryDtls/Btch/PmtInfId", "Btch/PmtInfId")), ("batch_count", _batch_count(entry))]
    told.append(("reversal", "yes" if entry.value("RvslInd") == "true" else ""))
    told.append(("reference_kind", reference_kind(reference) if reference else ""))
    told.append(("return_reason", _shared(transactions, "RtrInf/Rsn/Cd", "RtrInf/RtrRsn/Cd")))
    told.append(("mandate", _shared(transactions, "Refs/MndtId")))
    told.append(("charges", entry.value("Chrgs/TtlChrgsAndTaxAmt", "Chrgs/Rcrd/Amt", "Chrgs/Amt")))
    if len(transactions) > 1 or (transactions and _batch_count(entry) not in ("", "0", "1")):
        told += [
            (f"transaction {number}", _summary(transaction))
            for number, transaction in enumerate(transactions[:_SHOWN_DETAILS], 1)
        ]
    return tuple((name, clean(value)) for name, value in told if value)


def _batch_count(entry: Element) -> str:
    return entry.value("NtryDtls/Btch/NbOfTxs", "Btch/NbOfTxs")


def _summary(transaction: Element) -> str:
    """One transaction of a batch in one line: amount, parties, end-to-end id, reference, text."""
    amount = transaction.find("Amt") or transaction.find("AmtDtls/TxAmt/Amt")
    told = [f"{amount.text.strip()} {amount.attributes.get('Ccy', '')}" if amount else ""]
    told += [transaction.value(f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm") for side in ("Dbtr", "Cdtr")]
    told += [transaction.value("Refs/EndToEndId"), transaction.value("RmtInf/Strd/CdtrRefInf/Ref")]
    return " | ".join(filter(None, map(clean, told + _free_texts(transaction))))
