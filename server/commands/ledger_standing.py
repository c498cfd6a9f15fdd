"""How the ledger stands, as each verb that prints it does: `epoch`, `restore`, `migrate`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.db.ledger_state import LedgerState, read_ledger
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.exchange.epochs import (
    ForgottenPage,
    PendingDevice,
    list_behind,
    list_pending,
    start_waiting,
)


class Standing(msgspec.Struct, frozen=True):
    """The ledger, and who keeps claims waiting.

    Attributes:
        state: Open, once it waits for single devices and for nothing else.
        pending: Devices that have not offered their journals since the epoch began.
        behind: Those that hold what the ledger has forgotten; each closes it for its organization.
    """

    state: LedgerState
    pending: Sequence[PendingDevice]
    behind: Sequence[ForgottenPage]


async def read_standing(context: Context) -> Standing:
    """Let a ledger in a new epoch wait for its devices, as each start does, and tell how it is."""
    await start_waiting(context)
    async with context.database.read(org=SYSTEM) as session:
        state = await read_ledger(session)
    return Standing(state, await list_pending(context), await list_behind(context))
