"""Every table of the server, imported in one place for migrations and checks.

Not for services: they import their own domain's models. A new domain adds its line.
"""

from __future__ import annotations

from sqlalchemy import MetaData

import server.accounts.models
import server.alarms.models
import server.cancelling.models
import server.cashiers.models
import server.db.audit_line
import server.db.ledger_state
import server.db.periodic_turns
import server.db.rate_limit_over_workers
import server.db.writing_probe
import server.devices.models
import server.entries.models
import server.erasures.models
import server.events.models
import server.feed.models
import server.homes.models
import server.imports.models
import server.jobs.models
import server.keys.models
import server.ledger.models
import server.mail.models
import server.orders.models
import server.organizations.models
import server.payments.models
import server.plans.models
import server.publishing.models
import server.reconciliation.models
import server.report_schedules.models
import server.seating.models
import server.shifts.models
import server.supervisors.models
import server.tallies.models
import server.ticket_design.models
import server.ticket_files.models
import server.ticketing.models
import server.tills.models
import server.venues_and_gates.models
import server.webhooks.models  # noqa: F401 - imported for their tables
from server.db.model import metadata


def load_metadata() -> MetaData:
    """Return the metadata with every table in it."""
    return metadata
