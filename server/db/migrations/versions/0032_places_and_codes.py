"""Remember where devices were assigned to, and more of imported codes than lists tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, octets, texts

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "device_place",
        *texts("device_id", "event_id", "gate_id", "organization_id"),
        *numbers("since"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "event_id", "gate_id"),
    )
    op.create_table(
        "imported_code",
        *texts("event_id"),
        *numbers("ticket_id"),
        *texts("organization_id"),
        *octets("digest"),
        sa.ForeignKeyConstraint(
            ["event_id", "ticket_id"], ["ticket.event_id", "ticket.ticket_id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "ticket_id"),
    )
    op.execute(
        "INSERT INTO device_place (device_id, event_id, gate_id, organization_id, since)"
        " SELECT id, coalesce(event_id, ''), coalesce(gate_id, ''), organization_id, enrolled_at"
        " FROM device"
    )
    # Where a device has let people in before anybody kept its places, it may have stood.
    op.execute(
        "INSERT INTO device_place (device_id, event_id, gate_id, organization_id, since)"
        " SELECT u.device_id, u.event_id, u.gate_id, u.organization_id, min(u.at)"
        " FROM ticket_use u JOIN device d ON d.id = u.device_id"
        " JOIN gate g ON g.id = u.gate_id AND g.event_id = u.event_id"
        " WHERE u.source <> 'journal'"
        " GROUP BY u.device_id, u.event_id, u.gate_id, u.organization_id"
        " ON CONFLICT (device_id, event_id, gate_id) DO NOTHING"
    )
