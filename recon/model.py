"""The nouns of the trade as immutable values, for one thing at a time. Wide data is columns: see `recon.frames`.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from recon.errors import Problem


class Proof(Enum):
    """What the balances of a statement prove. DISCREPANCY blocks automatic posting until a person says why."""

    VERIFIED = "VERIFIED"
    UNVERIFIABLE = "UNVERIFIABLE"
    DISCREPANCY = "DISCREPANCY"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One booked or pending line as the bank wrote it. `amount_minor` is signed: money in is positive.

    `booked_on` is the bank's literal day. `source_line` counts from 1, `source_byte` from 0, in the file as received.
    """

    amount_minor: int
    currency: str
    booked_on: date
    source_line: int
    source_byte: int
    valued_on: date | None = None
    bank_id: str = ""
    kind: str = ""  # the bank's own transaction type: CREDIT, CHECK, NTRF, 174, ...
    payer: str = ""
    payer_account: str = ""  # in full; every output masks it
    remittance: str = ""
    reference: str = ""  # structured: ISO 11649, OGM, KID, QR reference, or the bank's reference number
    end_to_end_id: str = ""
    check_number: str = ""
    pending: bool = False
    corrects_bank_id: str = ""  # this line replaces or deletes the line with that bank id
    correction: str = ""  # "replace" or "delete"
    booked_at: str = ""  # timestamp with its zone as the bank wrote it, when finer than a day
    details: tuple[tuple[str, str], ...] = ()  # what else the bank told, by its own names


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's lines of one file, in file order, with the proof of their completeness."""

    account: str  # in full; every output masks it
    currency: str
    lines: Sequence[StatementLine]  # a tuple, or columns (recon.bank_lines) that make a line when one is looked at
    proof: Proof
    proof_reason: str
    opening_minor: int | None = None
    closing_minor: int | None = None
    first_on: date | None = None
    last_on: date | None = None
    kind: str = "bank"  # bank, credit card, investment cash


@dataclass(frozen=True, slots=True)
class Reading:
    """What a bank file says: statements, and what could not be believed. A quarantined file has no statements."""

    format: str  # ofx1, ofx2, csv, camt.053, mt940, bai2, ...
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]

    @property
    def is_believed(self) -> bool:
        """Whether the file as a whole may be imported."""
        return not any(problem.quarantined == "file" for problem in self.problems)


class LedgerAccount(Enum):
    """The accounts of the books. `set_aside` is one account per name, written `set_aside:interest`."""

    BANK = "bank"
    RECEIVABLE = "receivable"
    UNIDENTIFIED = "unidentified_cash"
    ON_ACCOUNT = "on_account"
    PREPAYMENTS = "prepayments"
    DISCOUNT = "discount_allowed"
    CHARGES = "bank_charges"
    DEDUCTIONS = "deductions"
    WRITE_OFF = "write_off"
    FEE_INCOME = "fee_income"
    FX = "fx_gain_loss"
    REFUNDS = "refunds_payable"
    RETURNED = "returned_payments"  # parts of deposits that the bank took back; zero in every entry
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry. `amount_minor` is signed: debit positive, credit negative."""

    account: str  # a LedgerAccount value, or `set_aside:NAME`
    amount_minor: int
    currency: str
    customer_id: int | None = None
    open_item_id: int | None = None
    bank_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced set of postings, before the store seals it into the chain."""

    company: str
    booked_on: date
    kind: str  # import, apply, set_aside, return, undo, use_on_account, net_credit, write_off, charge, ...
    postings: tuple[Posting, ...]
    reason: str = ""
    bank_line_id: int | None = None
    reverses_id: int | None = None


class Action(Enum):
    """What the night does with a deposit."""

    POST = "auto"
    REVIEW = "queue"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal for or against a proposal: a name, what was seen, and its points (log-odds; negative: against)."""

    signal: str
    seen: str
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class Allocation:
    """What of one open item a deposit settles.

    `cash_minor` is signed like the open item (credit memos negative) and sums, over a proposal, to at most the deposit.
    The others close more of the receivable than cash arrived: early-payment discount, wire fee kept by a bank,
    disputed deduction, and a processor's fee. Receivable settled = cash + discount + fee + deduction + processor fee.
    """

    open_item_id: int | None  # None: on account of the customer
    customer_id: int
    cash_minor: int
    discount_minor: int = 0
    fee_minor: int = 0
    deduction_minor: int = 0
    processor_fee_minor: int = 0
    write_off_minor: int = 0

    @property
    def settled_minor(self) -> int:
        """What leaves the receivable."""
        beside = self.discount_minor + self.fee_minor + self.deduction_minor
        return self.cash_minor + beside + self.processor_fee_minor + self.write_off_minor

    @property
    def proposed_minor(self) -> int:
        """The `amount` of the proposals contract: cash, for a processor payout gross."""
        return self.cash_minor + self.processor_fee_minor


@dataclass(frozen=True, slots=True)
class Proposal:
    """One complete explanation of a deposit. `confidence` is the probability that all of it is exactly right."""

    bank_line_id: int
    rank: int  # 1 is the decision, 2..5 further suggestions
    action: Action
    confidence: float
    # exact, several, partial, discount, fee, deduction, overpayment, credit_net, lockbox, payout, return, ...
    kind: str
    allocations: tuple[Allocation, ...]
    evidence: tuple[Evidence, ...] = ()
    set_aside_name: str = ""  # for SET_ASIDE: interest, transfer, tax_refund, sale, ...
    reverses_line_id: int | None = None  # for a returned payment: the deposit it takes back


class LineState(Enum):
    """Where a bank line is. Pending lines are known but not money yet."""

    PENDING = "pending"
    NEW = "new"
    IN_REVIEW = "in_review"
    APPLIED = "applied"
    ON_ACCOUNT = "on_account"
    SET_ASIDE = "set_aside"
    SUPERSEDED = "superseded"
    RETURNED = "returned"  # a deposit the bank took back, and the line by which it did


class ReviewState(Enum):
    """States of an item at the review desk."""

    OPEN = "open"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    POSTED = "posted"
    EXPORTED = "exported"
    REJECTED = "rejected"
    SNOOZED = "snoozed"
    NEEDS_SECOND_APPROVAL = "needs_second_approval"
    DUPLICATE = "duplicate"
    NOT_CUSTOMER_MONEY = "not_customer_money"
    REFUSED = "refused"  # a booking that the second person did not approve


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes. `id` is the store's; `code` is the company's own customer number."""

    id: int
    company: str
    code: str
    name: str
    currency: str = ""
    email: str = ""
    cc: tuple[str, ...] = ()
    country: str = ""
    language: str = ""
    time_zone: str = ""
    consumer: bool = False
    segment: str = ""
    aliases: tuple[str, ...] = ()


def mask_account(account: str) -> str:
    """Return the last four characters of an account number behind stars, the only form that leaves the store.

    >>> mask_account("DE89 3704 0044 0532 0130 00")
    '***3000'
    """
    compact = "".join(character for character in account if character.isalnum())
    return "***" + (compact[-4:] if len(compact) > 4 else "")


class StopKind(Enum):
    """Why somebody is not written to."""

    DISPUTE = "dispute"
    PROMISE = "promise"
    PLAN = "plan"
    HOLD = "hold"
    INSOLVENCY = "insolvency"
    LEGAL = "legal"
    AGENCY = "agency"
    BOUNCED = "bounced"
    OPT_OUT = "opt_out"  # no e-mail, by the customer's wish; other ways of writing remain


@dataclass(frozen=True, slots=True)
class Stop:
    """A reason not to write, to a customer or (with `open_item_id`) about one invoice. `ends_on` is its last day."""

    kind: StopKind
    customer_id: int
    starts_on: date
    ends_on: date | None = None
    open_item_id: int | None = None
    reason: str = ""
    id: int = 0
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """An open item as collections sees it: `level` is the highest tier its customer was told, on `told_on`; 0: none."""

    open_item_id: int
    number: str
    due_on: date
    open_minor: int  # credits negative
    level: int = 0
    told_on: date | None = None
    episode: int = 1
    kind: str = "invoice"
    amount_minor: int = 0
    issue_on: date | None = None
    payments: tuple[tuple[date, int], ...] = ()  # what was paid of it so far: day, minor units; returns negative


@dataclass(frozen=True, slots=True)
class Account:
    """What one customer owes in one currency. `on_account_minor` is money it paid that settles nothing yet (>= 0)."""

    customer: Customer
    currency: str
    debts: tuple[Debt, ...]
    on_account_minor: int = 0
    stops: tuple[Stop, ...] = ()
    written_on: date | None = None


@dataclass(frozen=True, slots=True)
class UnresolvedDeposit:
    """Money that arrived and is nobody's yet; `suggested` holds customers and how probable each is, in millionths."""

    bank_line_id: int
    company: str
    currency: str
    amount_minor: int
    suggested: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BankNews:
    """How current and how clear the bank's news is. Keys are (company, currency); a currency without an account of its
    own is judged by all accounts of the company, under (company, "").

    `quarantined` says what of the bank's files nobody could read; under ("", "") it may be anybody's. `parents` has for
    (customer, currency) what each parent above it has on account: the parent's number and minor units; `above` has for
    a customer the parents above it, by id.
    """

    through: tuple[tuple[tuple[str, str], date], ...] = ()
    discrepancies: tuple[tuple[tuple[str, str], str], ...] = ()
    unresolved: tuple[UnresolvedDeposit, ...] = ()
    quarantined: tuple[tuple[tuple[str, str], str], ...] = ()
    parents: tuple[tuple[tuple[int, str], tuple[str, int]], ...] = ()
    above: tuple[tuple[int, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One invoice in a notice. `advances`: this notice moves it to `level`; otherwise it is listed as it stands."""

    open_item_id: int
    number: str
    due_on: date
    open_minor: int
    days_past_due: int
    level: int
    advances: bool
    episode: int = 1
    kind: str = "invoice"
    amount_minor: int = 0
    issue_on: date | None = None
    payments: tuple[tuple[date, int], ...] = ()  # as in Debt


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail, letter or task to one customer about one currency on one day."""

    customer: Customer
    currency: str
    day: date
    policy_id: str
    policy_version: str
    level: int
    tier: str
    tone: str
    channel: str
    recipient: str
    language: str
    demanded_minor: int
    lines: tuple[NoticeLine, ...]
    credits: tuple[tuple[str, int], ...] = ()  # number and open amount, negative
    on_account_minor: int = 0
    cc: tuple[str, ...] = ()
    pay_by: date | None = None
    kind: str = "reminder"
    why: str = ""
    charged: tuple[str, ...] = ()  # numbers of all charges the customer was ever told of


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or interest that a notice adds to an invoice; `number` is its own and makes it unique."""

    number: str
    open_item_id: int  # the invoice it is for
    amount_minor: int
    why: str = ""
    reckoning: tuple[str, ...] = ()
