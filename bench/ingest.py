"""Journal ingest: batches of 500 signed entries, all checked; and who claims meanwhile."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.claims import claim_requests
from bench.load_generator import post, run_load
from bench.senders import Sender, senders_of
from bench.server_process import seed, serve
from bench.writing_figures import Figure, at_least, at_most, floor, percentile
from shared.credential.codec import decode_credential, from_digits
from shared.journal.chain import SignedEntry, encode_body, hash_code, is_signed_by, seal_entry
from shared.journal.entry import (
    BOOT_SIZE,
    ENTRY_VERSION,
    NO_HASH,
    Body,
    BootBody,
    Entry,
    EntryKind,
    ScanBody,
)
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, EventId
from shared.kernel.instant import Duration, Instant
from shared.manifest.seen_codes import credential_of, prove_signed, seen_word
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX
from shared.wire.exchange import (
    EXCHANGE_VERSION,
    ExchangeRequest,
    ExchangeResponse,
)

ENTRIES: Final = 30_000
DEVICES: Final = 4
RATE_BUDGET: Final = 1_500.0
"""A hundred gates that were cut off for an hour, at twenty passages a minute each, are taken in
within 80 s; on two processors, which with PostgreSQL its own processes share."""
CLAIM_BUDGET_MS: Final = 250.0
"""A gate waits so long for its claim, and decides by itself then."""
CLAIM_PAUSE_S: Final = 0.01
CLAIMS_MAX: Final = 3_000
STEP: Final[Duration] = Duration(100)
"""Between two entries of a journal: none lies in the future, or before its device."""


def measure(folder: Path, kind: str, database: str) -> list[Figure]:
    """Upload cut-off gates' journals, batch after batch, from several devices at once."""
    workers = 1 if kind == "SQLite" else 2
    load = seed(folder, database, tickets=ENTRIES + CLAIMS_MAX, gates=DEVICES, devices=DEVICES)
    codes, claimed = load["codes"][:ENTRIES], load["codes"][ENTRIES:]
    journals = [
        list(make_journal(load, number, codes[number::DEVICES])) for number in range(DEVICES)
    ]
    checked = _check_alone(journals[0], load)
    with serve(folder, database, workers) as served:
        started, cpu = time.perf_counter(), served.cpu_seconds()
        counts, waits_ms = asyncio.run(_upload_all(served.port, load, journals, claimed))
        seconds = time.perf_counter() - started
        cpu_us = (served.cpu_seconds() - cpu) / sum(counts) * 1e6
    note = f"{workers} worker(s), {DEVICES} devices at once; server CPU {cpu_us:.0f} µs an entry"
    name = f"journal ingest, {kind}, {ENTRIES_AT_ONCE_MAX} a batch"
    return [
        floor("bare signature check of an entry", checked, "1/s", len(journals[0]), "one thread"),
        at_least(name, sum(counts) / seconds, "entries/s", RATE_BUDGET, sum(counts), note),
        at_most(
            f"claims beside it, {kind}, p99",
            percentile(waits_ms, 0.99),
            "ms",
            CLAIM_BUDGET_MS,
            len(waits_ms),
            f"one after another; median {percentile(waits_ms, 0.5):.0f} ms",
        ),
    ]


async def _upload_all(
    port: int, load: dict[str, Any], journals: list[list[SignedEntry]], claimed: Sequence[str]
) -> tuple[list[int], list[float]]:
    """Upload all journals at once, and claim beside them; returns counts and waits in ms."""
    senders = senders_of(load)
    claiming = asyncio.create_task(_claim_beside(port, senders[0], load, claimed))
    counts = await asyncio.gather(
        *(upload(port, senders[n], journal) for n, journal in enumerate(journals))
    )
    claiming.cancel()
    return counts, await claiming


async def _claim_beside(
    port: int, sender: Sender, load: dict[str, Any], codes: Sequence[str]
) -> list[float]:
    """Claim tickets one after another until it is cancelled; returns how long each took."""
    waits_ms: list[float] = []
    with suppress(asyncio.CancelledError):
        gates = [load["devices"][0]["gate_id"]]
        for sent in claim_requests([sender], ((code, gates) for code in codes)):
            result = await run_load(port, [sent], 1)
            if set(result.statuses) != {200}:
                message = f"a claim was refused: {result.bodies[0][:300]!r}"
                raise RuntimeError(message)
            waits_ms.append(result.p50_ms)
            await asyncio.sleep(CLAIM_PAUSE_S)
    return sorted(waits_ms)


async def upload(port: int, sender: Sender, journal: list[SignedEntry]) -> int:
    """Upload one device's journal in order; stop rather than measure refusals."""
    for start in range(0, len(journal), ENTRIES_AT_ONCE_MAX):
        batch = tuple(journal[start : start + ENTRIES_AT_ONCE_MAX])
        request = ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=EventId(""),
            epoch=0,
            cursor=0,
            head=None,
            entries=batch,
            sent_at=Instant(time.time_ns() // 1000),
        )
        body = msgspec.msgpack.encode(request)
        sent = post("/sync/v1/exchange", body, sender=sender, content_type="application/msgpack")
        result = await run_load(port, [sent], 1)
        if set(result.statuses) != {200}:
            message = f"an upload was refused: {result.bodies[0][:300]!r}"
            raise RuntimeError(message)
        answer = msgspec.msgpack.decode(result.bodies[0], type=ExchangeResponse)
        if {a.status for a in answer.answers} != {"stored"}:
            message = f"entries were not stored: {answer.answers[:3]}"
            raise RuntimeError(message)
    return len(journal)


def make_journal(load: dict[str, Any], number: int, codes: Sequence[str]) -> Iterator[SignedEntry]:
    """Make the journal of a gate that was cut off.

    Args:
        load: Of `seed`.
        number: Which device.
        codes: What it admitted.
    """
    device = load["devices"][number]
    key = SigningKey(bytes.fromhex(device["seed"]))
    boot, previous = secrets.token_bytes(BOOT_SIZE), NO_HASH
    now = time.time_ns() // 1000
    bodies: list[tuple[EntryKind, str, Body]] = [(EntryKind.BOOT, "", BootBody("bench", b"", 0))]
    for code in codes:
        claims, _, _ = decode_credential(from_digits(code))
        claim_id = secrets.token_hex(16)
        word = seen_word(load["event_id"], device["device_id"], ClaimId(claim_id))
        scan = ScanBody(
            claim_id=ClaimId(claim_id),
            gate_id=device["gate_id"],
            zone_id=load["zone_id"],
            occurrence_id=load["occurrence_id"],
            direction="in",
            count=1,
            ticket_id=claims.ticket_id,
            generation=claims.generation,
            key_id=claims.key_id,
            code_hash=hash_code(code, load["event_id"]),
            verdict="admit",
            reason="ok",
            mode="offline",
            policy="open",
            remaining=0,
            seen=prove_signed(word, credential_of(code)),
        )
        bodies.append((EntryKind.SCAN, load["event_id"], scan))
    for dseq, (kind, event_id, body) in enumerate(bodies, start=1):
        entry = Entry(
            v=ENTRY_VERSION,
            device_id=device["device_id"],
            boot=boot,
            dseq=dseq,
            seq=dseq,
            previous=previous,
            kind=kind,
            event_id=EventId(event_id),
            wall=Instant(now + (dseq - len(bodies)) * STEP),
            monotonic=dseq * STEP,
            offset=Duration(0),
            offset_error=Duration(20_000),
            epoch=1,
            cursor=0,
            body=encode_body(body),
        )
        signed = seal_entry(entry, key)
        previous = signed.hash
        yield signed


def _check_alone(journal: list[SignedEntry], load: dict[str, Any]) -> float:
    """Return how many signatures a second one thread checks, and nothing else."""
    public_key = SigningKey(bytes.fromhex(load["devices"][0]["seed"])).public_key
    started = time.perf_counter()
    valid = sum(is_signed_by(signed, public_key) for signed in journal)
    assert valid == len(journal)
    return len(journal) / (time.perf_counter() - started)
