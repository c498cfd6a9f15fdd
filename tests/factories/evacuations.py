"""A supervisor whose badge signs, and what they say of evacuations at gates."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from shared.journal.chain import SignedEntry
from shared.journal.entry import EvacuationBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.instant import Instant
from shared.manifest.badge_words import BadgeAct, Speaker, badge_key, sign_word
from shared.wire.evacuation_rights import evacuation_subject
from tests.factories.ledger_office import GateDevice, LedgerOffice

NAME = "ab" * 16


@dataclass
class Chief:
    """A supervisor of the organization, with their badge."""

    office: LedgerOffice
    person: str
    key: SigningKey

    @classmethod
    async def appoint(cls, office: LedgerOffice, name: str = "Jo") -> Chief:
        """Add them as the organizer does; the badge is drawn."""
        path = f"{office.owner.path}/supervisors"
        body = {"name": name, "pin": "483920"}
        made = await office.office.ok("POST", path, office.owner, json=body)
        key = badge_key(made["badge"], office.owner.organization_id)
        return cls(office, made["supervisor"]["id"], key)

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
        name: str = NAME,
        zone_id: str | None = None,
        began: Instant | None = None,
        emptied: Instant | None = None,
        signed_for: GateDevice | None = None,
    ) -> EvacuationBody:
        """Make a signed word; a return empties the zone now unless it says when."""
        office = self.office
        if phase == "return" and emptied is None:
            emptied = office.now
        body = EvacuationBody(
            name,
            zone_id or office.zone_id,
            phase,
            gate.gate_id,
            office.now if began is None else began,
            emptied,
            self.person,
        )
        speaker = Speaker(
            office.owner.organization_id, office.event_id, (signed_for or gate).id, self.person
        )
        word = speaker.say(BadgeAct.EVACUATION, *evacuation_subject(body))
        return msgspec.structs.replace(body, signature=sign_word(self.key, word))

    def say(
        self, gate: GateDevice, *phases: str, wall: Instant | None = None, name: str = NAME
    ) -> SignedEntry:
        """Put phases into a gate's journal, one after another; returns the last entry."""
        for phase in phases:
            at = self.office.now if wall is None else wall
            body = self.word(gate, phase, name=name, began=at, emptied=at)
            if phase != "return":
                body = self.word(gate, phase, name=name, began=at)
            gate.journal.add(body, self.office.event_id, at)
        return gate.journal.entries[-1]
