"""What a till knows to be taken away: as much as is on its disk, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.store import JournalAuthor, Store
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, EventId, TicketId
from tests.fakes.entropy import SeededEntropy

EVENT = EventId("ev_1")
TICKET = TicketId(7)
REFUND = WithdrawalBody(
    claim_id=ClaimId("c"), ticket_id=TICKET, generation=1, purpose="refund", mode="offline"
)


def _open(folder: Path) -> Store:
    return Store(
        FolderDisk(folder),
        JournalAuthor(DeviceId("dv_1"), SigningKey(bytes(32)), SeededEntropy("w")),
    )


class GivenUp(Exception):
    """The transaction is abandoned, as where the disk is full."""


def test_withdrawal_that_could_not_be_recorded_was_none(tmp_path: Path) -> None:
    """Else its holder stands at a till that says `cancelled`, and nobody has paid them."""
    store = _open(tmp_path)
    with pytest.raises(GivenUp), store.transaction("withdrawal"):
        store.withdrawn.note(EVENT, REFUND)
        raise GivenUp
    assert not store.withdrawn.get(EVENT, TICKET).is_ended
    with store.transaction("withdrawal"):
        store.withdrawn.note(EVENT, REFUND)
    assert store.withdrawn.get(EVENT, TICKET).is_ended
    store.close()
    store = _open(tmp_path)
    assert store.withdrawn.get(EVENT, TICKET).is_ended
    store.close()
