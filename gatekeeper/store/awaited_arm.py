"""Who was admitted at a turnstile whose arm has still to be told to open for them."""

from __future__ import annotations

from typing import Final

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.single_values import read_bytes, write_bytes
from shared.kernel.id_types import ClaimId

_NAME: Final = "awaited_arm"


class AwaitedArm(KeptTable):
    """The latest admission for which an arm was not told to open yet.

    An arm lets through one admission after the other, so that there is no more than one. Writes
    belong inside a transaction of the store: the admission's, and that of the grant.
    """

    def claim_id(self) -> ClaimId | None:
        """Return under which claim somebody is still before the arm; None if nobody is."""
        kept = read_bytes(self._connection, _NAME)
        return ClaimId(kept.decode()) if kept else None

    def expect(self, claim_id: ClaimId) -> None:
        """Keep that somebody was admitted and that the arm is closed yet."""
        write_bytes(self._connection, _NAME, claim_id.encode())

    def settle(self) -> None:
        """Keep that the arm may be open from now on."""
        write_bytes(self._connection, _NAME, b"")
