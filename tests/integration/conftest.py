"""The server and the ledger under test, on both databases."""

from __future__ import annotations

import pytest

from server.cancelling import routes as cancelling
from tests.factories.desk_seat import seat
from tests.factories.ledger_office import (
    ledger_office,
    published,
    published_postgres,
    published_sqlite,
)
from tests.factories.office import (
    database_url,
    migrated_postgres,
    migrated_sqlite,
    office,
    sqlite_url,
)
from tests.factories.put_back import on_postgres, on_sqlite, place
from tests.factories.sales_till import till
from tests.factories.waiting import PATIENCE_S
from tests.fakes.mail_server import post
from tests.fakes.zvt_terminal import terminal

__all__ = [
    "database_url",
    "ledger_office",
    "migrated_postgres",
    "migrated_sqlite",
    "office",
    "on_postgres",
    "on_sqlite",
    "patient_readiness",
    "place",
    "post",
    "published",
    "published_postgres",
    "published_sqlite",
    "seat",
    "sqlite_url",
    "terminal",
    "till",
]


@pytest.fixture
def patient_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server that runs in the test take longer than a second to say that it is ready."""
    monkeypatch.setattr("server.health.checks.CHECK_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
def refunds_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application's own worker wait: each test that pays back has its own."""
    monkeypatch.setattr(cancelling, "REFUND_POLL_S", 3_600)
