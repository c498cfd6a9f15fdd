"""What a device forgets when it learns that it was revoked: all that the event's server gave it.

Its journal stays, and what other gates said: that is evidence, and holds no names. Gone are the
sealed names and buyers, the supervisors and the hashes of their PINs and badges, the tickets with
their manual codes, and with them every means of letting somebody in.
"""

from __future__ import annotations

import msgspec

from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.store.buyer_file import is_buyer_name
from gatekeeper.store.manifest_file import is_manifest_name
from gatekeeper.store.opening_damaged_journal import is_set_aside
from gatekeeper.store.picture_store import PictureStore
from gatekeeper.store.store import Store
from gatekeeper.store.unheard_guests import is_guest_name


def forget_event(store: Store, knowledge: Knowledge) -> None:
    """Erase from the disk what a revoked device has no business with.

    Files go last, so that a run that was cut short is begun anew.

    Raises:
        StoreFault: if the disk refuses, or another program has the database open; the rest is
            erased when the server says again that this device is revoked.
    """
    event_id, chunks = knowledge.event_id, store.chunks
    names = store.disk.names("")
    # What was saved of a damaged database is in the new one.
    is_gone = (is_manifest_name, is_set_aside, is_buyer_name, is_guest_name)
    files = [name for name in names if any(is_one(name) for is_one in is_gone)]
    if event_id is None or not (files or chunks.is_used or knowledge.state.manifest):
        return
    knowledge.close()
    state = store.feeds.get(event_id)
    with store.transaction("forget"):
        # What was accepted last is remembered: an older manifest is refused for ever.
        bare = msgspec.structs.replace(
            state, cursor=0, page=None, knowledge_at=None, manifest=None, change=None
        )
        store.feeds.put(event_id, bare)
        store.changes.drop_all(event_id)
    store.scrub()
    knowledge.reload()
    chunks.keep_only(())
    PictureStore(store.disk).keep_only(())
    for name in files:
        store.disk.remove(name)
