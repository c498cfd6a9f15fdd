"""Badges and PINs of supervisors."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from shared.credential.badges_and_pins import (
    BADGE_PREFIX,
    CASHIER_PREFIX,
    check_pin,
    hash_badge,
    hash_pin,
    is_badge,
    is_cashiers,
    is_right_pin,
    new_badge,
)
from shared.kernel.errors import BadInput
from shared.kernel.id_types import OrganizationId
from tests.factories.quick import hashed_at_their_cost
from tests.fakes.entropy import SeededEntropy

PIN = "483920"


def test_a_pin_is_told_from_every_other(entropy: SeededEntropy) -> None:
    """The right one is right, its neighbours are not, and two hashes of it differ."""
    with hashed_at_their_cost():
        encoded = hash_pin(PIN, entropy)
    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert is_right_pin(PIN, encoded)
    assert not is_right_pin("483921", encoded)
    assert not is_right_pin("", encoded)
    assert hash_pin(PIN, entropy) != encoded


def test_the_hash_is_of_the_common_form(entropy: SeededEntropy) -> None:
    """Another library of the same standard verifies it, so nothing binds us to one."""
    assert PasswordHasher().verify(hash_pin(PIN, entropy), PIN)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "483920",
        "$argon2id$v=19$m=65536,t=3,p=1$$",
        "$argon2id$v=19$m=9999999,t=99,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA",
        "$argon2i$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g",
        "$argon2id$v=19$m=65536,t=3,p=1$ä$ö",
    ],
)
def test_what_is_no_hash_lets_nobody_in(encoded: str) -> None:
    """A damaged or hostile hash is just wrong, and costs no memory."""
    assert not is_right_pin(PIN, encoded)


@pytest.mark.parametrize(
    "pin",
    [
        "12345",
        "1234567890123",
        "abcdef",
        "٠١٢٣٤٥",
        "000000",
        "123456",
        "987654",
        "34567890",
        "121212",
        "123123",
    ],
)
def test_a_pin_that_anybody_tries_first_is_refused(pin: str) -> None:
    """Too short, no digits, one digit or piece over and over, a run."""
    with pytest.raises(BadInput):
        check_pin(pin)


def test_a_fair_pin_is_taken() -> None:
    """Six digits that are no run."""
    check_pin(PIN)


def test_badges_differ_and_hash_by_organization(entropy: SeededEntropy) -> None:
    """A badge is random, survives a scanner's spaces, and means nothing elsewhere."""
    badge = new_badge(entropy)
    assert badge.startswith(BADGE_PREFIX)
    assert len(badge) == len("GKB1-XXXXX-XXXXX-XXXXX")
    assert badge != new_badge(entropy)
    assert hash_badge(f" {badge}\r\n", OrganizationId("og_1")) == hash_badge(
        badge, OrganizationId("og_1")
    )
    assert hash_badge(badge, OrganizationId("og_1")) != hash_badge(badge, OrganizationId("og_2"))


def test_a_badge_is_read_by_a_scanner_that_writes_small_letters(entropy: SeededEntropy) -> None:
    """It was no badge: denied as a ticket that is not on record. One's own stays as it is."""
    org = OrganizationId("og_1")
    badge, cashiers = new_badge(entropy), new_badge(entropy, CASHIER_PREFIX)
    assert hash_badge(badge.lower(), org) == hash_badge(badge, org)
    assert is_badge(badge.lower())
    assert is_cashiers(f"{cashiers.lower()}\r")
    own = "gkb1-of-ones-own"
    assert not is_badge(own)
    assert hash_badge(own, org) != hash_badge(own.upper(), org)
