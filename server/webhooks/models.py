"""Tables of webhooks: where messages go, the messages, what became of each, and every attempt."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.personal_columns import OF_STAFF, TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant


class Webhook(Scoped, Model):
    """Where messages go.

    Attributes:
        url: As it was said; it may hold a token, so that no log has it.
        kinds: What it wants to hear of; empty for everything.
        secret: Sealed.
        old_secret: The one before, sealed; it signs too until `old_until`.
        state: `active` or `paused`.
        paused_because: `asked`, `gone` (the receiver said so), `failing`, or `unanswered` (nobody
            who may answers for its address any more); "" while active.
        failures: Failed attempts since the last that was taken.
        failing_since: When the first of them was.
        last_taken_at: When a message was last taken.
        created_by: Who answers for its address: whoever said it, or let it go on, last.
    """

    __table_args__ = (
        Index(None, "organization_id"),
        CheckConstraint("state IN ('active', 'paused')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    url: Mapped[str]
    kinds: Mapped[JsonValue]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_until: Mapped[Instant | None]
    state: Mapped[str]
    paused_because: Mapped[str]
    failures: Mapped[int]
    failing_since: Mapped[Instant | None]
    last_taken_at: Mapped[Instant | None]
    created_by: Mapped[str]
    created_at: Mapped[Instant]


class WebhookMessage(Scoped, Model):
    """Something that happened, as it is told; ids and states, never a person's name or address.

    Attributes:
        id: The header `webhook-id`: the same for each webhook and at each attempt.
        kind: A `Kind`, or `webhook.test`.
        event_id: What it happened at; None for a test.
        body: The very bytes that are signed and sent.
    """

    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    event_id: Mapped[EventId | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]


class WebhookDelivery(Scoped, Model):
    """A message on its way to a webhook.

    Attributes:
        state: `waiting`, `held` (its webhook is paused), `taken` or `failed`.
        round: How often it was set going: by itself, by hand, after a pause.
        attempts: All that were made.
        status: HTTP status of the last one; None where there was no answer.
        said: How the last one ended, in a sentence.
    """

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'held', 'taken', 'failed')", name="state"),
        index_where("state = 'held'", "webhook_id", name="ix_webhook_delivery_held"),
        Index(None, "webhook_id", "created_at"),
        Index(None, "created_at"),
    )

    webhook_id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    event_id: Mapped[EventId | None]
    state: Mapped[str]
    round: Mapped[int]
    attempts: Mapped[int]
    status: Mapped[int | None]
    said: Mapped[str]
    created_at: Mapped[Instant]
    tried_at: Mapped[Instant | None]


class WebhookAttempt(Scoped, Model):
    """One attempt to deliver a message.

    Attributes:
        number: From 1, over all rounds.
        ms: How long it took.
        status: HTTP status; None where there was no answer.
        said: How it ended, in a sentence.
        answer: The first of what the receiver answered.
    """

    webhook_id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    ms: Mapped[int]
    status: Mapped[int | None]
    said: Mapped[str]
    answer: Mapped[str] = mapped_column(info=TYPED)
