"""What both sides make of an enrolment code: by the published vectors, and what tells nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Malformed
from shared.wire.enrol import EnrolRequest
from shared.wire.enrol_code import (
    code_keys,
    is_code_proven,
    is_key_proven,
    prove_enrolment,
    sign_enrolment,
)
from shared.wire.proof import is_answer_proven, prove_answer

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "enrolment.json").read_text("utf-8")
)
CODE: Final[str] = VECTORS["code"]
KEYS = code_keys(CODE)
DEVICE = SigningKey(bytes.fromhex(VECTORS["device_seed"]))
REQUEST = sign_enrolment(KEYS, DEVICE, name="North", program="test 1")


def test_keys_are_the_published_ones() -> None:
    """Byte by byte, so that a second client can be written from the page alone."""
    assert KEYS.code_id.hex() == VECTORS["code_id"]
    assert KEYS.signer.seed.hex() == VECTORS["signer_seed"]
    assert KEYS.signer.public_key.hex() == VECTORS["signer"]
    assert KEYS.secret.hex() == VECTORS["secret"]


@pytest.mark.parametrize("vector", VECTORS["requests"])
def test_requests_and_answers_are_the_published_ones(vector: dict[str, Any]) -> None:
    """The body as it is sent, both headers, and the signatures in it."""
    body, answer = bytes.fromhex(vector["body"]), bytes.fromhex(vector["answer"])
    request = msgspec.json.decode(body, type=EnrolRequest)
    own = sign_enrolment(
        KEYS, DEVICE, name=request.name, program=request.program, device_id=request.device_id
    )
    assert request == own
    assert is_key_proven(request)
    assert is_code_proven(request, KEYS.signer.public_key)
    proof = prove_enrolment(KEYS, bytes.fromhex(vector["nonce"]), body)
    assert proof.format() == vector["header"]
    said = prove_answer(KEYS.secret, proof.code, 201, answer)
    assert said == vector["answer_header"]
    assert is_answer_proven(KEYS.secret, proof.code, 201, answer, said)


@pytest.mark.parametrize("typed", [CODE.lower(), CODE.replace("-", " "), "7k2m9q4ti xoc8f3z"])
def test_code_is_the_same_however_it_is_typed(typed: str) -> None:
    """Case, separators and look-alikes make no difference."""
    assert code_keys(typed).code_id == KEYS.code_id


@pytest.mark.parametrize(
    "typed", ["", "7K2M-9Q4T", CODE + "A", CODE[:-1], CODE[:-1] + "U", CODE[:-1] + "é"]
)
def test_text_that_no_code_is_has_no_keys(typed: str) -> None:
    """A short code could be found by trying: none is ever used, whoever gave it out."""
    with pytest.raises(Malformed, match="16 letters and digits"):
        code_keys(typed)


def test_what_is_sent_holds_nothing_of_the_code() -> None:
    """Neither the code nor a key that is made of it, in no spelling."""
    sent = msgspec.json.encode(REQUEST) + prove_enrolment(KEYS, bytes(16), b"").format().encode()
    plain = CODE.replace("-", "")
    for secret in (CODE, plain, KEYS.signer.seed.hex(), KEYS.secret.hex()):
        assert secret.lower() not in sent.decode().lower()


@pytest.mark.parametrize(
    "changed",
    [
        {"public_key": SigningKey(bytes(32)).public_key.hex()},
        {"device_id": "dv_7k2m9q4t1x0c"},
        {"code_id": code_keys("0000-0000-0000-0000").code_id.hex()},
        {"code_proof": REQUEST.proof},
    ],
)
def test_what_the_code_vouches_for_is_this_key_and_id(changed: dict[str, str]) -> None:
    """Another device's key, another id or another code: the code's own signature is none."""
    other = msgspec.structs.replace(REQUEST, **changed)
    assert not is_code_proven(other, KEYS.signer.public_key)
    assert not is_code_proven(REQUEST, code_keys("0000-0000-0000-0000").signer.public_key)
