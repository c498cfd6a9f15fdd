"""Opens the arm for one admission after the other, in a thread of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Final

from gatekeeper.turnstile.arm_and_relay_times import PASSAGE_WITHIN
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage, ArmRelay, ArmUnsure
from shared.kernel.errors import EnvironmentFault, trouble_of
from shared.kernel.id_types import ClaimId
from shared.kernel.trouble import NO_TROUBLE

_LEAVE_SECONDS: Final = 2.0
_ANYBODY: Final = ClaimId("")


class Turnstile:
    """Knows what was granted, and tells what was passed.

    Args:
        relay: The arm.
        tell: Is told what became of each admission, in the turnstile's thread.
    """

    def __init__(self, relay: ArmRelay, tell: Callable[[ArmPassage], None]) -> None:
        self._relay, self._tell = relay, tell
        self._granted: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, name="turnstile", daemon=True)
        self._thread.start()

    @property
    def has_sensor(self) -> bool:
        """Whether the next visitor waits until this one has passed."""
        return self._relay.has_sensor

    def grant(self, claim_id: ClaimId) -> None:
        """Let the holder of an admission through; returns at once."""
        self._granted.put(claim_id)

    def pulse(self) -> None:
        """Open the arm for nobody in particular; only a failure is told, under no claim."""
        if self._granted.empty():
            self._granted.put(_ANYBODY)

    def call_off(self) -> None:
        """Keep the arm closed for whoever has not come to it yet; it is told that it was.

        While one after the other is waited for there, nobody who has to leave gets out.
        """
        with contextlib.suppress(queue.Empty):
            while (claim_id := self._granted.get_nowait()) is not None:
                if claim_id != _ANYBODY:
                    self._tell(ArmPassage(ClaimId(claim_id), ArmOutcome.FAILED))
            self._granted.put(None)  # it is closed already

    def close(self) -> None:
        """Stop; a passage that is under way is waited for only briefly."""
        self._granted.put(None)
        self._thread.join(timeout=_LEAVE_SECONDS)
        self._relay.close()

    def _serve(self) -> None:
        with contextlib.suppress(EnvironmentFault):  # the first visitor's opening says so
            self._relay.lock()
        while (claim_id := self._granted.get()) is not None:
            if claim_id == _ANYBODY:
                self._open_for_anybody()
            else:
                self._tell(let_through(self._relay, ClaimId(claim_id)))

    def _open_for_anybody(self) -> None:
        try:
            self._relay.open_once()
        except EnvironmentFault as fault:
            self._tell(ArmPassage(_ANYBODY, ArmOutcome.FAILED, trouble_of(fault)))


def let_through(relay: ArmRelay, claim_id: ClaimId) -> ArmPassage:
    """Open an arm for one person, and tell what became of that; waits until it is known."""
    doubt = NO_TROUBLE
    try:
        relay.open_once()
    except ArmUnsure as fault:
        doubt = trouble_of(fault)
    except EnvironmentFault as fault:
        return ArmPassage(claim_id, ArmOutcome.FAILED, trouble_of(fault))
    if not relay.has_sensor:
        return ArmPassage(claim_id, ArmOutcome.OPENED, doubt)
    try:
        has_passed = relay.wait_for_passage(PASSAGE_WITHIN)
    except EnvironmentFault as fault:
        # The arm was open: somebody may well be inside.
        return ArmPassage(claim_id, ArmOutcome.OPENED, trouble_of(fault))
    if has_passed:
        return ArmPassage(claim_id, ArmOutcome.PASSED)
    # While the relay was silent the arm may have been open, and nobody asked the sensor.
    return ArmPassage(claim_id, ArmOutcome.OPENED if doubt else ArmOutcome.NOT_PASSED, doubt)
