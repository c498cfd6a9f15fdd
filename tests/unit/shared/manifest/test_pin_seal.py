"""A PIN's hash lies under the badge."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.id_types import OrganizationId
from shared.kernel.packing import pack
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.pin_seal import open_pin, seal_pin
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed

HASH = "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNo"
SEED = badge_seed("GKB1-ABCDE-FGHJK-MNPQR", OrganizationId("og_test"))
BOX = seal_pin(HASH, "sv_jo", badge_public_key(SEED))
JO = SupervisorConfig(
    id="sv_jo", name="Jo", pin_hash="", badge_hash="00", sign_key=b"", pin_box=BOX
)


def test_only_its_badge_opens_a_pin() -> None:
    """No other badge, no other person, nothing altered, and nobody without a badge."""
    assert open_pin(JO, SEED) == HASH
    assert HASH.encode() not in pack(JO)
    assert open_pin(JO, b"") == ""
    assert open_pin(JO, badge_seed("GKB1-ABCDE-FGHJK-MNPQS", OrganizationId("og_test"))) == ""
    assert open_pin(msgspec.structs.replace(JO, id="sv_mo"), SEED) == ""


@pytest.mark.parametrize(
    "box", [b"x", BOX[:32], BOX[:-1], BOX[:-1] + bytes([BOX[-1] ^ 1]), bytes(32) + BOX[32:]]
)
def test_what_is_no_box_unlocks_nothing(box: bytes) -> None:
    """Cut or altered, or under a key that everybody has."""
    assert open_pin(msgspec.structs.replace(JO, pin_box=box), SEED) == ""


def test_same_plan_is_told_twice_in_the_same_bytes() -> None:
    """Another PIN, hash or badge gives another box."""
    key = badge_public_key(SEED)
    assert seal_pin(HASH, "sv_jo", key) == BOX
    others = {seal_pin(HASH + "A", "sv_jo", key)[:32], seal_pin(HASH, "sv_mo", key)[:32], BOX[:32]}
    assert len(others) == 3


def test_roster_of_before_still_unlocks() -> None:
    """It has five fields, the hash unsealed."""
    old = msgspec.msgpack.encode(["sv_jo", "Jo", HASH, "00", b""])
    assert open_pin(msgspec.msgpack.decode(old, type=SupervisorConfig), SEED) == HASH
