"""A hostile device: enrolled and with a key of its own, and lying with both.

It forges, alters, repeats, cuts, forks and misplaces journal entries, steals claim ids and shows
forged pages. Each trick must be refused or named, and none may touch anybody else's data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import JSON
from shared.journal.chain import SignedEntry, encode_body, seal_entry
from shared.journal.entry import (
    BOOT_SIZE,
    ENTRY_VERSION,
    KIND_OF_BODY,
    NO_HASH,
    Body,
    BootBody,
    Entry,
    NoteBody,
)
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import HOUR, SECOND, Duration, format_instant
from shared.kernel.packing import MSGPACK
from shared.wire.claim import ClaimRequest
from shared.wire.exchange import EXCHANGE_VERSION, ExchangeRequest, ExchangeResponse
from simulator.history import Trick
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.loop import Process
from simulator.kernel.network import Response
from simulator.nodes.wired_server import WiredServer
from simulator.world import World

TRIES: Final = 6
FALSE_MIN: Final = 5 * SECOND
FALSE_MAX: Final = 2 * HOUR


class HostileDevice:
    """The device and its journal, of which it knows what the server holds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.stage.dice.stream("rogue")
        self._process = Process("rogue")
        self.key = SigningKey(self._dice.stream("key").bytes(32))
        self._profile: Profile | None = None
        self._wire: WiredServer | None = None
        self._is_over = False
        self._boot = b""
        self._chain: list[SignedEntry] = []
        self._seq = 0
        self._held = 0
        self._held_since = 0

    async def settle(self) -> None:
        """Enrol as a gate, honestly."""
        world = self._world
        self._profile = await world.enrol(
            self.key, "rogue", "gate", world.venue.gate_ids[0], Process("rogue")
        )
        entropy = SimEntropy(self._dice.stream("proofs"))
        channel = DeviceChannel(None, self._profile, self.key, entropy)
        network = world.stage.network
        self._wire = WiredServer(network, self._process, self._profile, channel)
        self._boot = self._dice.bytes(BOOT_SIZE)
        self._extend(BootBody("rogue 1", b"", 0))

    def begin(self) -> None:
        """Play tricks all evening."""
        self._world.start(self._play())

    def end(self) -> None:
        """Stop."""
        self._is_over = True

    @property
    def device_id(self) -> str:
        """Its id."""
        assert self._profile is not None
        return self._profile.device_id

    # -- its journal ---------------------------------------------------------------------------

    def _seal(
        self,
        body: Body,
        *,
        dseq: int | None = None,
        previous: bytes | None = None,
        device_id: DeviceId | None = None,
        late: Duration = Duration(0),
    ) -> SignedEntry:
        """Seal an entry after the last one, or wherever a lie wants it."""
        now = self._world.stage.now()
        self._seq += 1
        last = self._chain[-1].hash if self._chain else NO_HASH
        entry = Entry(
            v=ENTRY_VERSION,
            device_id=DeviceId(device_id or self.device_id),
            boot=self._boot,
            dseq=dseq or len(self._chain) + 1,
            seq=self._seq,
            previous=last if previous is None else previous,
            kind=KIND_OF_BODY[type(body)],
            event_id=self._world.venue.event_id,
            wall=now + late,
            monotonic=self._world.stage.loop.now_us,
            offset=Duration(0),
            offset_error=Duration(1_000),
            epoch=0,
            cursor=0,
            body=encode_body(body),
        )
        return seal_entry(entry, self.key)

    def _extend(self, body: Body, *, late: Duration = Duration(0)) -> SignedEntry:
        signed = self._seal(body, late=late)
        self._chain.append(signed)
        return signed

    # -- tricks --------------------------------------------------------------------------------

    async def _play(self) -> None:
        await self._send_all()
        tricks: list[Callable[[], tuple[str, list[SignedEntry], set[str]]]] = [
            self._altered,
            self._impersonated,
            self._cut,
            self._gap,
            self._broken_link,
            self._forked,
            self._stolen,
        ]
        while not self._is_over:
            await asyncio.sleep(self._dice.exponential(self._world.scenario.lies_every) / SECOND)
            if self._world.scenario.false_times and self._dice.chance(0.2):
                await self._lie_about_the_time()
            elif self._dice.chance(0.2):
                await self._steal_claim()
            elif self._dice.chance(0.2):
                await self._show_forged_page()
            else:
                name, entries, expected = self._dice.pick(tricks)()
                await self._upload(name, entries, expected)
            self._extend(NoteBody("note", "an honest entry in between"))
            await self._send_all()

    async def _send_all(self) -> None:
        """Upload its true chain, as often as it takes."""
        for _ in range(TRIES):
            if await self._exchange(self._chain) is not None:
                self._held = len(self._chain)
                self._held_since = self._world.history.restores
                return
            await asyncio.sleep(20)

    def _altered(self) -> tuple[str, list[SignedEntry], set[str]]:
        good = self._seal(NoteBody("note", "altered"))
        place = self._dice.below(len(good.signature))
        broken = bytearray(good.signature)
        broken[place] ^= 1 + self._dice.below(255)
        return "altered", [SignedEntry(good.entry, bytes(broken))], {"refused"}

    def _impersonated(self) -> tuple[str, list[SignedEntry], set[str]]:
        victim = self._dice.pick(self._world.gates).profile
        assert victim is not None
        entry = self._seal(NoteBody("note", "as another"), device_id=victim.device_id)
        return "impersonated", [entry], {"refused"}

    def _cut(self) -> tuple[str, list[SignedEntry], set[str]]:
        good = self._seal(NoteBody("note", "cut"))
        return "cut", [SignedEntry(good.entry[:-5], good.signature)], {"refused"}

    def _gap(self) -> tuple[str, list[SignedEntry], set[str]]:
        ahead = self._seal(NoteBody("note", "ahead"), dseq=len(self._chain) + 5)
        return "gap", [ahead], {"gap"}

    def _broken_link(self) -> tuple[str, list[SignedEntry], set[str]]:
        if self._held < len(self._chain):
            return self._gap()  # the server was away, and lacks what comes before
        entry = self._seal(NoteBody("note", "unlinked"), previous=self._dice.bytes(32))
        return "broken link", [entry], {"forked", "refused"}

    def _forked(self) -> tuple[str, list[SignedEntry], set[str]]:
        place = self._dice.below(len(self._chain))
        if place >= self._held or self._held_since != self._world.history.restores:
            # Of two entries at one place, the server takes the first that comes; and one that was
            # put back to a copy holds fewer.
            return self._gap()
        before = self._chain[place - 1].hash if place else NO_HASH
        other = self._seal(NoteBody("note", "another"), dseq=place + 1, previous=before)
        return "forked", [other], {"forked", "refused"}

    def _stolen(self) -> tuple[str, list[SignedEntry], set[str]]:
        """Upload an honest device's own entry, as if it were ours."""
        for node in self._world.gates:
            if node.is_up:
                _, signed = next(node.session.store.journal.read(1, 1))
                return "stolen", [signed], {"refused"}
        return self._gap()

    async def _lie_about_the_time(self) -> None:
        """Put an entry into the true chain that bears a time at which it cannot have been made.

        An honest one comes with it: alone, an early time may be that of a cut-off gate.
        """
        self._extend(NoteBody("note", "an honest entry before"))
        await asyncio.sleep(1)
        late = self._dice.pick((-1, 1)) * self._dice.between(FALSE_MIN, FALSE_MAX)
        signed = self._extend(NoteBody("note", "not now"), late=Duration(late))
        self._world.history.false_times.add(signed.hash)
        self._world.stage.trace.note("rogue", f"lies about the time by {late / SECOND:.0f} s")

    async def _upload(self, name: str, entries: list[SignedEntry], expected: set[str]) -> None:
        response = await self._exchange(entries)
        if response is None:
            return
        got = {str(answer.status) for answer in response.answers}
        self._note(name, expected, got, entries)

    async def _steal_claim(self) -> None:
        """Ask under a claim id that an honest gate has used, for another ticket."""
        answers = [scan.answer for scan in self._world.history.greens if scan.answer is not None]
        # Only what the ledger knows can be recognised; nobody else can guess a claim's id.
        known = [answer for answer in answers if answer.mode == "online"]
        if not known or self._world.history.restores:
            return
        answer = self._dice.pick(known)
        venue = self._world.venue
        claim = ClaimRequest(
            code=venue.digits(self._dice.pick(venue.tickets), 1),
            gate_id=venue.gate_ids[0],
            direction="in",
            claim_id=answer.claim_id,
            scanned_at=format_instant(self._world.stage.now()),
        )
        body = msgspec.json.encode(claim)
        response = await self._ask("/sync/v1/claims", body, JSON)
        if response is None:
            return
        is_green = response.status < 400 and b'"admit"' in response.body
        self._note("stolen claim", {"refused"}, {"granted" if is_green else "refused"}, [])

    async def _show_forged_page(self) -> None:
        """Claim that the ledger has signed a page far ahead of what it holds."""
        node = next((one for one in self._world.gates if one.is_up), None)
        if node is None:
            return
        page = node.session.store.feeds.get(self._world.venue.event_id).page
        if page is None:
            return
        altered = bytearray(page.body)
        altered[self._dice.below(len(altered))] ^= 1 + self._dice.below(255)
        forged = msgspec.structs.replace(page, body=bytes(altered))
        request = self._request([], forged)
        body = msgspec.msgpack.encode(request)
        response = await self._ask("/sync/v1/exchange", body, MSGPACK)
        if response is not None:
            got = "refused" if response.status >= 400 else "believed"
            self._note("forged page", {"refused"}, {got}, [])

    def _note(
        self, name: str, expected: set[str], got: set[str], entries: list[SignedEntry]
    ) -> None:
        hashes = tuple(entry.hash for entry in entries)
        if self._world.history.restores:
            expected = expected | {"gap"}  # a ledger that was put back lacks what comes before
        self._world.history.tricks.append(Trick(name, frozenset(expected), frozenset(got), hashes))
        self._world.stage.trace.note("rogue", f"{name}: {sorted(got)}")

    # -- the wire ------------------------------------------------------------------------------

    def _request(self, entries: list[SignedEntry], head: object = None) -> ExchangeRequest:
        return ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=EventId(""),
            epoch=0,
            cursor=0,
            head=head,  # type: ignore[arg-type] # a page, honest or not
            entries=tuple(entries),
            sent_at=self._world.stage.now(),
        )

    async def _exchange(self, entries: list[SignedEntry]) -> ExchangeResponse | None:
        body = msgspec.msgpack.encode(self._request(entries))
        response = await self._ask("/sync/v1/exchange", body, MSGPACK)
        if response is None or response.status >= 400:
            return None
        return msgspec.msgpack.decode(response.body, type=ExchangeResponse)

    async def _ask(self, path: str, body: bytes, media_type: str) -> Response | None:
        assert self._wire is not None
        try:
            return await self._wire.ask("POST", path, body, media_type)
        except ServerFault:
            return None
