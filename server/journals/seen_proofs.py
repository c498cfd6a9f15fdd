"""What checks the proofs of seen codes before an upload's transaction, not within it.

The proofs of a cut-off gate's 500 passages take 30 ms, where their tickets were signed here, and
80 ms where a till has. Within the transaction every claim would wait for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.signature_checks import SignatureChecks
from server.entries.signature_process import AreKnown
from server.keys.signers import Signers
from server.plans.event_book import EventBook
from shared.admission.offline_policy import Rung
from shared.journal.entry import GiveBody, ScanBody
from shared.kernel.id_types import EventId
from shared.kernel.known_signature import KnownProof
from shared.manifest.seen_codes import Read, ReadCodes, seen_word, to_check


async def check_proofs(
    checks: SignatureChecks,
    entries: Sequence[CheckedEntry],
    books: Mapping[EventId, EventBook],
    signers: Signers,
) -> ReadCodes:
    """Check what proves the passages that no server was asked for.

    What was granted needs no proof: where the ledger does not know of that grant, its proof is
    checked when it is judged, as everything is that is not found here.
    """
    shown = [one for checked in entries for one in _proofs_of(checked, books)]
    if not shown:
        return {}
    proofs = [proof for _, _, proof in shown]
    own: dict[bytes, bytes] = {}
    for book in books.values():
        own |= await signers.ticket_seeds(
            book.organization_id, book.event_id, book.version.keyring
        )
    named = {proof.public_key for proof in proofs}
    asked = AreKnown(proofs, {key: seed for key, seed in own.items() if key in named})
    read: dict[tuple[bytes, bytes], Read | None] = {}
    for (place, code, _), holds in zip(shown, await checks.check(asked), strict=True):
        read[place] = read.get(place) or (code if holds else None)
    return read


def _proofs_of(
    checked: CheckedEntry, books: Mapping[EventId, EventBook]
) -> Iterator[tuple[tuple[bytes, bytes], Read, KnownProof]]:
    """Give what is to be checked: where `ReadCodes` has it, the code that it proves, and how."""
    entry, body = checked.entry, checked.body
    book = None if entry is None else books.get(entry.event_id)
    if entry is None or book is None:
        return
    if isinstance(body, GiveBody):
        seen, device_id = b"" if body.proof is None else body.proof.seen, body.device_id
    elif isinstance(body, ScanBody) and body.verdict == "admit" and body.mode != Rung.ONLINE:
        seen, device_id = body.seen, entry.device_id
    else:
        return
    word = seen_word(book.event_id, device_id, body.claim_id)
    for claims, key, proof in to_check(seen, book.keyring, book.event_id, word):
        yield (seen, word), (claims, key), proof
