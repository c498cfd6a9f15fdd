"""The cashiers of an organization, as its tills know them; no gate is ever told of them.

They are a list of their own, beside supervisors and stewards: whatever unlocks a gate looks in
other lists, at gates of every version. Their badges begin otherwise too, so that no code can be
given to a cashier and a supervisor.

Source:
    docs/specs/sync.md, the exchange
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from shared.credential.badges_and_pins import hash_badge
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import OrganizationId
from shared.kernel.packing import pack
from shared.sales.cashier_rights import CashierRights

CASHIERS_MAX: Final = 500
"""Cashiers of one organization; every exchange of a till compares them by their digest."""
_CONTEXT: Final = b"gatekeeper/cashiers/1\0"

_Name = Annotated[str, msgspec.Meta(max_length=200)]
_Key = Annotated[bytes, msgspec.Meta(max_length=32)]


class CashierConfig(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Somebody who may work at a till.

    Attributes:
        id: Opaque; the only thing of theirs that stands in journals.
        name: Shown on the till's screen while they are at work.
        badge_hash: 64 hex digits, of the badge's code; empty while they have no badge.
        rights: What they may do.
        sign_key: What the badge signs is verified with it (`shared.manifest.badge_signatures`).
    """

    id: _Name
    name: _Name
    badge_hash: _Name
    rights: CashierRights = CashierRights()
    sign_key: _Key = b""


def digest_cashiers(cashiers: Sequence[CashierConfig]) -> bytes:
    """Return 32 bytes that tell one list from another."""
    return sha256(_CONTEXT + pack(tuple(cashiers)))


def find_cashier(
    code: str, cashiers: Sequence[CashierConfig], organization_id: OrganizationId
) -> CashierConfig | None:
    """Return whose badge a scanned code is; None for anything else."""
    if not cashiers:
        return None
    wanted = hash_badge(code, organization_id)
    return next((one for one in cashiers if one.badge_hash == wanted), None)
