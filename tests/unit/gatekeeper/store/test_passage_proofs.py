"""What proves a passage is kept beside its entry, also by a profile of before its own column."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import JournalAuthor, Store
from gatekeeper.store.use_table import UseProof
from shared.journal.entry import ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, GateId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import Duration, Instant
from tests.factories.house import EVENT
from tests.fakes.entropy import SeededEntropy

STAMP = Stamp(wall=Instant(1), monotonic=Duration(2))


def open_store(folder: Path) -> Store:
    """Open a device's store."""
    author = JournalAuthor(DeviceId("dv_me"), SigningKey(bytes(32)), SeededEntropy("proofs"))
    return Store(FolderDisk(folder), author)


def admit(store: Store, claim_id: ClaimId, seen: bytes) -> int:
    """Record a passage; returns its entry's number."""
    body = ScanBody(
        claim_id=claim_id,
        gate_id=GateId("gt_1"),
        zone_id=ZoneId("zn_1"),
        occurrence_id=OccurrenceId("oc_1"),
        direction="in",
        count=1,
        ticket_id=TicketId(7),
        generation=1,
        key_id=1,
        code_hash=b"",
        verdict="admit",
        reason="ok",
        mode="offline",
        policy="open",
        remaining=0,
        seen=seen,
        signature=b"badge",
    )
    with store.transaction("scan"):
        seq = store.journal.append(body, STAMP, event_id=EVENT)
        store.uses.add_local(
            body, Instant(3), event_id=EVENT, device_id=DeviceId("dv_me"), seq=seq
        )
    return seq


def proofs(store: Store) -> dict[str, UseProof | None]:
    """Read what proves each passage."""
    return {use.claim_id: use.proof for use in store.uses.list_local(0, 99)}


def test_the_proof_is_kept_with_the_passage_and_the_newest_one_counts(tmp_path: Path) -> None:
    """Twice under one claim, as after a passage that was taken back: what was said last."""
    store = open_store(tmp_path)
    admit(store, ClaimId("one"), b"first")
    admit(store, ClaimId("two"), b"second")
    admit(store, ClaimId("one"), b"again")
    store.close()
    store = open_store(tmp_path)
    assert {claim: proof and proof.seen for claim, proof in proofs(store).items()} == {
        "one": b"again",
        "two": b"second",
    }
    store.close()


def test_a_passage_of_an_older_program_keeps_its_proof(tmp_path: Path) -> None:
    """It stands in the table that was for it, also where such a program ran in between."""
    store = open_store(tmp_path)
    admit(store, ClaimId("old"), b"kept")
    connection = store._database.connection
    connection.execute("INSERT INTO use_proof SELECT claim_id, proof FROM use")
    connection.execute("UPDATE use SET proof=NULL")
    admit(store, ClaimId("new"), b"here")
    connection.execute("INSERT INTO use_proof VALUES ('new', x'00')")
    found = proofs(store)
    assert {claim: proof and proof.seen for claim, proof in found.items()} == {
        "old": b"kept",
        "new": b"here",
    }
    store.close()
