"""A home gives to a peer what that has read, for just the entry that it asks for, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.device_as_home import Homes
from gatekeeper.gate.gifts_by_peers import hear_gifts
from shared.admission.pace import BURST, NO_LIMIT
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import AskProof, GiveBody
from shared.journal.home_asks import sign_ask
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import HOUR, SECOND, Instant
from shared.lan.roster import RosterDevice
from shared.manifest.event_config import ZoneConfig
from shared.manifest.presenting import foreign_digest, foreign_ticket_id
from shared.manifest.seen_codes import (
    credential_of,
    prove_foreign,
    prove_manual,
    prove_signed,
    seen_word,
)
from shared.wire.device_feed import HomeRequest
from shared.wire.peer_ask import PeerAsk
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import EVENT, SOUTH, ZONE, TicketOffice, make_config
from tests.factories.journal_writing import Journal
from tests.fakes.entropy import SeededEntropy
from tests.unit.gatekeeper.gate.test_device_as_home import hear

HOME, ASKER = DeviceId("dv_north"), DeviceId("dv_south")
KEY = SigningKey.generate(SeededEntropy("asker"))
PEER = RosterDevice(device_id=ASKER, public_key=KEY.public_key, gate_id=SOUTH, zone_id=ZONE)
CLAIM = ClaimId("aa" * 16)
FOREIGN, MANUAL = "ROW-7-SEAT-12", 41_414_141


class Venue:
    """A home of a signed, an imported and a picked ticket."""

    def __init__(self, folder: Path) -> None:
        config = make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),), offline_policy="home")
        self.office = TicketOffice(config=config)
        self.digits = self.office.sell(home_device_id=HOME, manual_code=MANUAL)
        (self.ticket_id,) = self.office.rows
        self.imported = foreign_ticket_id(FOREIGN, EVENT)
        self.office.sell(home_device_id=HOME, is_imported=True)
        _, last = self.office.rows
        row = self.office.rows.pop(last)
        self.office.rows[self.imported] = msgspec.structs.replace(row, ticket_id=self.imported)
        self.device = GateDevice(folder, self.office, device_id=HOME)

    def seen(self, claim_id: ClaimId = CLAIM) -> bytes:
        """Prove the signed code."""
        word = seen_word(EVENT, ASKER, claim_id)
        return prove_signed(word, credential_of(self.digits))

    def asked(
        self,
        seen: bytes,
        *,
        ticket_id: TicketId | None = None,
        claim_id: ClaimId = CLAIM,
        signed_id: ClaimId = CLAIM,
        code: str = "",
        key: SigningKey = KEY,
    ) -> PeerAsk:
        """Ask as the gate of the south."""
        wanted = GiveBody(
            claim_id=signed_id,
            ticket_id=ticket_id or self.ticket_id,
            zone_id=ZONE,
            occurrence_id=OccurrenceId(""),
            count=1,
            device_id=ASKER,
            gate_id=SOUTH,
            reason="ok",
        )
        request = HomeRequest(
            home_device_id=HOME,
            claim_id=claim_id,
            ticket_id=wanted.ticket_id,
            key_id=None,
            generation=None,
            gate_id=SOUTH,
            device_id=ASKER,
            count=1,
        )
        return PeerAsk(
            request, AskProof(seen=seen, asked=sign_ask(key, EVENT, HOME, wanted)), code
        )


WORD = seen_word(EVENT, ASKER, CLAIM)
OTHERS, OWN = ClaimId("bb" * 16), draw_claim_id(ASKER, SeededEntropy("asker's claim"))
ASKED: dict[str, Callable[[Venue], PeerAsk]] = {
    "signed": lambda venue: venue.asked(venue.seen()),
    "manual": lambda venue: venue.asked(prove_manual(WORD, MANUAL)),
    "imported": lambda venue: venue.asked(
        prove_foreign(WORD, foreign_digest(FOREIGN, EVENT)), ticket_id=venue.imported, code=FOREIGN
    ),
}
KEPT: dict[str, Callable[[Venue], PeerAsk]] = {
    "nothing": lambda venue: venue.asked(b""),
    "another passage's proof": lambda venue: venue.asked(venue.seen(OTHERS)),
    "another ticket's proof": lambda venue: venue.asked(venue.seen(), ticket_id=venue.imported),
    "another claim": lambda venue: venue.asked(venue.seen(OTHERS), claim_id=OTHERS),
    "another's key": lambda venue: venue.asked(
        venue.seen(), key=SigningKey.generate(SeededEntropy("another"))
    ),
    "no such form": lambda venue: venue.asked(b"\xff" + bytes(16)),
    "another manual code": lambda venue: venue.asked(prove_manual(WORD, MANUAL + 1)),
    "an imported code that is not told": lambda venue: venue.asked(
        prove_foreign(WORD, foreign_digest(FOREIGN, EVENT)), ticket_id=venue.imported
    ),
    "an imported code's hash alone": lambda venue: venue.asked(
        prove_foreign(WORD, bytes(16)), ticket_id=venue.imported, code=FOREIGN
    ),
}


@pytest.mark.parametrize("name", ASKED)
async def test_a_home_gives_for_a_code_that_the_asker_has_read(tmp_path: Path, name: str) -> None:
    """Of every kind, once; and its answer shows the ledger why."""
    venue = Venue(tmp_path)
    await venue.device.publish()
    hear(venue.device)
    homes = Homes(venue.device.store, venue.device.recorder)
    asked = ASKED[name](venue)
    given = homes.give_peer(asked, PEER)
    assert given is not None
    assert (given.reason, given.proof) == ("ok", asked.proof)
    assert homes.give_peer(asked, PEER) is None


async def test_a_home_keeps_what_the_asker_does_not_prove(tmp_path: Path) -> None:
    """An enrolled device knows each ticket's id, and could spend them all."""
    venue = Venue(tmp_path)
    await venue.device.publish()
    hear(venue.device)
    homes = Homes(venue.device.store, venue.device.recorder)
    told = {}
    for name, ask in KEPT.items():
        given = homes.give_peer(ask(venue), PEER)
        told[name] = None if given is None else given.reason
    assert told == dict.fromkeys(KEPT, "offline_policy")
    elsewhere = msgspec.structs.replace(PEER, zone_id=ZoneId("zn_terrace"))
    asked = venue.asked(venue.seen(OWN), claim_id=OWN, signed_id=OWN)
    given = homes.give_peer(asked, elsewhere)
    assert given is not None
    assert given.reason == "offline_policy", "it stands at another zone"
    given = homes.give_peer(venue.asked(venue.seen()), PEER)
    assert given is not None
    assert given.reason == "ok"


@pytest.mark.parametrize("owner", [HOME, DeviceId("dv_west")])
async def test_a_home_gives_nothing_under_the_id_of_anothers_claim(
    tmp_path: Path, owner: DeviceId
) -> None:
    """A gift would stand where its owner notes another passage, whose ticket got in again."""
    venue = Venue(tmp_path)
    await venue.device.publish()
    hear(venue.device)
    heard = draw_claim_id(owner, SeededEntropy("heard in a claim among gates"))
    asked = venue.asked(venue.seen(heard), claim_id=heard, signed_id=heard)
    journal = venue.device.store.journal
    before = journal.last_seq
    assert Homes(venue.device.store, venue.device.recorder).give_peer(asked, PEER) is None
    assert journal.last_seq == before
    assert venue.device.store.uses.find(heard) is None


class Typed:
    """A home of many tickets whose manual codes a peer asks for, one after the other."""

    def __init__(self, venue: Venue, count: int) -> None:
        self.venue = venue
        for code in range(count):
            venue.office.sell(home_device_id=HOME, manual_code=code)
        listed = [(one.ticket_id, one.manual_code) for one in venue.office.rows.values()]
        self.sold = [(ticket_id, code) for ticket_id, code in listed[1:] if code is not None]

    async def open(self) -> Homes:
        """Publish the list, and open the home."""
        await self.venue.device.publish()
        hear(self.venue.device)
        self.homes = Homes(self.venue.device.store, self.venue.device.recorder)
        return self.homes

    def give(self, number: int, peer: RosterDevice = PEER) -> str:
        """Ask for a ticket; returns what the home says."""
        ticket_id, code = self.sold[number]
        claim_id = draw_claim_id(ASKER, SeededEntropy(f"typed {number}"))
        seen = prove_manual(seen_word(EVENT, ASKER, claim_id), code)
        asked = self.venue.asked(seen, ticket_id=ticket_id, claim_id=claim_id, signed_id=claim_id)
        given = self.homes.give_peer(asked, peer)
        assert given is not None
        return given.reason


async def test_a_home_gives_for_manual_codes_at_a_lanes_pace(tmp_path: Path) -> None:
    """Each device's list holds all of them: a program could ask for every ticket in a minute."""
    venue = Venue(tmp_path)
    typed = Typed(venue, BURST + 4)
    homes = await typed.open()
    assert {typed.give(number) for number in range(BURST)} == {"ok"}
    assert not homes.too_fast, "nobody is named who was given all"
    assert typed.give(BURST) == "offline_policy"
    assert homes.too_fast == {ASKER}
    given = homes.give_peer(venue.asked(venue.seen()), PEER)
    assert given is not None
    assert given.reason == "ok", "what was scanned has no such pace"
    venue.device.clock.advance(SECOND)
    told = [typed.give(number) for number in range(BURST + 1, BURST + 4)]
    assert told == ["ok", "ok", "offline_policy"]


async def test_a_home_gives_at_the_pace_that_the_organizer_has_set(tmp_path: Path) -> None:
    """The roster tells of it: a lane without a limit is refused nothing, and not named."""
    typed = Typed(Venue(tmp_path), BURST + 4)
    homes = await typed.open()
    unbound = msgspec.structs.replace(PEER, admissions_per_minute=NO_LIMIT)
    assert {typed.give(number, unbound) for number in range(BURST + 3)} == {"ok"}
    assert not homes.too_fast


@pytest.mark.parametrize(
    ("lie", "is_counted"),
    [("", True), ("kept", False), ("long ago", False), ("of another's asking", False)],
)
async def test_homes_that_hear_each_other_give_at_one_lanes_pace(
    tmp_path: Path, lie: str, *, is_counted: bool
) -> None:
    """Else a device had as many tickets spent at each, whatever the ledger makes of it later."""
    venue = Venue(tmp_path)
    typed = Typed(venue, 2)
    homes = await typed.open()
    west = Journal(DeviceId("dv_west"), SigningKey(b"w" * 32), b"westwest")
    count = hear_gifts(homes, venue.device.knowledge, {ASKER: PEER}.get)
    now = venue.device.recorder.clock.now()
    for number in range(BURST - 1):
        claim_id = draw_claim_id(ASKER, SeededEntropy(f"west {number}"))
        given = GiveBody(
            claim_id=claim_id,
            ticket_id=TicketId(number),
            zone_id=ZONE,
            occurrence_id=OccurrenceId(""),
            count=1,
            device_id=ASKER,
            gate_id=SOUTH,
            reason="offline_policy" if lie == "kept" else "ok",
        )
        key = SigningKey(b"x" * 32) if lie == "of another's asking" else KEY
        proof = AskProof(
            seen=prove_manual(seen_word(EVENT, ASKER, claim_id), number),
            asked=sign_ask(key, EVENT, west.device_id, given),
        )
        wall = now - HOUR if lie == "long ago" else now
        count(west.add(msgspec.structs.replace(given, proof=proof), EVENT, Instant(wall)))
    told = [typed.give(number) for number in range(2)]
    assert told == ["ok", "offline_policy" if is_counted else "ok"]
