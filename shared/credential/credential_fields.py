"""What a credential says once decoded; nothing here is trusted before `verify_credential`."""

from __future__ import annotations

import msgspec

from shared.credential.sizes_and_bounds import (
    GENERATION_MAX,
    KEY_ID_MAX,
    TICKET_TYPE_CODE_MAX,
    UID_SIZE,
    WINDOW_EPOCH,
    WINDOW_STEP,
    WINDOW_STEPS_MAX,
)
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.kernel.ids import TICKET_ID_COUNT
from shared.kernel.instant import Instant


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of one credential.

    Attributes:
        key_id: Names the keys to try, 0 to 65535; a hint, never trust.
        ticket_id: Unsigned 64-bit number.
        ticket_type_code: What it admits to, 0 to 65535; the keyring's event gives it meaning.
        valid_from: First instant of the signed window, or None; a multiple of 15 minutes.
        valid_until: Last instant of the signed window (it belongs to it), or None.
        generation: 0 to 255; a higher one supersedes the lower.
        tag_uid: The 7-byte UID of the tag it is bound to, or None for a printed one.
    """

    key_id: int
    ticket_id: TicketId
    ticket_type_code: int
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    generation: int = 0
    tag_uid: bytes | None = None

    def check(self) -> None:
        """Refuse what the layout cannot hold.

        Raises:
            BadInput: naming the field that is out of range.
        """
        ranges = (
            ("key_id", self.key_id, KEY_ID_MAX),
            ("ticket_id", self.ticket_id, TICKET_ID_COUNT - 1),
            ("ticket_type_code", self.ticket_type_code, TICKET_TYPE_CODE_MAX),
            ("generation", self.generation, GENERATION_MAX),
        )
        for name, value, most in ranges:
            if not 0 <= value <= most:
                raise BadInput(f"{name} must be 0 to {most}, not {value}")
        if self.tag_uid is not None and len(self.tag_uid) != UID_SIZE:
            raise BadInput(f"tag_uid must be {UID_SIZE} bytes")
        opens, closes = self.valid_from, self.valid_until
        if opens is not None and closes is not None and opens > closes:
            raise BadInput("valid_from must not be later than valid_until")


def window_step_floor(instant: Instant | None) -> int:
    """Number the 15-minute step at or before an instant; None is 0, no bound.

    Raises:
        BadInput: if the instant is outside 2020 to 2049.
    """
    return _step(instant, 0)


def window_step_ceiling(instant: Instant | None) -> int:
    """Number the 15-minute step at or after an instant; None is 0, no bound.

    Raises:
        BadInput: if the instant is outside 2020 to 2049.
    """
    return _step(instant, WINDOW_STEP - 1)


def instant_of_step(step: int) -> Instant | None:
    """Return the instant that a step number names; 0 names none."""
    return None if step == 0 else WINDOW_EPOCH + step * WINDOW_STEP


def _step(instant: Instant | None, round_up: int) -> int:
    if instant is None:
        return 0
    step = (instant - WINDOW_EPOCH + round_up) // WINDOW_STEP
    if not 1 <= step <= WINDOW_STEPS_MAX:
        raise BadInput("a validity window must lie between 2020-01-01T00:15Z and November 2049")
    return step
