"""Proofs of requests and answers: by the published vectors, and by every way to alter one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.manifest.signed_document import Certified, KeyCertificate, certify
from shared.wire.proof import (
    ChannelText,
    channel_secret,
    is_answer_proven,
    is_request_proven,
    open_channel_certificate,
    parse_request_proof,
    prove_answer,
    prove_request,
)

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "proofs.json").read_text("utf-8")
)
ROOT = SigningKey(bytes.fromhex(VECTORS["root_seed"]))
CHANNEL = SigningKey(bytes.fromhex(VECTORS["channel_seed"]))
DEVICE = SigningKey(bytes.fromhex(VECTORS["device_seed"]))
SECRET = bytes.fromhex(VECTORS["secret"])


def opened(certified: Certified) -> KeyCertificate:
    """Open a channel certificate as a device of the organization does."""
    return open_channel_certificate(
        certified, root_public_key=ROOT.public_key, organization_id=OrganizationId("org_1")
    )


def test_both_ends_share_the_published_secret() -> None:
    """Each end makes it of its own key and the other's public one; nothing is sent."""
    assert channel_secret(DEVICE, CHANNEL.public_key) == SECRET
    assert channel_secret(CHANNEL, DEVICE.public_key) == SECRET
    other = SigningKey(bytes((9,)) * 32)
    assert channel_secret(other, CHANNEL.public_key) != SECRET


@pytest.mark.parametrize("vector", VECTORS["requests"])
def test_headers_are_the_published_ones(vector: dict[str, Any]) -> None:
    """Byte by byte, so that a second client can be written from the page alone."""
    body, answer = bytes.fromhex(vector["body"]), bytes.fromhex(vector["answer"])
    nonce = bytes.fromhex(vector["nonce"])
    proof = prove_request(SECRET, 1, nonce, vector["method"], vector["target"], body)
    assert proof.format() == vector["header"]
    assert parse_request_proof(vector["header"]) == proof
    assert is_request_proven(SECRET, proof, vector["method"], vector["target"], body)
    said = prove_answer(SECRET, proof.code, vector["status"], answer)
    assert said == vector["answer_header"]
    assert is_answer_proven(SECRET, proof.code, vector["status"], answer, said)


def test_whatever_is_altered_is_no_proof_any_more() -> None:
    """Method, path, query, body, nonce, channel and key of a request; all of an answer."""
    proof = prove_request(SECRET, 1, bytes(16), "POST", "/a?b=1", b"body")
    for method, target, body in (
        ("GET", "/a?b=1", b"body"),
        ("POST", "/a", b"body"),
        ("POST", "/a?b=2", b"body"),
        ("POST", "/a?b=1", b"bodY"),
        ("POST", "/a?b=", b"1\0body"),
        ("POST", "/a?b=1", b""),
    ):
        assert not is_request_proven(SECRET, proof, method, target, body)
    for altered in (
        prove_request(SECRET, 2, bytes(16), "POST", "/a?b=1", b"body"),
        prove_request(SECRET, 1, bytes(15) + b"\1", "POST", "/a?b=1", b"body"),
        prove_request(bytes(32), 1, bytes(16), "POST", "/a?b=1", b"body"),
    ):
        assert altered.code != proof.code
    said = prove_answer(SECRET, proof.code, 200, b"yes")
    assert is_answer_proven(SECRET, proof.code, 200, b"yes", said)
    assert not is_answer_proven(SECRET, proof.code, 201, b"yes", said)
    assert not is_answer_proven(SECRET, proof.code, 200, b"yes!", said)
    assert not is_answer_proven(SECRET, bytes(16), 200, b"yes", said)
    assert not is_answer_proven(bytes(32), proof.code, 200, b"yes", said)
    assert not is_answer_proven(SECRET, proof.code, 200, b"", proof.code.hex())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "2 1 " + "00" * 16 + " " + "00" * 16,
        "1 -1 " + "00" * 16 + " " + "00" * 16,
        "1 ٣ " + "00" * 16 + " " + "00" * 16,
        "1 2147483648 " + "00" * 16 + " " + "00" * 16,
        "1 99999999999999999999 " + "00" * 16 + " " + "00" * 16,
        "1 1 " + "00" * 15 + " " + "00" * 16,
        "1 1 " + "00" * 16 + " " + "00" * 17,
        "1 1 " + "0g" * 16 + " " + "00" * 16,
        "1 1 " + "\t0" * 16 + " " + "00" * 16,
        "1 1 " + "00" * 16 + " " + "00" * 16 + " ",
    ],
)
def test_header_of_another_form_is_none(text: str) -> None:
    """Nothing is guessed at."""
    assert parse_request_proof(text) is None


@pytest.mark.parametrize("said", ["", "0", "zz" * 16, "00" * 15, "00" * 17, " " * 32, "é" * 32])
def test_answers_header_of_another_form_proves_nothing(said: str) -> None:
    """Nor does it raise."""
    assert not is_answer_proven(SECRET, bytes(16), 200, b"", said)


def test_channel_key_counts_by_the_roots_word_alone() -> None:
    """For this organization and this purpose; a manifest key's certificate is none."""
    certified = ChannelText(VECTORS["certificate"], VECTORS["signature"]).read()
    certificate = opened(certified)
    assert (certificate.key_id, certificate.public_key) == (1, CHANNEL.public_key)
    for key_id, purpose, organization_id, signer, error in (
        (1, "manifest", "org_1", ROOT, BadSignature),
        (1, "channel", "org_2", ROOT, BadSignature),
        (1, "channel", "org_1", CHANNEL, BadSignature),
        (0, "channel", "org_1", ROOT, Malformed),
        (1 << 31, "channel", "org_1", ROOT, Malformed),
    ):
        certificate = KeyCertificate(
            v=1,
            organization_id=OrganizationId(organization_id),
            key_id=key_id,
            public_key=CHANNEL.public_key,
            purpose=purpose,
            not_before=Instant(0),
        )
        with pytest.raises(error):
            opened(certify(certificate, signer))
    with pytest.raises(BadSignature):
        opened(Certified(certified.certificate, bytes(64)))
