"""Journals for plain-text accounting: hledger and beancount. Both read what is written here, in strict mode.

Room: pure.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from recon.money import format_minor, minor_digits
from recon.reports.journal import JournalEntry, JournalLine, checked, one_line

_HLEDGER = {
    "bank": "assets:bank",
    "receivable": "assets:receivable",
    "unidentified_cash": "liabilities:unidentified cash",
    "on_account": "liabilities:on account",
    "prepayments": "liabilities:prepayments",
    "discount_allowed": "expenses:discount allowed",
    "bank_charges": "expenses:bank charges",
    "deductions": "assets:disputed deductions",
    "write_off": "expenses:write-off",
    "fee_income": "income:fees and interest",
    "fx_gain_loss": "income:exchange gain or loss",
    "fx_gain_loss:position": "equity:currency position",
    "refunds_payable": "liabilities:refunds payable",
    "returned_payments": "assets:returned payments",
    "set_aside": "equity:set aside",
}
_BEANCOUNT = {
    "bank": "Assets:Bank",
    "receivable": "Assets:Receivable",
    "unidentified_cash": "Liabilities:UnidentifiedCash",
    "on_account": "Liabilities:OnAccount",
    "prepayments": "Liabilities:Prepayments",
    "discount_allowed": "Expenses:DiscountAllowed",
    "bank_charges": "Expenses:BankCharges",
    "deductions": "Assets:DisputedDeductions",
    "write_off": "Expenses:WriteOff",
    "fee_income": "Income:FeesAndInterest",
    "fx_gain_loss": "Income:ExchangeGainOrLoss",
    "fx_gain_loss:position": "Equity:CurrencyPosition",
    "refunds_payable": "Liabilities:RefundsPayable",
    "returned_payments": "Assets:ReturnedPayments",
    "set_aside": "Equity:SetAside",
}


def hledger_accounts(entries: Iterable[JournalEntry]) -> str:
    """Return the declarations that hledger's strict mode wants: decimal mark, currencies and accounts, once a
    journal."""
    lines = [line for entry in checked(entries) for line in entry.lines]
    currencies = sorted({line.currency for line in lines})
    accounts = sorted({_hledger_account(line.account) for line in lines})
    declared = [f"commodity 1000.{'0' * minor_digits(currency)} {currency}" for currency in currencies]
    return "\n".join(["decimal-mark .", *declared, *(f"account {name}" for name in accounts)]) + "\n"


def hledger_journal(entries: Iterable[JournalEntry]) -> str:
    """Return the transactions; each carries its entry number as code and tag, each posting its customer and
    document."""
    return "".join(_hledger_transaction(entry) for entry in checked(entries))


def _hledger_transaction(entry: JournalEntry) -> str:
    # A semicolon begins a comment, a bar splits payee from note, and a first star or bang is a status.
    memo = re.sub(r"[;|]", " ", entry.memo).lstrip("*!( ") or entry.kind
    head = f"{entry.booked_on.isoformat()} ({entry.id}) {one_line(memo)}  ; recon:{entry.id}, kind:{entry.kind}"
    return "\n".join([head, *map(_hledger_posting, filter(_moves, entry.lines))]) + "\n\n"


def _hledger_posting(line: JournalLine) -> str:
    amount = f"{format_minor(line.amount_minor, line.currency)} {line.currency}"
    tags = [f"{name}:{_tag(value)}" for name, value in (("customer", line.customer_code), ("document", line.document))]
    told = ", ".join(tag for tag in tags if not tag.endswith(":"))
    return f"    {_hledger_account(line.account)}  {amount}" + (f"  ; {told}" if told else "")


def _tag(value: str) -> str:
    return one_line(re.sub(r"[,;]", " ", value))


def _moves(line: JournalLine) -> bool:
    return line.amount_minor != 0


def _hledger_account(account: str) -> str:
    if account in _HLEDGER:
        return _HLEDGER[account]
    base, _, name = account.partition(":")
    below = one_line(re.sub(r"[^\w -]", " ", name.replace("_", " ")))
    return _HLEDGER[base] + (f":{below}" if below else "")


def beancount_accounts(entries: Iterable[JournalEntry], opened_on: date) -> str:
    """Return the `open` directives of every account the entries use, on a day not after the first of them."""
    lines = [line for entry in checked(entries) for line in entry.lines]
    accounts = sorted({_beancount_account(line.account) for line in lines})
    return "".join(f"{opened_on.isoformat()} open {account}\n" for account in accounts)


def beancount_journal(entries: Iterable[JournalEntry]) -> str:
    """Return the transactions; entry number, kind, customer and document are metadata."""
    return "".join(_beancount_transaction(entry) for entry in checked(entries))


def _beancount_transaction(entry: JournalEntry) -> str:
    head = f'{entry.booked_on.isoformat()} * "Recon {entry.id}" {_quoted(entry.memo)}'
    meta = [f'  recon: "{entry.id}"', f"  kind: {_quoted(entry.kind)}"]
    postings = [text for line in filter(_moves, entry.lines) for text in _beancount_posting(line)]
    return "\n".join([head, *meta, *postings]) + "\n\n"


def _beancount_posting(line: JournalLine) -> list[str]:
    amount = f"{format_minor(line.amount_minor, line.currency)} {line.currency}"
    meta = (("customer", line.customer_code), ("document", line.document))
    return [
        f"  {_beancount_account(line.account)}  {amount}",
        *(f"    {name}: {_quoted(value)}" for name, value in meta if value),
    ]


def _quoted(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _beancount_account(account: str) -> str:
    """Return the account; below `set_aside` a component of ASCII letters and digits that begins with a capital.

    >>> _beancount_account("set_aside:tax_refund")
    'Equity:SetAside:TaxRefund'
    """
    if account in _BEANCOUNT:
        return _BEANCOUNT[account]
    base, _, name = account.partition(":")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    component = "".join(word[:1].upper() + word[1:] for word in words)
    return f"{_BEANCOUNT[base]}:{component or 'Other'}"


def audit_jsonl(rows: Iterable[dict[str, object]]) -> str:
    """Return audit rows as one JSON object a line, keys in the table's order, in the order of the chain.

    The texts are unchanged, so that who holds the file can compute the chain of hashes again.
    """
    ordered = sorted(rows, key=lambda row: int(str(row["id"])))
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in ordered)
