"""A machine that enrols without the program: what it sends, proven by its code.

Tests of other things place their devices at once, as an enrolment leaves them.
"""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
from sqlalchemy import func, select

from server.access_keys import hash_token
from server.db.unit import Unit
from server.devices.assigning import note_place
from server.devices.device_tokens import token_of_enrolment
from server.devices.models import Device
from server.keys.channel_keys import channel_certificate
from server.keys.vault import Vault
from shared.kernel import ids
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId
from shared.wire.enrol import ENROL_PATH
from shared.wire.enrol_code import CodeKeys, code_keys, prove_enrolment, sign_enrolment
from shared.wire.proof import NONCE_SIZE, PROOF_HEADER, ChannelText, is_answer_proven

JSON = {"content-type": "application/json"}
NAME = "Probe gate"
PROGRAM = "test 1"
Placed = tuple[DeviceId, str, dict[str, Any]]
"""A device's id, its token, and the channel as an answer to its enrolment spells it."""


def enrolment_body(
    code: str,
    key: SigningKey,
    device_id: DeviceId | None = None,
    name: str = NAME,
    **changed: Any,
) -> bytes:
    """Make a request's body; `changed` fields are changed after both signatures were made."""
    request = sign_enrolment(code_keys(code), key, name=name, program=PROGRAM, device_id=device_id)
    return msgspec.json.encode(msgspec.to_builtins(request) | changed)


async def send_enrolment(client: httpx.AsyncClient, keys: CodeKeys, body: bytes) -> httpx.Response:
    """Send a request to be enrolled; an answer that is good must be proven."""
    proof = prove_enrolment(keys, bytes(NONCE_SIZE), body)
    headers = JSON | {PROOF_HEADER: proof.format()}
    answer = await client.post(ENROL_PATH, content=body, headers=headers)
    if answer.is_success:
        said = answer.headers.get(PROOF_HEADER, "")
        assert is_answer_proven(keys.secret, proof.code, answer.status_code, answer.content, said)
    return answer


async def enrol_by_code(
    client: httpx.AsyncClient,
    code: str,
    key: SigningKey,
    device_id: DeviceId | None = None,
    **changed: Any,
) -> httpx.Response:
    """Trade a code as a real device does."""
    body = enrolment_body(code, key, device_id, **changed)
    return await send_enrolment(client, code_keys(code), body)


async def place_device(unit: Unit, vault: Vault, key: SigningKey, **terms: Any) -> Placed:
    """Make what an enrolment leaves behind, without its two requests.

    Args:
        unit: Of the device's organization.
        vault: Of the server.
        key: The device's own.
        terms: What a code would say: `role`, `profile`, `event_id`, `gate_id`.
    """
    token = token_of_enrolment(vault, b"", key.public_key)
    others = select(func.count(Device.id)).where(Device.event_id == terms["event_id"])
    number = (await unit.session.execute(others)).scalar_one() + 1
    device = Device(
        id=ids.new_id(ids.DEVICE, unit.entropy),
        organization_id=unit.organization_id,
        name=NAME if number == 1 else f"{NAME} {number}",
        program=PROGRAM,
        public_key=key.public_key,
        token_hash=hash_token(token),
        enrolled_at=unit.now,
        **terms,
    )
    unit.session.add(device)
    await unit.session.flush()
    await note_place(unit.session, device, unit.now)
    channel = ChannelText.of(await channel_certificate(unit, vault))
    return device.id, token, msgspec.structs.asdict(channel)
