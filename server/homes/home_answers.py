"""What homes answer, posted to the ledger: what is given away, kept or given up. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from server.entries.checking_uploaded_entries import corrected_time
from server.homes.rows import ASKED, ENDED, GIVEN, KEPT, AskRecord
from server.ledger.uses import GIFT, MarkRecord, UseRecord
from shared.admission.offline_policy import Rung
from shared.journal.claim_ids import may_use
from shared.journal.entry import Entry, GiveBody, ReleaseBody, SurrenderBody
from shared.kernel.ed25519 import SIGNATURE_SIZE
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.device_feed import read_kept
from shared.wire.feed import Annul

HOME_ANSWER_WITHIN: Final[Duration] = 10 * SECOND
"""What a home gives later than this goes back at once: whoever asked has gone."""

GAVE: Final = frozenset({"ok", "reentry"})
NOBODY_WAITS: Final = "nobody_waits"


class HomeFold:
    """Posts one device's answers as a home, and what becomes of its own questions.

    Attributes:
        changed: Questions to be written, by claim id.
        moves: What the device has signed its surrender of.
    """

    def __init__(
        self,
        asks: dict[str, AskRecord],
        uses: Mapping[ClaimId, UseRecord],
        marks: Mapping[str, MarkRecord],
        home_of: Callable[[TicketId], DeviceId | None],
        placed: Callable[[UseRecord, Entry], UseRecord],
        *,
        device_id: DeviceId,
        now: Instant,
        epoch: int,
    ) -> None:
        self._asks = asks
        self._uses = uses
        self._marks = marks
        self._home_of = home_of
        self._placed = placed
        self._device_id = device_id
        self._now = now
        self._epoch = epoch
        self.changed: dict[str, AskRecord] = {}
        self.moves: list[SurrenderBody] = []

    def give(
        self, entry: Entry, body: GiveBody, is_proven: Callable[[UseRecord], bool]
    ) -> Annul | UseRecord | None:
        """Post a home's answer; what nobody waits for any more goes back to it at once.

        What was given over the venue's network is a use from now on, of the device that it was
        given to, if that is proven to have asked for it: the ticket may have another home before
        that one's journal is here. What was kept there, by knowledge that may be older than the
        ledger's question, leaves that one open.

        A device that is not the ticket's home, or not any more, has nothing to give: its word has
        no effect. It is told as well what nobody made use of, so that it does not count it for
        ever; gates heed that of their own gifts alone.
        """
        if not may_use(body.device_id, body.claim_id):
            return None
        ask = self._asks.get(body.claim_id)
        if ask is not None and ask.ticket_id != body.ticket_id:
            return None
        if self._home_of(body.ticket_id) != self._device_id:
            is_wasted = body.reason in GAVE and self._is_wasted(body)
            return self._back(body.claim_id, body.ticket_id) if is_wasted else None
        if body.reason not in GAVE:
            if ask is not None and self._is_open(ask) and not _is_to_peer(body):
                self._set(ask, KEPT, read_kept(body.reason).value)
            return None
        use = self._uses.get(body.claim_id)
        if use is not None and not use.is_annulled:
            return None  # it was made use of already
        if self._is_wasted(body):
            return self._back(body.claim_id, body.ticket_id)
        if ask is None:
            return self._given_aside(entry, body, is_proven) if use is None else None
        if ask.state == GIVEN and ask.home_device_id == self._device_id:
            return None
        if not self._is_open(ask) or self._now - ask.asked_at > HOME_ANSWER_WITHIN:
            self._set(ask, ENDED, NOBODY_WAITS)
            return self._back(body.claim_id, body.ticket_id)
        self._set(ask, GIVEN, body.reason)
        return None

    def _given_aside(
        self, entry: Entry, body: GiveBody, is_proven: Callable[[UseRecord], bool]
    ) -> UseRecord | None:
        """Post what was given where the ledger has asked nothing."""
        gift = self._gift(entry, body)
        if not is_proven(gift):
            return None
        self._set(self._told_aside(body), GIVEN, body.reason)
        return gift

    def release(self, body: ReleaseBody) -> None:
        """Note that the device has made no use of what it asked for."""
        ask = self._asks.get(body.claim_id)
        if ask is not None and ask.device_id == self._device_id and ask.state != ENDED:
            self._set(ask, ENDED, body.why)

    def surrender(self, body: SurrenderBody) -> None:
        """Note that the device has given up its tickets."""
        self.moves.append(body)

    def _is_wasted(self, body: GiveBody) -> bool:
        """Whether the device that was given the entry has said that nobody entered by it.

        A third one's word on the claim id proves nothing.
        """
        use, mark = self._uses.get(body.claim_id), self._marks.get(body.claim_id)
        is_annulled = use is not None and use.is_annulled and use.device_id == body.device_id
        return is_annulled or (mark is not None and mark.device_id == body.device_id)

    def _is_open(self, ask: AskRecord) -> bool:
        return ask.state == ASKED and ask.home_device_id == self._device_id

    def _set(self, ask: AskRecord, state: str, reason: str) -> None:
        ask.state, ask.reason = state, reason
        self._asks[ask.claim_id] = self.changed[ask.claim_id] = ask

    def _told_aside(self, body: GiveBody) -> AskRecord:
        """Make the record of a question that did not come through the ledger."""
        return AskRecord(
            body.claim_id,
            body.ticket_id,
            self._device_id,
            body.device_id,
            body.gate_id,
            max(1, body.count),
            GIVEN,
            body.reason,
            self._now,
            0,
        )

    def _gift(self, entry: Entry, body: GiveBody) -> UseRecord:
        """Make the use that the other device's journal will confirm, or sign away."""
        at, at_error = corrected_time(entry, self._now)
        use = UseRecord(
            claim_id=body.claim_id,
            ticket_id=body.ticket_id,
            zone_id=body.zone_id,
            occurrence_id=body.occurrence_id,
            direction="in",
            at=at,
            at_error=at_error,
            count=max(1, body.count),
            gate_id=body.gate_id,
            device_id=body.device_id,
            mode=Rung.LAN.value,
            reason=body.reason,
            is_annulled=False,
            is_confirmed=False,
            source=GIFT,
            boot=None,
            dseq=None,
            seq=0,
            epoch=self._epoch,
            content=None,
            remaining=None,
        )
        return self._placed(use, entry)

    def _back(self, claim_id: ClaimId, ticket_id: TicketId) -> Annul:
        return Annul(claim_id, ticket_id, self._now, self._device_id, NOBODY_WAITS)


def _is_to_peer(body: GiveBody) -> bool:
    """Whether a home answers what a gate has signed, and not the ledger's own question."""
    return body.proof is not None and len(body.proof.asked) == SIGNATURE_SIZE
