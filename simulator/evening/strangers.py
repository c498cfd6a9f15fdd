"""Another organization on the same server, whose device asks for what is none of its business."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import JSON
from server.devices.enrolling import enrol
from server.devices.enrolment_codes import issue_code
from server.devices.schemas import AssignmentBody
from server.keys.organization_keys import root_public_key
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE, SECOND, format_instant
from shared.kernel.packing import MSGPACK
from shared.wire.claim import ClaimRequest
from shared.wire.enrol_code import code_keys, sign_enrolment
from shared.wire.exchange import EXCHANGE_VERSION, ExchangeRequest, ExchangeResponse
from simulator.history import Probe
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.loop import Process
from simulator.nodes.wired_server import WiredServer
from simulator.venue import VenuePlan, put_on
from simulator.world import World

TICKETS: Final = 20
EVERY: Final = 6 * MINUTE


class Strangers:
    """The other organization.

    Attributes:
        codes: Genuine tickets of its event.
        device_id: Its device.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.stage.dice.stream("strangers")
        self._process = Process("stranger")
        self._wire: WiredServer | None = None
        self._is_over = False
        self.codes: list[str] = []
        self.device_id = ""

    async def settle(self) -> None:
        """Put their own event on, and enrol their device."""
        world = self._world
        context = world.server.context
        plan = VenuePlan(name="Beta", gates=1, tickets=TICKETS)
        venue = await put_on(context, world.vault, plan)
        self.codes = [venue.digits(ticket, 1) for ticket in venue.tickets]
        assignment = AssignmentBody(event_id=venue.event_id, gate_id=venue.gate_ids[0])
        async with context.write(venue.organization_id) as unit:
            issued = await issue_code(unit, assignment, actor="stranger")
        key = SigningKey(self._dice.stream("key").bytes(32))
        keys = code_keys(issued.code)
        request = sign_enrolment(keys, key, name="stranger", program="")
        enrolled = await enrol(context, world.vault, request, lambda secret: secret == keys.secret)
        self.device_id = enrolled.device.id
        async with context.write(venue.organization_id) as unit:
            root = await root_public_key(unit, world.vault)
        profile = Profile(
            server_url="",
            device_id=self.device_id,
            organization_id=venue.organization_id,
            organization=plan.name,
            root_public_key=root.hex(),
            token=enrolled.token,
            role=enrolled.device.role,
        )
        channel = DeviceChannel(None, profile, key, SimEntropy(self._dice.stream("proofs")))
        self._wire = WiredServer(world.stage.network, self._process, profile, channel)

    def begin(self) -> None:
        """Ask now and then."""
        self._world.start(self._ask_on())

    def end(self) -> None:
        """Ask no more."""
        self._is_over = True

    async def _ask_on(self) -> None:
        while not self._is_over:
            await asyncio.sleep(self._dice.exponential(EVERY) / SECOND)
            await self._ask(self._dice.below(4))

    async def _ask(self, kind: int) -> None:
        venue, now = self._world.venue, self._world.stage.now()
        ticket = self._dice.pick(venue.tickets)
        match kind:
            case 0:
                claim = ClaimRequest(
                    code=venue.digits(ticket, 1),
                    gate_id=venue.gate_ids[0],
                    direction="in",
                    claim_id=ClaimId(self._dice.bytes(16).hex()),
                    scanned_at=format_instant(now),
                )
                await self._probe("POST", "/sync/v1/claims", msgspec.json.encode(claim), JSON)
            case 1:
                await self._probe("GET", f"/sync/v1/events/{venue.event_id}/manifest")
            case 2:
                exchange = ExchangeRequest(
                    v=EXCHANGE_VERSION,
                    event_id=venue.event_id,
                    epoch=0,
                    cursor=0,
                    head=None,
                    entries=(),
                    sent_at=now,
                )
                body = msgspec.msgpack.encode(exchange)
                await self._probe("POST", "/sync/v1/exchange", body, MSGPACK)
            case _:
                path = f"/api/v1/organizations/{venue.organization_id}/events/{venue.event_id}"
                await self._probe("GET", path)

    async def _probe(
        self, method: str, path: str, body: bytes = b"", media_type: str = ""
    ) -> None:
        assert self._wire is not None
        try:
            response = await self._wire.ask(method, path, body, media_type)
        except ServerFault:
            return
        leaked = ""
        if response.status < 400:
            leaked = _learnt(path, response.body)
        self._world.history.probes.append(Probe(f"{method} {path}", response.status, leaked))


def _learnt(path: str, body: bytes) -> str:
    """Tell what a good answer gave away."""
    if path.endswith("/exchange"):
        answer = msgspec.msgpack.decode(body, type=ExchangeResponse)
        return "" if answer.page is None else "a feed page"
    return body[:80].decode("utf-8", "replace")
