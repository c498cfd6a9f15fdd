"""Offsets, sizes and fixed values of the GK1 bytes (`docs/specs/credential.md`, section 3)."""

from __future__ import annotations

from typing import Final

from shared.kernel.ed25519 import SIGNATURE_SIZE
from shared.kernel.instant import MINUTE, Duration, Instant

CONTEXT: Final = b"gatekeeper/ticket/1"
"""Stands before the body, with a zero byte, under the signature."""

FORM_PRINT: Final = 0x10
FORM_TAG: Final = 0x11

BODY_SIZE_PRINT: Final = 19
UID_SIZE: Final = 7
BODY_SIZE_TAG: Final = BODY_SIZE_PRINT + UID_SIZE
SIZE_PRINT: Final = BODY_SIZE_PRINT + SIGNATURE_SIZE
SIZE_TAG: Final = BODY_SIZE_TAG + SIGNATURE_SIZE

DIGIT_COUNT: Final = 200
"""Decimal digits of a printed credential: 83 bytes are less than 10^200."""

KEY_ID_MAX: Final = 0xFFFF
TICKET_TYPE_CODE_MAX: Final = 0xFFFF
GENERATION_MAX: Final = 0xFF

WINDOW_STEP: Final[Duration] = 15 * MINUTE
WINDOW_BITS: Final = 20
WINDOW_STEPS_MAX: Final = (1 << WINDOW_BITS) - 1
WINDOW_EPOCH: Final[Instant] = Instant(1_577_836_800_000_000)
"""2020-01-01T00:00:00Z; the last instant that a window can name is in November 2049."""

assert SIZE_PRINT == 83
assert SIZE_TAG == 90
assert 10 ** (DIGIT_COUNT - 1) < 256**SIZE_PRINT < 10**DIGIT_COUNT
