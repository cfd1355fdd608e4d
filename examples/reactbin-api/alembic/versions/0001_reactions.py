"""The table of reactions."""

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "reactions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("object_key", sa.Text, nullable=False, unique=True),
    )


def downgrade() -> None:
    op.drop_table("reactions")
