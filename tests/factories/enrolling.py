"""A machine that enrols without the program: what it sends, proven by its code."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId
from shared.wire.enrol import ENROL_PATH
from shared.wire.enrol_code import CodeKeys, code_keys, prove_enrolment, sign_enrolment
from shared.wire.proof import NONCE_SIZE, PROOF_HEADER, is_answer_proven

JSON = {"content-type": "application/json"}


def enrolment_body(
    code: str,
    key: SigningKey,
    device_id: DeviceId | None = None,
    name: str = "Probe gate",
    **changed: Any,
) -> bytes:
    """Make a request's body; `changed` fields are changed after both signatures were made."""
    request = sign_enrolment(
        code_keys(code), key, name=name, program="test 1", device_id=device_id
    )
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
