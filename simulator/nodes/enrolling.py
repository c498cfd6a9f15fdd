"""A machine becomes a device: somebody issues a code, and the machine trades it."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.enrolment import profile_of
from gatekeeper.sync.server_port import JSON
from server.devices.enrolment_codes import issue_code
from server.devices.schemas import AssignmentBody, DeviceRole
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, GateId, OrganizationId
from shared.wire.enrol import ENROL_PATH, EnrolAnswer
from shared.wire.enrol_code import code_keys, prove_enrolment, sign_enrolment
from shared.wire.proof import NONCE_SIZE, PROOF_HEADER
from simulator.kernel.loop import Process
from simulator.kernel.network import Network, Refused, Request
from simulator.nodes.server_node import ServerNode

TURNED_DOWN: Final = 400
TOO_MANY: Final = 429
BROKEN: Final = 500


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that is to be a device.

    Attributes:
        key: Its own.
        name: What it is called.
        role: What it is for.
        gate_id: Where it stands, or None.
        event_id: What it serves.
    """

    key: SigningKey
    name: str
    role: str
    gate_id: GateId | None
    event_id: EventId


class TurnedDownError(Exception):
    """The server has answered that a machine is no device."""


async def enrol(
    network: Network,
    process: Process,
    server: ServerNode,
    organization_id: OrganizationId,
    newcomer: Newcomer,
) -> Profile:
    """Issue a code and trade it for a device, as a person and a machine do.

    Args:
        network: By which it asks.
        process: Who asks.
        server: Whom.
        organization_id: Whose the device is.
        newcomer: Which machine.
    """
    assignment = AssignmentBody(
        role=DeviceRole(newcomer.role), event_id=newcomer.event_id, gate_id=newcomer.gate_id
    )
    async with server.context.write(organization_id) as unit:
        issued = await issue_code(unit, assignment, actor="organizer")
    return await trade(network, process, server, newcomer, issued.code)


async def trade(
    network: Network, process: Process, server: ServerNode, newcomer: Newcomer, code: str
) -> Profile:
    """Trade a code for a device; by the same code again the same device is had again.

    Args:
        network: By which it asks.
        process: Who asks.
        server: Whom.
        newcomer: Which machine.
        code: What somebody has typed.

    Raises:
        Refused: if the server does not listen, or is busy.
        TurnedDownError: if the code makes nobody a device, or not this machine.
    """
    keys = code_keys(code)
    said = sign_enrolment(keys, newcomer.key, name=newcomer.name, program="")
    body = msgspec.json.encode(said)
    proof = prove_enrolment(keys, bytes(NONCE_SIZE), body).format()
    headers = (("content-type", JSON), (PROOF_HEADER, proof))
    request = Request("POST", ENROL_PATH, headers, body)
    response = await network.request(process, server.name, request)
    while response.status == TOO_MANY:
        # Where many devices are set up a person waits for as long as the answer says.
        await asyncio.sleep(int(dict(response.headers)["retry-after"]))
        response = await network.request(process, server.name, request)
    if response.status >= BROKEN:
        text = f"{server.name} answers {response.status}"
        raise Refused(text)
    if response.status >= TURNED_DOWN:
        raise TurnedDownError(response.body)
    answer = msgspec.json.decode(response.body, type=EnrolAnswer)
    return profile_of(answer, server.settings.public_url, newcomer.name)
