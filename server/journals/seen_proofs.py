"""A worker that checks the proofs of seen codes before an upload's transaction, not within it.

The proofs of a cut-off gate's 500 passages take a tenth of a second. Within the transaction every
claim would wait for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.entries.check import CheckedEntry
from server.entries.signature_checks import SignatureChecks
from server.entries.signature_process import AreKnown
from server.plans.event_book import EventBook
from shared.journal.entry import GiveBody, Mode, ScanBody
from shared.kernel.id_types import EventId
from shared.kernel.known_signature import KnownProof
from shared.manifest.seen_codes import seen_word, to_check


async def check_proofs(
    checks: SignatureChecks, entries: Sequence[CheckedEntry], books: Mapping[EventId, EventBook]
) -> dict[KnownProof, bool]:
    """Check what proves the passages that no server was asked for.

    What was granted needs no proof: where the ledger does not know of that grant, its proof is
    checked when it is judged, as everything is that is not found here.
    """
    proofs = [shown for checked in entries for shown in _proofs_of(checked, books)]
    found = await checks.check(AreKnown(proofs))
    return dict(zip(proofs, found, strict=True))


def _proofs_of(checked: CheckedEntry, books: Mapping[EventId, EventBook]) -> Sequence[KnownProof]:
    entry, body = checked.entry, checked.body
    book = None if entry is None else books.get(entry.event_id)
    if entry is None or book is None:
        return ()
    if isinstance(body, GiveBody):
        seen, device_id = b"" if body.proof is None else body.proof.seen, body.device_id
    elif isinstance(body, ScanBody) and body.verdict == "admit" and body.mode != Mode.ONLINE:
        seen, device_id = body.seen, entry.device_id
    else:
        return ()
    word = seen_word(book.event_id, device_id, body.claim_id)
    candidates = to_check(seen, book.keyring, book.event_id, word)
    return [shown for _, _, shown in candidates]
