"""Tell SQLite that organizations have many payments, and find released claims by an index."""

from __future__ import annotations

from server.db.migrations.index_helpers import index_where, tell_found

revision = "0105"
down_revision = "0104"

# Else what was paid for a few orders is looked for among all payments of the organization, and a
# till's open shift among all shifts.
_FOUND = {
    ("payment", "organization_id id"): "1048576 10000 1",
    ("payment", "organization_id client_key"): "1048576 10000 1",
    ("payout", "organization_id id"): "1048576 10000 1",
    ("payout", "organization_id client_key place"): "1048576 10000 2 1",
    ("voucher_spend", "organization_id id"): "1048576 10000 1",
    ("voucher_spend", "organization_id device_id name"): "1048576 10000 2 1",
    ("till_shift", "organization_id opened_at"): "1048576 10000 2",
}


def upgrade() -> None:
    index_where("why = 'released'", "ix_claim_mark_released", "claim_mark", ["claim_id"])
    tell_found(_FOUND)
