"""The cash gate: nobody is asked for money that may have arrived. It says what holds a notice.

Room: pure.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from notices.policy import Gate
from recon.model import Account, BankNews, UnresolvedDeposit
from recon.money import format_minor


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why the gate is shut: a short reason to count by, and the sentence for a person."""

    reason: str
    why: str


class Gatekeeper:
    """The bank's news of one day, arranged for quick answers; the answers depend on nothing else."""

    def __init__(self, bank: BankNews, as_of: date) -> None:
        self._as_of = as_of
        self._through = dict(bank.through)
        self._discrepancies = dict(bank.discrepancies)
        self._quarantined = dict(bank.quarantined)
        self._parents: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        for key, above in bank.parents:
            self._parents[key].append(above)
        self._above = dict(bank.above)
        self._by_customer: dict[int, list[tuple[int, UnresolvedDeposit]]] = defaultdict(list)
        self._by_amount: dict[tuple[str, str, int], UnresolvedDeposit] = {}
        for deposit in bank.unresolved:
            self._by_amount.setdefault((deposit.company, deposit.currency, deposit.amount_minor), deposit)
            for customer_id, ppm in deposit.suggested:
                self._by_customer[customer_id].append((ppm, deposit))

    def block(self, account: Account, rule: Gate) -> Blocked | None:
        """Return why the account may not be written to, None if the gate is open."""
        return (
            self._stale(account, rule)
            or self._unproved(account, rule)
            or self._unread(account, rule)
            or self._unresolved(account, rule)
            or self._parent(account)
        )

    def _stale(self, account: Account, rule: Gate) -> Blocked | None:
        if rule.max_feed_age_days is None:
            return None
        company = account.customer.company
        through = self._through.get((company, account.currency)) or self._through.get((company, ""))
        if through is None:
            return Blocked("no bank feed", f"no bank statement of {company} has been imported")
        age = (self._as_of - through).days
        if age <= rule.max_feed_age_days:
            return None
        return Blocked("bank feed too old", f"the bank's news ends on {through}, {age} days ago")

    def _unproved(self, account: Account, rule: Gate) -> Blocked | None:
        statement = self._discrepancies.get((account.customer.company, account.currency))
        if statement is None or not rule.block_discrepancy:
            return None
        return Blocked("statement in discrepancy", f"{statement} does not prove; accept or correct it first")

    def _unread(self, account: Account, rule: Gate) -> Blocked | None:
        """What lies in quarantine may say that they paid. Whose account it is may be what nobody could read."""
        own = (account.customer.company, account.currency)
        what = self._quarantined.get(own) or self._quarantined.get(("", ""))
        if what is None or not rule.block_discrepancy:
            return None
        return Blocked("bank file in quarantine", what)

    def _unresolved(self, account: Account, rule: Gate) -> Blocked | None:
        for ppm, deposit in self._by_customer.get(account.customer.id, ()):
            if ppm >= rule.suggestion_ppm:
                return Blocked("deposit may pay it", f"{_named(deposit)} may be theirs ({ppm / 10_000:.0f} %)")
        for minor in _amounts(account):
            deposit_ = self._by_amount.get((account.customer.company, account.currency, minor))
            if deposit_ is not None:
                return Blocked("deposit may pay it", f"{_named(deposit_)} equals what they owe")
        return self._paid_above(account, rule)

    def _paid_above(self, account: Account, rule: Gate) -> Blocked | None:
        """What a parent seems to have paid may be for the child, too, once it covers one thing that the child owes."""
        least = _least(account)
        for parent in self._above.get(account.customer.id, ()):
            for ppm, deposit in self._by_customer.get(parent, ()):
                is_enough = deposit.currency != account.currency or deposit.amount_minor >= least
                if least and is_enough and ppm >= rule.suggestion_ppm:
                    why = f"{_named(deposit)} may be their parent's ({ppm / 10_000:.0f} %) and pay for them"
                    return Blocked("deposit may pay it", why)
        return None

    def _parent(self, account: Account) -> Blocked | None:
        """A parent's money on account may be meant for the child once it covers one thing that the child owes."""
        above = self._parents.get((account.customer.id, account.currency), ())
        least = min((minor for minor in _amounts(account) if minor > 0), default=0) if above else 0
        for code, minor in above:
            if least and minor >= least:
                money = f"{format_minor(minor, account.currency)} {account.currency}"
                why = f"{money} on account of their parent {code} may be theirs; apply it, or see whose it is"
                return Blocked("parent's money may pay it", why)
        return None


def _amounts(account: Account) -> set[int]:
    """Return each invoice, all invoices together, and the net balance: what a payment of theirs would be."""
    invoices = [debt.open_minor for debt in account.debts if debt.open_minor > 0]
    net = sum(debt.open_minor for debt in account.debts) - account.on_account_minor
    return {*invoices, sum(invoices), net}


def _least(account: Account) -> int:
    """Return the smallest thing that the account owes, 0 for nothing."""
    return min((minor for minor in _amounts(account) if minor > 0), default=0)


def _named(deposit: UnresolvedDeposit) -> str:
    amount = format_minor(deposit.amount_minor, deposit.currency)
    return f"deposit {deposit.bank_line_id} of {amount} {deposit.currency}"
