"""What a turnstile's relay is asked for, whatever it is wired to."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

import msgspec

from shared.kernel.errors import EnvironmentFault
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import Duration
from shared.kernel.trouble import NO_TROUBLE, Trouble

LET_GO: Final = "the turnstile was released while someone was being let through"


class ArmUnsure(EnvironmentFault):
    """The relay was told to open and did not confirm it: the arm may be open."""


class ArmPause(Protocol):
    """What a relay waits by; a `threading.Event` is one."""

    def wait(self, timeout: float, /) -> bool:
        """Wait so many seconds, or until it is set."""

    def set(self) -> None:
        """Wait no more."""


class ArmRelay(Protocol):
    """One arm. Its calls block and belong in a thread of their own."""

    @property
    def has_sensor(self) -> bool:
        """Whether it can tell that somebody passed."""

    def lock(self) -> None:
        """Lock the arm: a run that was killed may have left it open.

        Raises:
            EnvironmentFault: if it could not be told.
        """

    def open_once(self) -> None:
        """Let one person through.

        Raises:
            ArmUnsure: if it was told to, and nothing is known of it since.
            EnvironmentFault: if it could not be told, or refuses; the arm is closed.
        """

    def wait_for_passage(self, timeout: Duration) -> bool:
        """Wait until somebody has passed, and is through; False if nobody did in time.

        Raises:
            EnvironmentFault: if the sensor cannot be asked, told of somebody before the arm was
                opened, or the wires were let go meanwhile.
        """

    def close(self) -> None:
        """Let the wires go."""


class ArmOutcome(StrEnum):
    """What became of an admission at the arm."""

    OPENED = "opened"
    """The arm was opened, or may have been; nothing tells whether somebody passed."""
    PASSED = "passed"
    NOT_PASSED = "not_passed"
    FAILED = "failed"
    """The arm could not be opened."""


class ArmPassage(msgspec.Struct, frozen=True):
    """What became of one admission.

    Attributes:
        claim_id: The admission's.
        outcome: Granted and passed are kept apart.
        why: What failed, if anything did.
    """

    claim_id: ClaimId
    outcome: ArmOutcome
    why: Trouble = NO_TROUBLE
