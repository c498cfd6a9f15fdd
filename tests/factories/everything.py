"""One organization with one of everything, and the operations of the API that name its things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.accounts.principal import SCOPES
from server.devices.models import Device
from server.jobs.service import enqueue
from server.persons.service import new_erasure
from server.reconciliation.models import Conflict
from server.shifts.models import TillShift
from server.webhooks.kinds import TEST
from server.webhooks.outbox import write_message
from server.webhooks.service import get_webhook
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.office import Office, Person

ORGANIZATION = "organization_id"
PARTS = {
    "event_id",
    "occurrence_id",
    "venue_id",
    "zone_id",
    "gate_id",
    "ticket_type_id",
    "order_id",
    "ticket_id",
    "user_id",
    "api_key_id",
    "device_id",
    "conflict_id",
    "supervisor_id",
    "cashier_id",
    "payment_id",
    "payout_id",
    "shift_id",
    "promotion_id",
    "hold_id",
    "voucher_id",
    "invitation_id",
    "key_name",
    "job_id",
    "import_id",
    "webhook_id",
    "message_id",
    "notice_id",
