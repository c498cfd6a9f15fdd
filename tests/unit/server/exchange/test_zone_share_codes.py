"""The ledger's codes for what it has granted of a zone's capacity."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.exchange.zone_share_codes import PURPOSE, Grant, ShareCodes
from server.keys.vault import Vault
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, ZoneId

GRANT: Final = Grant(
    OrganizationId("org_1"), EventId("ev_1"), ZoneId("zn_1"), DeviceId("dev_1"), 6
)
_TEXT: Final = st.text(max_size=12)
_GRANTS: Final = st.builds(
    Grant, _TEXT, _TEXT, _TEXT, _TEXT, st.integers(min_value=0, max_value=1 << 62)
)


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (GRANT, "3d1a399839bbd0085ad33c3f26aa8826"),
        (msgspec.structs.replace(GRANT, granted=1 << 62), "223bd647fb95b06d2b95ff507b8c337e"),
        (
            Grant(OrganizationId(""), EventId(""), ZoneId(""), DeviceId(""), 0),
            "34ec63434dc1e5e0f7915a9484168d6e",
        ),
    ],
)
def test_vectors(grant: Grant, code: str) -> None:
    """A ledger of a later version believes what an earlier one has granted."""
    codes = ShareCodes(Vault(bytes(range(32))).derive(PURPOSE))
    assert codes.make(grant).hex() == code
    assert codes.proves(grant, bytes.fromhex(code))


@given(_GRANTS, _GRANTS)
def test_a_code_proves_its_own_grant_and_no_other(one: Grant, other: Grant) -> None:
    """Whatever the names hold, no part of one passes for a part of the next."""
    codes = ShareCodes(bytes(32))
    assert codes.proves(one, codes.make(one))
    assert codes.proves(other, codes.make(one)) == (one == other)
    moved = Grant(
        OrganizationId(one.organization_id + one.event_id),
        EventId(""),
        one.zone_id,
        one.device_id,
        one.granted,
    )
    assert codes.proves(moved, codes.make(one)) == (moved == one)


@given(st.binary(max_size=40))
def test_what_others_make_up_proves_nothing(code: bytes) -> None:
    """Neither bytes of any length nor the code of a ledger with another secret."""
    codes, other = ShareCodes(bytes(32)), ShareCodes(bytes([1]) * 32)
    assert codes.proves(GRANT, code) == (code == codes.make(GRANT))
    assert not codes.proves(GRANT, other.make(GRANT))


def test_the_secret_of_codes_is_no_other_secret_of_the_vault() -> None:
    """Who learned it could not open a signing key with it."""
    secret = bytes(range(32))
    derived = Vault(secret).derive(PURPOSE)
    assert derived != secret
    assert derived != Vault(secret).derive(b"gatekeeper/other")
