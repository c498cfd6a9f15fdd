"""Create the tables of devices, keys, manifests, the ledger and conflicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "claim_mark",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("marked_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "why IN ('denied', 'released', 'undone')", name=op.f("ck_claim_mark_why")
        ),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
    op.create_index(
        op.f("ix_claim_mark_marked_at"),
        "claim_mark",
        ["marked_at"],
        postgresql_where=sa.text("why = 'denied'"),
        sqlite_where=sa.text("why = 'denied'"),
    )
    op.create_table(
        "conflict",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("occurrence_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("is_ordered", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("disposed_by", sa.Text(), nullable=True),
        sa.Column("disposed_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "kind", "subject"),
    )
    op.create_index(
        op.f("ix_conflict_event_id"),
        "conflict",
        ["event_id"],
        postgresql_where=sa.text("disposition = ''"),
        sqlite_where=sa.text("disposition = ''"),
    )
    op.create_table(
        "conflict_side",
        sa.Column("conflict_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("gate_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("at_error", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=True),
        sa.Column("dseq", sa.BigInteger(), nullable=True),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conflict_id", "side"),
    )
    op.create_index(
        op.f("ix_conflict_side_event_id_side"), "conflict_side", ["event_id", "side"], unique=False
    )
    op.create_table(
        "feed",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_feed_subject_event_id"),
        "feed",
        ["subject", "event_id"],
        postgresql_where=sa.text("subject IS NOT NULL"),
        sqlite_where=sa.text("subject IS NOT NULL"),
    )
    op.create_table(
        "ledger_alarm",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("seen_epoch", sa.BigInteger(), nullable=False),
        sa.Column("seen_seq", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "device_id"),
    )
    op.create_table(
        "ticket_use",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("occurrence_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("at_error", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("gate_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_annulled", sa.Boolean(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=True),
        sa.Column("dseq", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("remaining", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_ticket_use_direction")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_ticket_use_count")),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
    op.create_index(
        op.f("ix_ticket_use_ticket_id_event_id"), "ticket_use", ["ticket_id", "event_id"]
    )
    op.create_table(
        "zone_presence",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("inside", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "zone_id"),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("gate_id", sa.Text(), nullable=True),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_because", sa.Text(), nullable=True),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "profile IN ('live', 'rehearsal', 'test')", name=op.f("ck_device_profile")
        ),
        sa.CheckConstraint("role IN ('gate', 'till', 'both')", name=op.f("ck_device_role")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_key"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_device_organization_id"), "device", ["organization_id"], unique=False)
    op.create_table(
        "enrolment_code",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("gate_id", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(
        op.f("ix_enrolment_code_organization_id"), "enrolment_code", ["organization_id"]
    )
    op.create_table(
        "manifest",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("ticket_count", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "manifest_chunk",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("chunk", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id", "sha256"),
    )
    op.create_index(
        op.f("ix_manifest_chunk_event_id_sequence"), "manifest_chunk", ["event_id", "sequence"]
    )
    op.create_table(
        "manifest_class",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("event_id", "number"),
    )
    op.create_table(
        "signing_key",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("certificate_signature", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("admits_from", sa.BigInteger(), nullable=True),
        sa.Column("admits_until", sa.BigInteger(), nullable=True),
        sa.Column("id_prefix", sa.BigInteger(), nullable=False),
        sa.Column("id_prefix_bits", sa.BigInteger(), nullable=False),
        sa.Column("manual_prefix", sa.BigInteger(), nullable=False),
        sa.Column("manual_prefix_bits", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('root', 'manifest', 'ticket', 'till')",
            name=op.f("ck_signing_key_purpose"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'compromised')", name=op.f("ck_signing_key_status")
        ),
        sa.CheckConstraint("key_id BETWEEN 0 AND 65535", name=op.f("ck_signing_key_key_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id", "key_id"),
        sa.UniqueConstraint("public_key"),
    )
    op.create_index(op.f("ix_signing_key_event_id"), "signing_key", ["event_id"], unique=False)
    op.create_index(
        "uq_signing_key_root",
        "signing_key",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'root'"),
        sqlite_where=sa.text("purpose = 'root'"),
    )
    op.create_table(
        "event_feed",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("first_use_seq", sa.BigInteger(), nullable=True),
        sa.Column("manifest_sequence", sa.BigInteger(), nullable=False),
        sa.Column("keyring_version", sa.BigInteger(), nullable=False),
        sa.Column("plan_version", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
        sa.PrimaryKeyConstraint("event_id"),
        postgresql_with={"fillfactor": "20"},
    )
    op.create_table(
        "journal_boot",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("previous_boot", sa.LargeBinary(), nullable=False),
        sa.Column("dseq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=False),
        sa.Column("dseq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot", "dseq"),
    )
    op.create_index(
        op.f("ix_journal_entry_effect"),
        "journal_entry",
        ["effect"],
        postgresql_where=sa.text("effect = 'pending'"),
        sqlite_where=sa.text("effect = 'pending'"),
    )
    op.create_table(
        "journal_fork",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=False),
        sa.Column("dseq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot", "dseq", "hash"),
    )
    op.create_table(
        "journal_refusal",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "hash"),
    )
    op.create_table(
        "reoffer",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("absent_because", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("epoch", "device_id"),
    )
    op.create_table(
        "allotment",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("ticket_type_id", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("granted >= 0 AND sold >= 0", name=op.f("ck_allotment_counts")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
        ),
        sa.PrimaryKeyConstraint("event_id", "device_id", "ticket_type_id"),
    )
