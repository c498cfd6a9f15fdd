"""What a till knows to be taken away: as much as is on its disk, and no more."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.store import JournalAuthor, Store
from shared.credential.keyring import Keyring, KeyStatus
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, EventId, TicketId
from tests.factories.house import make_ticket_key
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


def test_what_another_till_said_alone_is_kept_apart(tmp_path: Path) -> None:
    """It counts by whoever is a till now; what this device knows itself counts for good."""
    store, till = _open(tmp_path), DeviceId("dv_till")
    key = make_ticket_key(event_id=EVENT, issuer_device_id=till)
    compromised = msgspec.structs.replace(key, status=KeyStatus.COMPROMISED)
    tills, nobody = Keyring([key]), Keyring([compromised])
    with pytest.raises(GivenUp), store.transaction("said"):
        store.withdrawn.note_said(EVENT, REFUND, 5, till)
        raise GivenUp
    assert not store.withdrawn.get(EVENT, TICKET).is_ended
    with store.transaction("said"):
        store.withdrawn.note_said(EVENT, REFUND, 5, till)
    store.close()
    store = _open(tmp_path)
    assert store.withdrawn.get(EVENT, TICKET).ended_at == 5
    assert store.withdrawn.get(EVENT, TICKET, tills).is_ended
    assert not store.withdrawn.get(EVENT, TICKET, nobody).is_ended
    with store.transaction("withdrawal"):
        store.withdrawn.note(EVENT, REFUND, 7)
    assert store.withdrawn.get(EVENT, TICKET, nobody).ended_at == 7
    store.close()
