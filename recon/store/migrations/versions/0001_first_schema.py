"""The first schema of the books, with the triggers that keep what is append-only append-only.

Room: store.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("entry", "posting", "audit", "period_close")
GENESIS = "0" * 64
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables, both chain heads, and the triggers."""
    create_tables()
    op.execute(f"INSERT INTO chain_head (chain, seq, hash) VALUES ('entry', 0, '{GENESIS}'), ('audit', 0, '{GENESIS}')")
    for table in APPEND_ONLY:
        for statement in TRIGGERS[op.get_bind().dialect.name]:
            op.execute(statement.format(table=table))


TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ),
}


def create_tables() -> None:
    """Create the tables and indexes as they were when the schema was first published."""
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "bank_account",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("masked", sa.String(length=20), server_default="", nullable=False),
        sa.Column("number_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint("key", name=op.f("uq_bank_account_key")),
    )
    op.create_index("ix_bank_account_digest", "bank_account", ["number_digest"], unique=False)
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.String(length=10), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "customer",
        sa.Column("id", ID, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("aliases", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("cc", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="", nullable=False),
        sa.Column("time_zone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("consumer", sa.Integer(), server_default="0", nullable=False),
        sa.Column("segment", sa.String(length=80), server_default="", nullable=False),
        sa.Column("parent_code", sa.String(length=80), server_default="", nullable=False),
        sa.Column("bank_accounts", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("company", "code", name=op.f("uq_customer_company_code")),
    )
    op.create_table(
        "entry",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("booked_on", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("bank_line_id", sa.BigInteger(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=80), server_default="", nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["reverses_id"], ["entry.id"], name=op.f("fk_entry_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_entry_reverses_id")),
    )
    op.create_index("ix_entry_bank_line", "entry", ["bank_line_id"], unique=False)
    op.create_table(
        "matcher_model",
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("trained_at", sa.String(length=27), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_matcher_model")),
    )
    op.create_table(
        "notice_policy",
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_notice_policy")),
    )
    op.create_table(
        "past_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("bank_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("booked_on", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), server_default="", nullable=False),
        sa.Column("check_number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("payer", sa.Text(), server_default="", nullable=False),
        sa.Column("payer_account", sa.Text(), server_default="", nullable=False),
        sa.Column("remittance", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("end_to_end_id", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_line")),
        sa.UniqueConstraint("company", "fingerprint", name=op.f("uq_past_line_company_fingerprint")),
    )
    op.create_table(
        "period_close",
        sa.Column("id", ID, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("closed_through", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_close")),
    )
    op.create_index("ix_period_close_company", "period_close", ["company", "id"], unique=False)
    op.create_table(
        "review_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("held_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("held_until", sa.String(length=27), nullable=True),
        sa.Column("snoozed_until", sa.String(length=10), nullable=True),
        sa.Column("priority_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opened_on", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("resolved_at", sa.String(length=27), nullable=True),
        sa.Column("resolved_by", sa.String(length=80), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
        sa.UniqueConstraint("kind", "subject_id", "reason", name=op.f("uq_review_item_kind_subject_id_reason")),
    )
    op.create_index("ix_review_item_queue", "review_item", ["state", "priority_minor", "id"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("settings_digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("report", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "run_lock",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("acquired_at", sa.String(length=27), nullable=False),
        sa.Column("lease_until", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_run_lock")),
    )
    op.create_table(
        "source_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("format", sa.String(length=20), server_default="", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("line_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_file")),
        sa.UniqueConstraint("sha256", "kind", name=op.f("uq_source_file_sha256_kind")),
    )
    op.create_table(
        "team_mail",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("claimed_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("claimed_at", sa.String(length=27), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.String(length=27), nullable=True),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_team_mail_message_id")),
        sa.UniqueConstraint("run_id", "recipient", name=op.f("uq_team_mail_run_id_recipient")),
    )
    op.create_table(
        "exported",
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("exported_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_exported_entry_id")),
        sa.PrimaryKeyConstraint("target", "entry_id", name=op.f("pk_exported")),
    )
    op.create_index("ix_exported_entry", "exported", ["entry_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=10), server_default="reminder", nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("cc", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="", nullable=False),
        sa.Column("demanded_minor", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("body_sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("claimed_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("claimed_at", sa.String(length=27), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.String(length=27), nullable=True),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_notice_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notice_message_id")),
    )
    op.create_index("ix_notice_customer", "notice", ["customer_id"], unique=False)
    op.create_index("ix_notice_state", "notice", ["state"], unique=False)
    op.create_index(
        "uq_notice_day",
        "notice",
        ["company", "customer_id", "currency", "kind", "day"],
        unique=True,
        sqlite_where=sa.text("state <> 'cancelled'"),
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "open_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled_elsewhere_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("issue_on", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("po_number", sa.String(length=120), server_default="", nullable=False),
        sa.Column("terms", sa.String(length=80), server_default="", nullable=False),
        sa.Column("segment", sa.String(length=80), server_default="", nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("credit_of", sa.String(length=120), server_default="", nullable=False),
        sa.Column("episode", sa.Integer(), server_default="1", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("abs(open_minor) <= abs(amount_minor)", name=op.f("ck_open_item_open_within_amount")),
        sa.CheckConstraint(
            "open_minor = 0 OR (open_minor > 0) = (amount_minor > 0)", name=op.f("ck_open_item_open_keeps_sign")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_open_item_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item")),
        sa.UniqueConstraint("company", "customer_id", "number", name=op.f("uq_open_item_company_customer_id_number")),
    )
    op.create_index("ix_open_item_customer", "open_item", ["customer_id"], unique=False)
    op.create_index(
        "ix_open_item_open",
        "open_item",
        ["company", "currency"],
        unique=False,
        sqlite_where=sa.text("open_minor <> 0"),
        postgresql_where=sa.text("open_minor <> 0"),
    )
    op.create_table(
        "past_allocation",
        sa.Column("past_line_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("invoice_number", sa.String(length=120), server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["past_line_id"], ["past_line.id"], name=op.f("fk_past_allocation_past_line_id")),
        sa.PrimaryKeyConstraint("past_line_id", "ordinal", name=op.f("pk_past_allocation")),
    )
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("open_item_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_line_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_posting_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "ordinal", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_bank_line", "posting", ["bank_line_id"], unique=False)
    op.create_index(
        "ix_posting_beside",
        "posting",
        ["customer_id", "account"],
        unique=False,
        sqlite_where=sa.text("account IN ('prepayments', 'refunds_payable', 'deductions')"),
        postgresql_where=sa.text("account IN ('prepayments', 'refunds_payable', 'deductions')"),
    )
    op.create_index(
        "ix_posting_customer",
        "posting",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("account = 'on_account'"),
        postgresql_where=sa.text("account = 'on_account'"),
    )
    op.create_index(
        "ix_posting_open_item",
        "posting",
        ["open_item_id"],
        unique=False,
        sqlite_where=sa.text("open_item_id IS NOT NULL"),
        postgresql_where=sa.text("open_item_id IS NOT NULL"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", ID, nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(length=4), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("resolved_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.id"], name=op.f("fk_quarantine_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_file", "quarantine", ["file_id"], unique=False)
    op.create_table(
        "run_step",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("counts", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_step_run_id")),
        sa.PrimaryKeyConstraint("run_id", "ordinal", name=op.f("pk_run_step")),
    )
    op.create_table(
        "statement",
        sa.Column("id", ID, nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("first_on", sa.String(length=10), nullable=True),
        sa.Column("last_on", sa.String(length=10), nullable=True),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.Column("sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("new_line_count", sa.Integer(), nullable=False),
        sa.Column("new_sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("rolled_from_id", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.String(length=12), nullable=False),
        sa.Column("proof_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("accepted_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("accepted_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["bank_account_id"], ["bank_account.id"], name=op.f("fk_statement_bank_account_id")),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.id"], name=op.f("fk_statement_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("file_id", "ordinal", name=op.f("uq_statement_file_id_ordinal")),
    )
    op.create_table(
        "teaching",
        sa.Column("id", ID, nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("is_positive", sa.Integer(), nullable=False),
        sa.Column("taught_by", sa.String(length=80), nullable=False),
        sa.Column("taught_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_teaching_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching")),
        sa.UniqueConstraint("company", "key", "customer_id", name=op.f("uq_teaching_company_key_customer_id")),
    )
    op.create_table(
        "bank_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.String(length=10), nullable=False),
        sa.Column("valued_on", sa.String(length=10), nullable=True),
        sa.Column("bank_id", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), server_default="", nullable=False),
        sa.Column("payer", sa.Text(), server_default="", nullable=False),
        sa.Column("payer_account", sa.Text(), server_default="", nullable=False),
        sa.Column("remittance", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("end_to_end_id", sa.Text(), server_default="", nullable=False),
        sa.Column("check_number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("details", sa.Text(), server_default="", nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("source_byte", sa.BigInteger(), nullable=False),
        sa.Column("corrects_bank_id", sa.Text(), server_default="", nullable=False),
        sa.Column("correction", sa.String(length=10), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("by_hand", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["bank_account_id"], ["bank_account.id"], name=op.f("fk_bank_line_bank_account_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_bank_line_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint(
            "bank_account_id",
            "fingerprint",
            "occurrence",
            name=op.f("uq_bank_line_bank_account_id_fingerprint_occurrence"),
        ),
    )
    op.create_index("ix_bank_line_bank_id", "bank_line", ["bank_account_id", "bank_id"], unique=False)
    op.create_index("ix_bank_line_state", "bank_line", ["state", "company", "currency"], unique=False)
    op.create_index("ix_bank_line_statement", "bank_line", ["statement_id"], unique=False)
    op.create_table(
        "notice_line",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("open_item_id", sa.BigInteger(), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("advances", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_line_notice_id")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_notice_line_open_item_id")),
        sa.PrimaryKeyConstraint("notice_id", "open_item_id", name=op.f("pk_notice_line")),
    )
    op.create_index(
        "uq_notice_line_level",
        "notice_line",
        ["open_item_id", "policy_id", "level", "episode"],
        unique=True,
        sqlite_where=sa.text("live = 1 AND advances = 1"),
        postgresql_where=sa.text("live = 1 AND advances = 1"),
    )
    op.create_table(
        "stop",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("open_item_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_stop_customer_id")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_stop_open_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
    )
    op.create_index("ix_stop_customer", "stop", ["customer_id"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("bank_line_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("confidence_ppm", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("allocations", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("set_aside_name", sa.String(length=40), server_default="", nullable=False),
        sa.Column("reverses_line_id", sa.BigInteger(), nullable=True),
        sa.Column("model_version", sa.String(length=40), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["bank_line_id"], ["bank_line.id"], name=op.f("fk_proposal_bank_line_id")),
        sa.PrimaryKeyConstraint("bank_line_id", "rank", name=op.f("pk_proposal")),
    )
