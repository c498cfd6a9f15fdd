"""What uploaded entries do to a ledger that was put back to an older copy."""

from __future__ import annotations

import pytest

from server.publishing.book import EventBook, Version
from server.sync.journal_check import CheckedEntry
from server.sync.posting import Journaled, JournalFold
from shared.credential.keyring import Keyring
from shared.journal.chain import encode_body, seal_entry
from shared.journal.entry import ENTRY_VERSION, NO_HASH, Entry, EntryKind, ReleaseBody
from shared.kernel.ed25519 import SigningKey
from shared.manifest.facts import EventIndex
from shared.wire.feed import Annul
from tests.factories.gate_event import EVENT, ORGANIZATION, STARTS, make_config

KEY = SigningKey(bytes(32))
CLAIM = "c" * 32


def _book() -> EventBook:
    return EventBook(
        organization_id=ORGANIZATION,
        event_id=EVENT,
        version=Version(1, 0),
        index=EventIndex(make_config()),
        keys=(),
        keyring=Keyring(),
        codes={},
        homes={},
    )


def _release() -> CheckedEntry:
    body = ReleaseBody(CLAIM, 7, "not_admitted")
    entry = Entry(
        v=ENTRY_VERSION,
        device_id="dv_north",
        boot=bytes(8),
        dseq=1,
        seq=1,
        previous=NO_HASH,
        kind=EntryKind.RELEASE,
        event_id=EVENT,
        wall=STARTS,
        monotonic=0,
        offset=0,
        offset_error=0,
        epoch=1,
        cursor=0,
        body=encode_body(body),
    )
    signed = seal_entry(entry, KEY)
    return CheckedEntry(signed, signed.hash, entry, body)


@pytest.mark.parametrize(("epoch", "is_told"), [(1, False), (2, True)])
def test_a_release_of_a_forgotten_grant_is_told_to_the_devices(epoch: int, is_told: bool) -> None:
    """They may count the use that the ledger granted before it was put back, and forgot."""
    held = Journaled(epoch, {}, {}, {}, {})
    fold = JournalFold(_book(), held, "dv_north", STARTS)
    fold.post(_release())
    told = [item.claim_id for item in fold.postings.items if isinstance(item, Annul)]
    assert told == ([CLAIM] if is_told else [])
    assert [mark.why for mark in fold.postings.marks] == ["released"]
