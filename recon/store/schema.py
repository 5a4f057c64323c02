"""The tables. Money is BIGINT minor units beside an ISO 4217 code; days and instants are ISO text, so that SQLite and
PostgreSQL hold, sort and hash the very same characters (DECISIONS 3). Natural unique keys make every step harmless to
repeat.

Append-only, held so by triggers: entry, posting, audit, period_close. Everything else is either input (source_file,
statement, bank_line, open_item) or a projection that `recon verify` recomputes (open_minor, state). A row's id is the
highest so far plus one: there is one writer at a time on both databases (see `recon.store.engine`), so a block of ids
is known before a bulk insert.

Room: store.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

Id = BigInteger().with_variant(Integer, "sqlite")  # an INTEGER key is SQLite's rowid: no second B-tree
Minor = BigInteger
Day = String(10)
Instant = String(27)  # 2026-03-31T23:59:59.000000Z


def _text(name: str, length: int | None = None) -> "Column[str]":
    return Column(name, String(length) if length else Text, nullable=False, server_default="")


chain_head = Table(  # the last link of each hash chain; its row lock makes writers of a chain queue up
    "chain_head",
    metadata,
    Column("chain", String(10), primary_key=True),  # entry, audit
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

source_file = Table(
    "source_file",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("kind", String(20), nullable=False),  # statement, customers, invoices, credits, history
    _text("name"),
    _text("format", 20),
    Column("size_bytes", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # imported, quarantined
    Column("line_count", Integer, nullable=False, server_default="0"),
    Column("received_at", Instant, nullable=False),
    Column("run_id", BigInteger),
    UniqueConstraint("sha256", "kind"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Id, primary_key=True),
    Column("file_id", BigInteger, ForeignKey("source_file.id"), nullable=False),
    Column("scope", String(4), nullable=False),  # row, file
    _text("place"),
    _text("what"),
    _text("remedy"),
    Column("byte_offset", BigInteger),
    Column("raw", LargeBinary),
    Column("state", String(10), nullable=False, server_default="open"),  # open, retried, accepted
    _text("resolved_by", 80),
    _text("resolution"),
    Column("opened_at", Instant, nullable=False),
    Index("ix_quarantine_file", "file_id"),
)

bank_account = Table(  # declared in the settings; written here so that the books stand on their own
    "bank_account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(80), nullable=False, unique=True),  # the name in the settings, or plain:CUR
    Column("company", String(40), nullable=False),
    Column("currency", String(3), nullable=False),
    _text("masked", 20),
    Column("number_digest", String(64), nullable=False),  # SHA-256 of the compact account number: finds, never shows
    Index("ix_bank_account_digest", "number_digest"),
)

statement = Table(
    "statement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("file_id", BigInteger, ForeignKey("source_file.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("bank_account_id", BigInteger, ForeignKey("bank_account.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("first_on", Day),
    Column("last_on", Day),
    Column("opening_minor", Minor),
    Column("closing_minor", Minor),
    Column("sum_minor", Minor, nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("new_line_count", Integer, nullable=False),
    Column("new_sum_minor", Minor, nullable=False),  # of the lines first seen here, whatever became of them
    Column("rolled_from_id", BigInteger),  # the statement whose closing balance served as opening
    Column("proof", String(12), nullable=False),
    _text("proof_reason"),
    _text("accepted_by", 80),  # who said why a DISCREPANCY may be posted from
    _text("accepted_reason"),
    UniqueConstraint("file_id", "ordinal"),
)

bank_line = Table(
    "bank_line",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bank_account_id", BigInteger, ForeignKey("bank_account.id"), nullable=False),
    Column("statement_id", BigInteger, ForeignKey("statement.id"), nullable=False),
    Column("company", String(40), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("booked_on", Day, nullable=False),
    Column("valued_on", Day),
    _text("bank_id"),
    Column("fingerprint", String(64), nullable=False),  # of content: what an overlap is recognised by
    Column("occurrence", Integer, nullable=False),  # the n-th line of this fingerprint: identical rows stay two
    _text("kind", 40),
    _text("payer"),
    _text("payer_account"),
    _text("remittance"),
    _text("reference"),
    _text("end_to_end_id"),
    _text("check_number", 40),
    _text("details"),  # JSON
    Column("source_line", Integer, nullable=False),
    Column("source_byte", BigInteger, nullable=False),
    _text("corrects_bank_id"),
    _text("correction", 10),  # replace, delete
    Column("state", String(12), nullable=False),
    Column("by_hand", Integer, nullable=False, server_default="0"),  # 1: a person has taken it; only suggest
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("bank_account_id", "fingerprint", "occurrence"),
    Index("ix_bank_line_state", "state", "company", "currency"),
    Index("ix_bank_line_bank_id", "bank_account_id", "bank_id"),
    Index("ix_bank_line_statement", "statement_id"),
)

customer = Table(
    "customer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", String(40), nullable=False),
    Column("code", String(80), nullable=False),
    _text("name"),
    _text("aliases"),
    _text("currency", 3),
    _text("email"),
    _text("cc"),
    _text("country", 2),
    _text("language", 8),
    _text("time_zone", 60),
    Column("consumer", Integer, nullable=False, server_default="0"),
    _text("segment", 80),
    _text("parent_code", 80),
    _text("bank_accounts"),
    UniqueConstraint("company", "code"),
)

open_item = Table(
    "open_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", String(40), nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customer.id"), nullable=False),
    Column("number", String(120), nullable=False),
    Column("kind", String(10), nullable=False),  # invoice, credit, charge
    Column("currency", String(3), nullable=False),
    Column("amount_minor", Minor, nullable=False),  # as first imported; credits negative
    Column("settled_elsewhere_minor", Minor, nullable=False, server_default="0"),  # same sign as amount
    Column("open_minor", Minor, nullable=False),  # projection: amount - settled elsewhere + receivable postings
    Column("issue_on", Day, nullable=False),
    Column("due_on", Day, nullable=False),
    _text("po_number", 120),
    _text("terms", 80),
    _text("segment", 80),
    _text("document"),
    _text("credit_of", 120),  # the invoice number a credit memo belongs to
    Column("episode", Integer, nullable=False, server_default="1"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("file_id", BigInteger),
    UniqueConstraint("company", "customer_id", "number"),
    CheckConstraint("open_minor = 0 OR (open_minor > 0) = (amount_minor > 0)", name="open_keeps_sign"),
    CheckConstraint("abs(open_minor) <= abs(amount_minor)", name="open_within_amount"),
    Index("ix_open_item_customer", "customer_id"),
    Index(
        "ix_open_item_open",
        "company",
        "currency",
        sqlite_where=text("open_minor <> 0"),
        postgresql_where=text("open_minor <> 0"),
    ),
)

entry = Table(
    "entry",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # = position in the chain, from 1, no gaps
    Column("company", String(40), nullable=False),
    Column("booked_on", Day, nullable=False),
    Column("kind", String(24), nullable=False),
    _text("reason"),
    Column("bank_line_id", BigInteger),
    Column("reverses_id", BigInteger, ForeignKey("entry.id"), unique=True),
    Column("run_id", BigInteger),
    _text("actor", 80),
    Column("recorded_at", Instant, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_entry_bank_line", "bank_line_id"),
)

posting = Table(
    "posting",
    metadata,
    Column("entry_id", BigInteger, ForeignKey("entry.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("account", String(80), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", Minor, nullable=False),  # debit positive
    Column("customer_id", BigInteger),
    Column("open_item_id", BigInteger),
    Column("bank_line_id", BigInteger),
    PrimaryKeyConstraint("entry_id", "ordinal"),
    Index(
        "ix_posting_open_item",
        "open_item_id",
        sqlite_where=text("open_item_id IS NOT NULL"),
        postgresql_where=text("open_item_id IS NOT NULL"),
    ),
    Index("ix_posting_bank_line", "bank_line_id"),
    Index(
        "ix_posting_customer",
        "customer_id",
        sqlite_where=text("account = 'on_account'"),
        postgresql_where=text("account = 'on_account'"),
    ),
    Index(
        "ix_posting_beside",  # the other balances of a customer that may not change side; see `recon.store.ground`
        "customer_id",
        "account",
        sqlite_where=text("account IN ('prepayments', 'refunds_payable', 'deductions')"),
        postgresql_where=text("account IN ('prepayments', 'refunds_payable', 'deductions')"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    _text("subject", 80),  # kind:id
    _text("detail"),  # canonical JSON
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_subject", "subject"),
)

proposal = Table(  # what matching thinks of a line now; kept as it was once the line is posted
    "proposal",
    metadata,
    Column("bank_line_id", BigInteger, ForeignKey("bank_line.id"), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("run_id", BigInteger),
    Column("action", String(10), nullable=False),
    Column("confidence_ppm", Integer, nullable=False),  # probability in millionths
    Column("kind", String(24), nullable=False),
    _text("allocations"),  # JSON: [{open_item_id, customer_id, cash_minor, discount_minor, ...}]
    _text("evidence"),  # JSON: [[signal, seen, points]]
    _text("set_aside_name", 40),
    Column("reverses_line_id", BigInteger),
    _text("model_version", 40),
    PrimaryKeyConstraint("bank_line_id", "rank"),
)

review_item = Table(
    "review_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(12), nullable=False),  # deposit, discrepancy, statement, task
    Column("subject_id", BigInteger, nullable=False),  # bank_line, open_item, statement or customer
    Column("company", String(40), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("state", String(24), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    _text("reason"),
    _text("detail"),  # JSON
    _text("held_by", 80),
    Column("held_until", Instant),
    Column("snoozed_until", Day),
    Column("priority_minor", Minor, nullable=False, server_default="0"),  # money x uncertainty: the queue's order
    Column("opened_on", Day, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    _text("resolved_by", 80),
    UniqueConstraint("kind", "subject_id", "reason"),
    Index("ix_review_item_queue", "state", "priority_minor", "id"),
)

past_line = Table(  # reconciled statements of the time before this store: what matching learns from
    "past_line",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", String(40), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("bank_id", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("booked_on", Day, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    _text("kind", 40),
    _text("check_number", 40),
    _text("payer"),
    _text("payer_account"),
    _text("remittance"),
    _text("reference"),
    _text("end_to_end_id"),
    UniqueConstraint("company", "fingerprint"),
)

past_allocation = Table(
    "past_allocation",
    metadata,
    Column("past_line_id", BigInteger, ForeignKey("past_line.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("customer_id", BigInteger),
    _text("invoice_number", 120),
    Column("amount_minor", Minor, nullable=False),
    PrimaryKeyConstraint("past_line_id", "ordinal"),
)

teaching = Table(
    "teaching",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", String(40), nullable=False),
    Column("key", Text, nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customer.id"), nullable=False),
    Column("is_positive", Integer, nullable=False),
    Column("taught_by", String(80), nullable=False),
    Column("taught_at", Instant, nullable=False),
    UniqueConstraint("company", "key", "customer_id"),
)

earlier_teaching = Table(  # what a teaching said before it was turned around: undo of the turn brings it back
    "earlier_teaching",
    metadata,
    Column("id", Id, primary_key=True),
    Column("teaching_id", BigInteger, ForeignKey("teaching.id", ondelete="CASCADE"), nullable=False),
    Column("is_positive", Integer, nullable=False),
    Column("taught_by", String(80), nullable=False),
    Column("taught_at", Instant, nullable=False),
    Index("ix_earlier_teaching_teaching_id", "teaching_id"),
)

matcher_model = Table(
    "matcher_model",
    metadata,
    Column("version", String(40), primary_key=True),
    Column("state", String(10), nullable=False),  # active, candidate, retired
    Column("trained_at", Instant, nullable=False),
    Column("weights", Text, nullable=False),  # JSON
    _text("metrics"),  # JSON
)

stop = Table(  # why a customer or an invoice is not written to
    "stop",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),  # dispute, promise, plan, hold, insolvency, legal, agency, bounced
    Column("company", String(40), nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customer.id"), nullable=False),
    Column("open_item_id", BigInteger, ForeignKey("open_item.id")),
    _text("reason"),
    Column("amount_minor", Minor),
    _text("currency", 3),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("ended_at", Instant),
    _text("ended_by", 80),
    _text("outcome", 16),  # kept, broken, resolved, withdrawn, expired
    Index("ix_stop_customer", "customer_id"),
)

notice = Table(  # the outbox
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", String(40), nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customer.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("kind", String(10), nullable=False, server_default="reminder"),  # reminder, receipt, statement
    Column("day", Day, nullable=False),
    Column("run_id", BigInteger),
    Column("policy_id", String(40), nullable=False),
    Column("policy_version", String(40), nullable=False),
    Column("level", Integer, nullable=False),
    Column("tier", String(40), nullable=False),
    Column("channel", String(8), nullable=False),  # mail, letter, task
    _text("recipient"),
    _text("cc"),
    _text("subject"),
    _text("language", 8),
    Column("demanded_minor", Minor, nullable=False),
    Column("message_id", String(200), nullable=False, unique=True),
    _text("content"),  # JSON: what the text is made from, as planned
    _text("body_sha256", 64),  # of message
    Column("message", LargeBinary),  # the exact bytes handed to the server
    Column(
        "state", String(10), nullable=False
    ),  # planned, claimed, sent, uncertain, failed, cancelled, bounced, task, trial
    _text("state_reason"),
    _text("claimed_by", 80),
    Column("claimed_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    Column("sent_at", Instant),
    _text("reply"),  # what the server said
    Column("planned_at", Instant, nullable=False),
    Index(
        "uq_notice_day",
        "company",
        "customer_id",
        "currency",
        "kind",
        "day",
        unique=True,
        sqlite_where=text("state <> 'cancelled'"),
        postgresql_where=text("state <> 'cancelled'"),
    ),
    Index("ix_notice_state", "state"),
    Index("ix_notice_customer", "customer_id"),
)

notice_line = Table(
    "notice_line",
    metadata,
    Column("notice_id", BigInteger, ForeignKey("notice.id"), nullable=False),
    Column("open_item_id", BigInteger, ForeignKey("open_item.id"), nullable=False),
    Column("policy_id", String(40), nullable=False),
    Column("level", Integer, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("open_minor", Minor, nullable=False),
    Column("days_past_due", Integer, nullable=False),
    Column("advances", Integer, nullable=False),  # 1: this notice moves the invoice to this level; 0: listed only
    Column("live", Integer, nullable=False, server_default="1"),  # 0 once the notice was cancelled
    PrimaryKeyConstraint("notice_id", "open_item_id"),
    Index(
        "uq_notice_line_level",
        "open_item_id",
        "policy_id",
        "level",
        "episode",
        unique=True,
        sqlite_where=text("live = 1 AND advances = 1"),
        postgresql_where=text("live = 1 AND advances = 1"),
    ),
)

notice_policy = Table(  # the text of every policy version that ever wrote to somebody
    "notice_policy",
    metadata,
    Column("version", String(40), primary_key=True),
    Column("policy", Text, nullable=False),
    Column("first_used_at", Instant, nullable=False),
)

team_mail = Table(  # the outbox of the night's report: one per run and recipient
    "team_mail",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", BigInteger, nullable=False),
    Column("recipient", String(254), nullable=False),
    _text("subject"),
    Column("message_id", String(200), nullable=False, unique=True),
    _text("body_sha256", 64),
    Column("message", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),  # planned, claimed, sent, uncertain, failed
    _text("state_reason"),
    _text("claimed_by", 80),
    Column("claimed_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    Column("sent_at", Instant),
    _text("reply"),
    Column("planned_at", Instant, nullable=False),
    UniqueConstraint("run_id", "recipient"),
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),  # nightly, import, send, ...
    Column("as_of", Day, nullable=False),
    Column("state", String(12), nullable=False),  # running, done, failed, interrupted
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("host", String(120), nullable=False),
    Column("pid", Integer, nullable=False),
    _text("settings_digest", 64),
    Column("exit_code", Integer),
    _text("digest", 64),  # of the books after the run
    _text("report"),  # JSON
)

run_step = Table(
    "run_step",
    metadata,
    Column("run_id", BigInteger, ForeignKey("run.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("step", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _text("counts"),  # JSON
    PrimaryKeyConstraint("run_id", "ordinal"),
)

run_lock = Table(
    "run_lock",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("run_id", BigInteger, nullable=False),
    Column("host", String(120), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("acquired_at", Instant, nullable=False),
    Column("lease_until", Instant, nullable=False),
)

period_close = Table(  # the last row of a company says what is closed; reopening is a new row, never an erasure
    "period_close",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", String(40), nullable=False),
    Column("closed_through", Day, nullable=False),
    Column("actor", String(80), nullable=False),
    _text("reason"),
    Column("at", Instant, nullable=False),
    Index("ix_period_close_company", "company", "id"),
)

user_role = Table(  # who may do what (recon.roles); the audit tells who was named when
    "user_role",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(12), nullable=False),
    Column("named_by", String(80), nullable=False),
    Column("named_at", Instant, nullable=False),
)

exported = Table(  # which entry went to which accounting system, in which batch: each exactly once
    "exported",
    metadata,
    Column("target", String(20), nullable=False),
    Column("entry_id", BigInteger, ForeignKey("entry.id"), nullable=False),
    Column("batch", Integer, nullable=False),
    Column("exported_at", Instant, nullable=False),
    PrimaryKeyConstraint("target", "entry_id"),
    Index("ix_exported_entry", "entry_id"),
)

APPEND_ONLY = (entry, posting, audit, period_close)
