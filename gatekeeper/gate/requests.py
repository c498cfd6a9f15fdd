"""What a gate is asked by those who work at it, each as one value that travels whole."""

from __future__ import annotations

import msgspec

from gatekeeper.gate.answer import GroupOutlook, ScanAnswer
from gatekeeper.gate.scanned import FoundTicket, Scannable
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.supervisor.duty import Badge


class ScanRequest(msgspec.Struct, frozen=True):
    """A code to be decided on, and what staff have said to it so far.

    Attributes:
        text: What was scanned or typed.
        is_manual: It was typed as a manual code.
        count: Persons; None to be asked where a code stands for several.
        id_checked: Staff have seen the holder's proof.
        pending_acknowledged: Staff have told the holder of the debt.
        claim_id: That of the answer that this goes on from, or None.
        tag: The tag that was read; `text` is then only a name for it.
        found: The ticket that a supervisor has found by its holder's name; likewise.
    """

    text: str
    is_manual: bool = False
    count: int | None = None
    id_checked: bool = False
    pending_acknowledged: bool = False
    claim_id: str | None = None
    tag: TagScan | None = None
    found: FoundTicket | None = None

    @property
    def code(self) -> Scannable:
        """What the lane is asked about."""
        return self.found or self.tag or self.text


ScanOutcome = ScanAnswer | GroupOutlook | Badge
"""An answer; or the question how many, where nothing is decided yet; or it was no ticket, but a
supervisor's badge."""
