"""A supervisor whose badge signs, and what they say at gates."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from shared.evacuations.whose_words_count import evacuation_subject
from shared.journal.chain import SignedEntry
from shared.journal.entry import DispositionBody, EvacuationBody, ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, ConflictId, DeviceId, EvacuationId, TicketId, ZoneId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.manifest.badge_signatures import (
    BadgeAct,
    BadgeScope,
    badge_key,
    paper_word,
    passage_word,
    ruling_word,
    sign_word,
)
from tests.factories.ledger_office import GateDevice, LedgerOffice

NAME = EvacuationId("ab" * 16)


@dataclass
class Chief:
    """A supervisor of the organization, with their badge."""

    office: LedgerOffice
    person: str
    key: SigningKey
    badge: str = ""

    @classmethod
    async def appoint(cls, office: LedgerOffice, name: str = "Jo") -> Chief:
        """Add them as the organizer does; the badge is drawn."""
        path = f"{office.owner.path}/supervisors"
        body = {"name": name, "pin": "483920"}
        made = await office.office.ok("POST", path, office.owner, json=body)
        key = badge_key(made["badge"], office.owner.organization_id)
        return cls(office, made["supervisor"]["id"], key, made["badge"])

    async def take_another_badge(self) -> Chief:
        """Let the organizer draw them another badge; this is they with the one before."""
        path = f"{self.office.owner.path}/supervisors/{self.person}/badge"
        made = await self.office.office.ok("POST", path, self.office.owner)
        key = badge_key(made["badge"], self.office.owner.organization_id)
        return Chief(self.office, self.person, key, made["badge"])

    async def lose_the_badge(self) -> None:
        """Let the organizer withdraw it: somebody may have a copy."""
        path = f"{self.office.owner.path}/supervisors/{self.person}/badge"
        answer = await self.office.office.call("DELETE", path, self.office.owner)
        assert answer.status_code == 204

    async def dismiss(self) -> None:
        """Let the organizer remove them."""
        path = f"{self.office.owner.path}/supervisors/{self.person}"
        answer = await self.office.office.call("DELETE", path, self.office.owner)
        assert answer.status_code == 204

    def word(
        self,
        gate: GateDevice,
        phase: str,
        *,
        name: EvacuationId = NAME,
        zone_id: ZoneId | None = None,
        began: Instant | None = None,
        emptied: Instant | None = None,
        signed_for: GateDevice | None = None,
    ) -> EvacuationBody:
        """Make a signed word; a return empties the zone now unless it says when."""
        office = self.office
        if phase == "return" and emptied is None:
            emptied = office.now
        body = EvacuationBody(
            evacuation_id=name,
            zone_id=zone_id or office.zone_id,
            phase=phase,
            gate_id=gate.gate_id,
            begun_at=office.now if began is None else began,
            emptied_at=emptied,
            person=self.person,
        )
        speaker = BadgeScope(
            office.owner.organization_id,
            office.event_id,
            DeviceId((signed_for or gate).id),
            self.person,
        )
        word = speaker.say(BadgeAct.EVACUATION, *evacuation_subject(body))
        return msgspec.structs.replace(body, signature=sign_word(self.key, word))

    def _speaker(self, gate: GateDevice) -> BadgeScope:
        office = self.office
        return BadgeScope(
            office.owner.organization_id, office.event_id, DeviceId(gate.id), self.person
        )

    def rule(self, gate: GateDevice, conflict_id: ConflictId, said: str) -> DispositionBody:
        """Say what became of a conflict."""
        body = DispositionBody(conflict_id, said, self.person)
        word = ruling_word(self._speaker(gate), conflict_id, said)
        signature = sign_word(self.key, word)
        return msgspec.structs.replace(body, signature=signature)

    def on_paper(self, gate: GateDevice, body: ScanBody, first: int, last: int) -> ScanBody:
        """Say when a passage by paper was, and sign it."""
        body = msgspec.structs.replace(
            body,
            person=self.person,
            seen=b"",
            happened_from=Instant(first),
            happened_until=Instant(last),
        )
        assert body.ticket_id is not None
        word = paper_word(
            self._speaker(gate),
            claim_id=body.claim_id,
            ticket_id=body.ticket_id,
            zone_id=body.zone_id,
            direction=body.direction,
            count=body.count,
            span=(body.happened_from, body.happened_until),
        )
        return msgspec.structs.replace(body, signature=sign_word(self.key, word))

    def vouch(
        self,
        gate: GateDevice,
        claim_id: ClaimId,
        ticket_id: TicketId,
        *,
        act: BadgeAct = BadgeAct.FIND,
        zone_id: ZoneId = ZoneId(""),
    ) -> bytes:
        """Sign that the holder of a ticket was found by name, or is let in all the same."""
        zone_id = zone_id or self.office.zone_id
        speaker = self._speaker(gate)
        word = passage_word(speaker, act, claim_id=claim_id, ticket_id=ticket_id, zone_id=zone_id)
        return sign_word(self.key, word)

    def found(self, gate: GateDevice, claim_id: ClaimId, ticket_id: TicketId) -> dict[str, str]:
        """Give what a claim says besides that names a ticket without its code."""
        return {
            "ticket_id": format_ticket_id(ticket_id),
            "person": self.person,
            "signature": self.vouch(gate, claim_id, ticket_id).hex(),
        }

    def say(
        self,
        gate: GateDevice,
        *phases: str,
        wall: Instant | None = None,
        name: EvacuationId = NAME,
    ) -> SignedEntry:
        """Put phases into a gate's journal, one after another; returns the last entry."""
        for phase in phases:
            at = self.office.now if wall is None else wall
            body = self.word(gate, phase, name=name, began=at, emptied=at)
            if phase != "return":
                body = self.word(gate, phase, name=name, began=at)
            gate.journal.add(body, self.office.event_id, at)
        return gate.journal.entries[-1]
