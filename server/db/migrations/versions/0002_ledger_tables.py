"""Create the tables of devices, keys, manifests, the ledger and conflicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import belongs_to, checks, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index, index_where

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "claim_mark",
        *texts("event_id", "claim_id", "device_id", "why"),
        *octets("content", "answer", nullable=True),
        *numbers("marked_at"),
        *texts("organization_id"),
        *checks("claim_mark", why="why IN ('denied', 'released', 'undone')"),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
    index_where("why = 'denied'", op.f("ix_claim_mark_marked_at"), "claim_mark", ["marked_at"])
    op.create_table(
        "conflict",
        *texts("id", "event_id", "kind", "subject"),
        *numbers("ticket_id", nullable=True),
        *texts("occurrence_id", "zone_id", "device_id"),
        *flags("is_ordered"),
        *texts("detail", "disposition"),
        *texts("disposed_by", nullable=True),
        *numbers("disposed_at", nullable=True),
        *texts("note"),
        *numbers("opened_at", "updated_at"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "kind", "subject"),
    )
    index_where("disposition = ''", op.f("ix_conflict_event_id"), "conflict", ["event_id"])
    op.create_table(
        "conflict_side",
        *texts("conflict_id", "side", "event_id", "device_id", "gate_id"),
        *numbers("at"),
        *numbers("at_error", nullable=True),
        *numbers("count"),
        *texts("mode", "reason"),
        *octets("boot", nullable=True),
        *numbers("dseq", nullable=True),
        *octets("entry", "signature", nullable=True),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("conflict_id", "side"),
    )
    index("conflict_side", "event_id", "side")
    op.create_table(
        "feed",
        *texts("event_id"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("kind"),
        *numbers("subject", nullable=True),
        *octets("body"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("event_id", "seq"),
        sqlite_with_rowid=False,
    )
    index_where(
        "subject IS NOT NULL", op.f("ix_feed_subject_event_id"), "feed", ["subject", "event_id"]
    )
    op.create_table(
        "ledger_alarm",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("device_id", "event_id"),
        *numbers("seen_epoch", "seen_seq", "noted_at"),
        sa.PrimaryKeyConstraint("epoch", "device_id"),
    )
    op.create_table(
        "ticket_use",
        *texts("event_id", "claim_id"),
        *numbers("ticket_id"),
        *texts("zone_id", "occurrence_id", "direction"),
        *numbers("at"),
        *numbers("at_error", nullable=True),
        *numbers("count"),
        *texts("gate_id", "device_id", "mode", "reason"),
        *flags("is_annulled", "is_confirmed"),
        *texts("source"),
        *octets("boot", nullable=True),
        *numbers("dseq", nullable=True),
        *numbers("seq", "epoch"),
        *octets("content", nullable=True),
        *numbers("remaining", nullable=True),
        *texts("organization_id"),
        *checks("ticket_use", direction="direction IN ('in', 'out')", count="count >= 1"),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
    index("ticket_use", "ticket_id", "event_id")
    op.create_table(
        "zone_presence",
        *texts("event_id", "zone_id"),
        *numbers("inside"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("event_id", "zone_id"),
    )
    op.create_table(
        "device",
        *texts("id", "organization_id", "name", "role", "profile", "program"),
        *octets("public_key", "token_hash"),
        *texts("event_id", "gate_id", nullable=True),
        *numbers("enrolled_at"),
        *numbers("revoked_at", nullable=True),
        *texts("revoked_because", nullable=True),
        *numbers("last_seen_at", nullable=True),
        *checks(
            "device",
            profile="profile IN ('live', 'rehearsal', 'test')",
            role="role IN ('gate', 'till', 'both')",
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_key"),
        sa.UniqueConstraint("token_hash"),
    )
    index("device", "organization_id")
    op.create_table(
        "enrolment_code",
        *octets("hash"),
        *texts("organization_id", "role", "profile"),
        *texts("event_id", "gate_id", nullable=True),
        *texts("created_by"),
        *numbers("created_at", "expires_at"),
        *numbers("used_at", nullable=True),
        *texts("device_id", nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    index("enrolment_code", "organization_id")
    op.create_table(
        "manifest",
        *texts("event_id", "organization_id"),
        *numbers("epoch", "sequence", "cursor", "ticket_count"),
        *octets("document"),
        *numbers("published_at"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "manifest_chunk",
        *texts("organization_id"),
        *octets("sha256"),
        *texts("event_id"),
        *numbers("sequence"),
        *octets("chunk"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id", "sha256"),
    )
    index("manifest_chunk", "event_id", "sequence")
    op.create_table(
        "manifest_class",
        *texts("event_id"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("organization_id"),
        *octets("facts"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("event_id", "number"),
    )
    op.create_table(
        "signing_key",
        *texts("organization_id"),
        sa.Column("key_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("purpose"),
        *texts("event_id", nullable=True),
        *octets("public_key"),
        *octets("sealed_seed", "certificate", "certificate_signature", nullable=True),
        *texts("status"),
        *numbers("admits_from", "admits_until", nullable=True),
        *numbers("id_prefix", "id_prefix_bits", "manual_prefix", "manual_prefix_bits"),
        *texts("device_id", nullable=True),
        *flags("is_rehearsal"),
        *numbers("created_at"),
        *checks(
            "signing_key",
            purpose="purpose IN ('root', 'manifest', 'ticket', 'till')",
            status="status IN ('active', 'compromised')",
            key_id="key_id BETWEEN 0 AND 65535",
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id", "key_id"),
        sa.UniqueConstraint("public_key"),
    )
    index("signing_key", "event_id")
    index_where(
        "purpose = 'root'",
        "uq_signing_key_root",
        "signing_key",
        ["organization_id"],
        is_unique=True,
    )
    op.create_table(
        "event_feed",
        *texts("event_id"),
        *numbers("seq"),
        *flags("is_active"),
        *numbers("first_use_seq", nullable=True),
        *numbers("manifest_sequence", "keyring_version", "plan_version"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
        sa.PrimaryKeyConstraint("event_id"),
        postgresql_with={"fillfactor": "20"},
    )
    op.create_table(
        "journal_boot",
        *texts("device_id"),
        *octets("boot"),
        *numbers("number"),
        *octets("previous_boot"),
        *numbers("dseq"),
        *octets("head"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot"),
    )
    op.create_table(
        "journal_entry",
        *texts("device_id"),
        *octets("boot"),
        sa.Column("dseq", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("event_id"),
        *numbers("seq"),
        *texts("kind"),
        *octets("entry", "signature", "hash"),
        *texts("status", "effect"),
        *numbers("received_at"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot", "dseq"),
    )
    index_where("effect = 'pending'", op.f("ix_journal_entry_effect"), "journal_entry", ["effect"])
    op.create_table(
        "journal_fork",
        *texts("device_id"),
        *octets("boot"),
        sa.Column("dseq", sa.BigInteger(), autoincrement=False, nullable=False),
        *octets("hash"),
        *texts("event_id"),
        *octets("entry", "signature"),
        *numbers("received_at"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot", "dseq", "hash"),
    )
    op.create_table(
        "journal_refusal",
        *texts("device_id"),
        *octets("hash"),
        *texts("problem"),
        *numbers("received_at"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "hash"),
    )
    op.create_table(
        "reoffer",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("device_id", "event_id"),
        *numbers("asked_at", "done_at", nullable=True),
        *texts("absent_because", nullable=True),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("epoch", "device_id"),
    )
    op.create_table(
        "allotment",
        *texts("event_id", "device_id", "ticket_type_id"),
        *numbers("granted", "sold"),
        *texts("organization_id"),
        *checks("allotment", counts="granted >= 0 AND sold >= 0"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        belongs_to("ticket_type"),
        sa.PrimaryKeyConstraint("event_id", "device_id", "ticket_type_id"),
    )
