"""Answer bodies of publishing."""

from __future__ import annotations

from datetime import datetime

from server.http.schema import Answer


class PublicationAnswer(Answer):
    """A publication.

    Attributes:
        sequence: Raised by every publication of the event.
        cursor: Changes up to this number of the feed are in it.
        size: Bytes on the wire, all parts together.
    """

    event_id: str
    epoch: int
    sequence: int
    cursor: int
    ticket_count: int
    chunk_count: int
    size: int
    published_at: datetime


class CredentialAnswer(Answer):
    """A ticket's codes.

    Attributes:
        digits: What its QR code holds, 200 decimal digits.
        manual_code: For voice and keypad.
    """

    ticket_id: str
    generation: int
    digits: str
    manual_code: str | None


class KeyAnswer(Answer):
    """A key that signs tickets, as verifiers need it."""

    kid: str
    public_key: str
    format: str
    event_id: str
    status: str
    device_id: str | None
