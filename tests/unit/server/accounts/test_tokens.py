"""Access tokens, refresh tokens and keys: what is taken, and each attack that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from server.access_keys import checksum, is_well_formed_key, new_key
from server.accounts.tokens import (
    ACCESS_LIFETIME,
    ALGORITHM,
    AUDIENCE,
    ISSUER,
    TYPE_ACCESS,
    TYPE_KNOWN_BROWSER,
    TokenClaims,
    TokenSigner,
)
from shared.kernel.id_types import UserId
from shared.kernel.instant import MINUTE, SECOND, Instant, parse_instant
from tests.fakes.entropy import SeededEntropy

SECRET = bytes(range(32))
NOW = parse_instant("2026-07-04T17:00:00Z")
CLAIMS = TokenClaims(UserId("us_1"), "se_1")
GOOD = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "us_1",
    "sid": "se_1",
    "typ": TYPE_ACCESS,
    "iat": NOW // SECOND,
    "exp": NOW // SECOND + 900,
}


def read(token: str, at: int = NOW) -> TokenClaims | None:
    return TokenSigner(SECRET).read(token, Instant(at), kind=TYPE_ACCESS)


def signed(claims: dict[str, Any], **more: Any) -> str:
    return jwt.encode(claims, SECRET, **({"algorithm": ALGORITHM} | more))


def test_a_token_is_valid_for_fifteen_minutes() -> None:
    """A fresh token reads; at its end it does not."""
    token = TokenSigner(SECRET).sign(CLAIMS, NOW, kind=TYPE_ACCESS, lifetime=ACCESS_LIFETIME)
    assert read(token) == CLAIMS
    assert read(token, NOW + 15 * MINUTE - SECOND) == CLAIMS
    assert read(token, NOW + 15 * MINUTE) is None


def test_a_hand_made_good_token_is_taken() -> None:
    """The claims that the attacks below change are all right before the change."""
    assert read(signed(GOOD)) == CLAIMS


@pytest.mark.parametrize("name", ["exp", "iat", "sub", "aud", "iss", "sid", "typ"])
def test_a_token_without_a_required_claim_is_refused(name: str) -> None:
    """No claim may be left out."""
    assert read(signed({key: value for key, value in GOOD.items() if key != name})) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "somebody-else"},
        {"iss": "somebody-else"},
        {"typ": "refresh"},
        {"typ": TYPE_KNOWN_BROWSER},
        {"iat": NOW // SECOND + 3600},
        {"nbf": NOW // SECOND + 3600},
        {"exp": NOW // SECOND - 1},
        {"exp": "soon"},
        {"sub": 7},
        {"sid": None},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(wrong: dict[str, Any]) -> None:
    """The library alone would take another typ; the reader does not."""
    assert read(_forged(GOOD | wrong)) is None


@pytest.mark.parametrize(("gone_back", "is_taken"), [(10 * MINUTE, True), (20 * MINUTE, False)])
def test_a_servers_clock_that_went_back_signs_nobody_out(
    gone_back: int, *, is_taken: bool
) -> None:
    """What was signed since is taken, unless it would live longer than twice its lifetime."""
    signer = TokenSigner(SECRET)
    token = signer.sign(CLAIMS, NOW, kind=TYPE_ACCESS, lifetime=ACCESS_LIFETIME)
    found = signer.read(token, Instant(NOW - gone_back), kind=TYPE_ACCESS)
    assert found == (CLAIMS if is_taken else None)
    assert signer.read(token, NOW + ACCESS_LIFETIME, kind=TYPE_ACCESS) is None


def _forged(claims: dict[str, Any]) -> str:
    """Sign what the library refuses to make."""

    def encode(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = head + b"." + encode(json.dumps(claims).encode())
    mark = encode(hmac.new(SECRET, body, hashlib.sha256).digest())
    return (body + b"." + mark).decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    """No spelling of "none" is an algorithm."""

    def encode(raw: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(raw).encode()).rstrip(b"=").decode()

    assert read(f"{encode({'alg': algorithm, 'typ': 'JWT'})}.{encode(GOOD)}.") is None


def test_a_token_of_another_key_or_algorithm_is_refused() -> None:
    """Only our key and our one algorithm count."""
    assert read(jwt.encode(GOOD, b"x" * 32, algorithm=ALGORITHM)) is None
    assert read(jwt.encode(GOOD, SECRET * 2, algorithm="HS512")) is None


def test_rubbish_is_refused_without_an_error() -> None:
    """Empty, huge, binary and half tokens are merely invalid."""
    for token in ("", ".", "a.b.c", "\x00" * 9, "é" * 50, "A" * 10_000_000, signed(GOOD)[:-3]):
        assert read(token) is None


def test_key_checksums_match_the_published_vectors() -> None:
    """Both vectors of the platform notes, one of them GitHub's own sample."""
    assert is_well_formed_key("gks_0123456789ABCDEFGHIJabcdefghij4Us3aw", "gks")
    assert checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


def test_a_mistyped_key_is_refused_without_a_query() -> None:
    """Each single changed character breaks the checksum."""
    key = new_key("gks", SeededEntropy())
    assert is_well_formed_key(key, "gks")
    assert not is_well_formed_key(key, "gkd")
    for at in range(4, len(key)):
        other = "x" if key[at] != "x" else "y"
        assert not is_well_formed_key(key[:at] + other + key[at + 1 :], "gks")
