"""What a home hears that others have given by manual codes, so that all give at one lane's pace.

Each device's list holds those codes. A device that asked every home for as many as each gives
would have all their tickets spent at their own gates, whatever the ledger makes of it later.
"""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.gate.device_as_home import GAVE, Homes
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.withdrawals_by_peers import OnKept
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import EntryKind, GiveBody
from shared.journal.home_asks import is_asked
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from shared.lan.roster import RosterDevice
from shared.manifest.seen_codes import SeenForm, form_of

FindPeer = Callable[[DeviceId], RosterDevice | None]
"""Finds a peer's line of the roster; None of a device that is no peer."""


def hear_gifts(homes: Homes, knowledge: Knowledge, find_peer: FindPeer) -> OnKept:
    """Return what counts what other homes have given, among the entries of others that are kept.

    What its asker has not signed is not counted against it.
    """

    def count(signed: SignedEntry) -> None:
        entry = decode_entry(signed.entry)
        if entry.kind != EntryKind.GIVE or entry.event_id != knowledge.event_id:
            return
        try:
            given = decode_body(entry)
        except Malformed:
            return
        if not isinstance(given, GiveBody) or given.reason not in GAVE or given.proof is None:
            return
        if form_of(given.proof.seen) is not SeenForm.MANUAL:
            return
        peer = find_peer(given.device_id)
        if peer is None:
            return
        if is_asked(peer.public_key, entry.event_id, entry.device_id, given):
            homes.count_given(peer, entry.corrected)

    return count
