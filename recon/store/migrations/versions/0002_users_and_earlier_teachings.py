"""Users with roles, and what a payer was taught to be before somebody taught otherwise.

Room: store.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add both tables; nothing that is there changes."""
    op.create_table(
        "user_role",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("named_by", sa.String(length=80), nullable=False),
        sa.Column("named_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_user_role")),
    )
    op.create_table(
        "earlier_teaching",
        sa.Column("id", ID, nullable=False),
        sa.Column("teaching_id", sa.BigInteger(), nullable=False),
        sa.Column("is_positive", sa.Integer(), nullable=False),
        sa.Column("taught_by", sa.String(length=80), nullable=False),
        sa.Column("taught_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["teaching_id"], ["teaching.id"], name=op.f("fk_earlier_teaching_teaching_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_teaching")),
    )
    op.create_index(op.f("ix_earlier_teaching_teaching_id"), "earlier_teaching", ["teaching_id"], unique=False)
