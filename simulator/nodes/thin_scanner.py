"""A thin scanner: without a journal or rules it asks the ledger about every code that it reads."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.sync.server_port import JSON
from gatekeeper.sync.transport import explain_refusal
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import GatekeeperError, Rejected
from shared.kernel.id_types import EventId, GateId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.claim import ClaimAnswer, ClaimRequest
from simulator.kernel.loop import Process
from simulator.kernel.network import Refused, Request
from simulator.nodes.wired_server import SERVER
from simulator.world import World

PATIENCE: Final[Duration] = 5 * SECOND
_ANSWER: Final = msgspec.json.Decoder(ClaimAnswer)


class Claimed(msgspec.Struct, kw_only=True):
    """One question of a scanner's.

    Attributes:
        request: What was asked.
        began: True time.
        ended: Of the answer; None while there is none.
        answer: The ledger's word; None where it was lost, or there was a problem.
        problem: What the server said instead, or "".
    """

    request: ClaimRequest
    began: Instant
    ended: Instant | None = None
    answer: ClaimAnswer | None = None
    problem: str = ""


class ThinScanner:
    """One of them, which is never switched off.

    Attributes:
        name: Its node's.
        gate_id: Where it stands.
        claimed: What it has asked, in order of beginning.
    """

    def __init__(self, world: World, name: str) -> None:
        self._world, self.name = world, name
        self._process = Process(name)
        self._token = ""
        self.gate_id = GateId("")
        self.claimed: list[Claimed] = []

    async def enrol(self, gate_id: str, event_id: EventId) -> None:
        """Become a device that claims at a gate."""
        key = SigningKey(self._world.stage.dice.stream(self.name).bytes(32))
        self.gate_id = GateId(gate_id)
        profile = await self._world.enrol(
            key, self.name, "scanner", self.gate_id, self._process, event_id=event_id
        )
        self._token = profile.token

    async def claim(self, request: ClaimRequest) -> Claimed:
        """Ask once."""
        stage = self._world.stage
        claimed = Claimed(request=request, began=stage.now())
        self.claimed.append(claimed)
        try:
            claimed.answer = await self._send(request)
        except (GatekeeperError, Refused, TimeoutError) as fault:
            if isinstance(fault, Rejected):
                claimed.problem = str(fault)
            return claimed
        claimed.ended = stage.now()
        said = claimed.answer
        stage.trace.note(self.name, f"is told {said.verdict} {said.reason} {said.ticket_id}")
        return claimed

    async def _send(self, request: ClaimRequest) -> ClaimAnswer:
        headers = (("authorization", f"Bearer {self._token}"), ("content-type", JSON))
        asked = Request("POST", "/sync/v1/claims", headers, msgspec.json.encode(request))
        async with asyncio.timeout(PATIENCE / SECOND):
            response = await self._world.stage.network.request(self._process, SERVER, asked)
        if response.status >= 400:
            raise explain_refusal(response.status, response.body)
        return _ANSWER.decode(response.body)
