"""Request and answer bodies of webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Name
from server.http.etags import Tagged
from server.webhooks.message_kinds import Kind
from shared.field_limits import URL_SIZE_MAX
from shared.kernel.id_types import EventId

Url = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=URL_SIZE_MAX,
        description="where messages are sent by POST, such as https://example.org/gatekeeper",
    ),
]
Kinds = Annotated[list[Kind], msgspec.Meta(max_length=len(Kind))]
State = Literal["active", "paused"]
DeliveryState = Literal["waiting", "held", "taken", "failed"]


class NewWebhook(Body):
    """Have messages sent to a program.

    Attributes:
        url: Of the internet, by https; what else is taken the operator says.
        kinds: What it wants to hear of; nothing given, everything.
    """

    name: Name
    url: Url
    kinds: Kinds = msgspec.field(default_factory=list)


class WebhookChange(Body):
    """Change what is given.

    Attributes:
        state: `paused` holds its messages, `active` sends them, those that were held first.
    """

    name: Name | None = None
    url: Url | None = None
    kinds: Kinds | None = None
    state: State | None = None


class WebhookAnswer(Tagged, kw_only=True):
    """Where messages go; its secret cannot be read again.

    Attributes:
        kinds: What it wants to hear of; empty for everything.
        state: `active` or `paused`.
        paused_because: `asked`, `gone` (the receiver answered 410), `failing` (for three days), or
            `unanswered` (who said its address is a manager no more, or an ended key); empty
            while it is active.
        is_failing: The last five attempts or more have failed.
        failures: Failed attempts since the last that was taken.
        failing_since: When the first of them was.
        old_secret_until: Until when the secret before this one signs too; null if none does.
    """

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset(
        {
            "paused_because",
            "is_failing",
            "failures",
            "failing_since",
            "last_taken_at",
            "old_secret_until",
        }
    )

    id: str
    name: str
    url: str
    kinds: Sequence[str]
    state: str
    paused_because: str
    is_failing: bool
    failures: int
    failing_since: datetime | None
    last_taken_at: datetime | None
    old_secret_until: datetime | None
    created_at: datetime


class WebhookMade(Answer):
    """A webhook and its secret: shown this once."""

    webhook: WebhookAnswer
    secret: str


class DeliveryAnswer(Answer):
    """A message on its way to a webhook.

    Attributes:
        message_id: Sent as `webhook-id`, the same at each attempt.
        kind: What it tells of.
        event_id: At which event it happened; null for a test.
        state: `waiting`, `held` (the webhook is paused), `taken` or `failed`.
        attempts: How many were made.
        status: HTTP status of the last one; null where there was no answer.
        said: How the last one ended, in a sentence.
    """

    message_id: str
    kind: str
    event_id: EventId | None
    state: str
    attempts: int
    status: int | None
    said: str
    created_at: datetime
    tried_at: datetime | None


class AttemptAnswer(Answer):
    """One attempt.

    Attributes:
        number: From 1.
        ms: How long it took.
        status: HTTP status; null where there was no answer.
        said: How it ended, in a sentence.
        answer: The first 1,024 bytes of what the receiver answered.
    """

    number: int
    at: datetime
    ms: int
    status: int | None
    said: str
    answer: str


class DeliveryDetail(Answer):
    """A delivery with what is sent and its attempts, the latest first.

    Attributes:
        body: What is sent, byte for byte.
    """

    delivery: DeliveryAnswer
    body: str
    attempts: Sequence[AttemptAnswer]
