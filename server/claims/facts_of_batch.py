"""What the ledger holds about a batch of claims, as they are decided by it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from server.feed.evacuated_zones import Stops
from server.homes.rows import AskRecord
from server.ledger.uses import MarkRecord, UseRecord
from shared.admission.zone_shares import HeldShare
from shared.kernel.id_types import ClaimId, DeviceId, TicketId, ZoneId
from shared.manifest.tickets import TicketRow


class Ledgered(msgspec.Struct, kw_only=True):
    """What the ledger holds about a batch's claims, and what the batch adds.

    Its rows are what `shared.manifest.case_of_shown_code` finds tickets in.

    Attributes:
        epoch: The ledger's.
        tickets: Rows by ticket id.
        manual: Ticket ids by manual code.
        uses: By claim id.
        marks: By claim id.
        inside: Persons in zones of limited capacity.
        paces_left: How many holders each device may still let in before a person must look;
            those without a limit are not named.
        guesses_left: How many manual codes of nobody's each device may still try.
        refusals_left: How many refusals of each device may still be kept; who is not named has no
            limit.
        stops: Which zones are being evacuated, or were.
        asks: What homes were asked under the batch's claim ids.
        shares: What devices may still let into zones of limited capacity by themselves.
    """

    epoch: int
    tickets: Mapping[TicketId, TicketRow]
    manual: Mapping[int, TicketId]
    uses: dict[ClaimId, UseRecord]
    marks: dict[str, MarkRecord]
    inside: dict[ZoneId, int]
    guesses_left: dict[DeviceId, int] = msgspec.field(default_factory=dict)
    paces_left: dict[DeviceId, int] = msgspec.field(default_factory=dict)
    refusals_left: dict[DeviceId, int] = msgspec.field(default_factory=dict)
    stops: Stops = Stops()
    asks: dict[str, AskRecord] = msgspec.field(default_factory=dict)
    shares: dict[str, dict[str, HeldShare]] = msgspec.field(default_factory=dict)

    def keep_refusal(self, mark: MarkRecord) -> MarkRecord | None:
        """Keep a refusal for retries; None where its device has had its number of them."""
        left = self.refusals_left.get(mark.device_id)
        if left is not None and left < 1:
            return None
        if left is not None:
            self.refusals_left[mark.device_id] = left - 1
        self.marks[mark.claim_id] = mark
        return mark

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """See `shared.manifest.case_of_shown_code.Rows`."""
        return self.tickets.get(ticket_id)

    def find_manual(self, code: int) -> TicketRow | None:
        """See `shared.manifest.case_of_shown_code.Rows`."""
        ticket_id = self.manual.get(code)
        return None if ticket_id is None else self.tickets.get(ticket_id)
