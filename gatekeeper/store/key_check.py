"""Whether a device's secret key is that of its journal, asked before anything is signed by it."""

from __future__ import annotations

from itertools import islice
from typing import Final

from gatekeeper.store.store import Store
from shared.journal.chain import is_signed_by
from shared.kernel.errors import StoreFault
from shared.kernel.trouble import TroubleKind

_ENTRIES_ASKED: Final = 8
"""Of the journal's first entries. Not each of them is damaged where the key is good."""


def check_key(store: Store) -> None:
    """Refuse to go on with a key that has signed nothing of what this journal begins with.

    Nobody would believe what it signs, and what was signed before would be taken for damaged.

    Raises:
        StoreFault: if the key's file must have been damaged, or is another device's.
    """
    first = list(islice(store.journal.read(1, store.journal.last_seq), _ENTRIES_ASKED))
    if first and not any(is_signed_by(one, store.journal.public_key) for _, one in first):
        message = "device.key is not the key of this journal; put the right one back"
        raise StoreFault(message, kind=TroubleKind.PROFILE_DAMAGED)
