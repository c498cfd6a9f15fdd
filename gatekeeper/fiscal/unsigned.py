"""Where no law asks for a signer: nothing is signed, and nothing is printed about it."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.fiscal.ports import Facts, Handle, Outcome, Signed, Unavailable
from shared.kernel.instant import Instant


class NoSigner:
    """Fulfils `ports.FiscalPort`."""

    signs = False
    block_when_unavailable = False

    def begin(self, till: str, draft: Facts, at: Instant) -> Handle | Unavailable:
        """Begin nothing."""
        return Handle(b"")

    def update(self, handle: Handle, facts: Facts) -> None:
        """Tell nobody."""

    def finish(self, handle: Handle, facts: Facts) -> Outcome:
        """Sign nothing."""
        return Signed()

    def cancel(self, handle: Handle, facts: Facts) -> Outcome:
        """Sign nothing."""
        return Signed()

    def open_handles(self) -> list[Handle]:
        """Nothing was begun."""
        return []

    def export(self, first: Instant, last: Instant, to: Path) -> None:
        """There is nothing to write."""
