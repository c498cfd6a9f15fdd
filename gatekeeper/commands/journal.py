"""`gatekeeper journal`: verify or export what this device has recorded."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gatekeeper.bootstrap import machine_system
from gatekeeper.cli import EXIT_DONE, EXIT_NO
from gatekeeper.store.chain_check import verify_journal
from gatekeeper.store.profile import DEVICE_KEY_NAME, load_key, load_profile
from gatekeeper.store.store import Author, Store
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.kernel.errors import Malformed
from shared.kernel.instant import format_instant

if TYPE_CHECKING:
    from gatekeeper.cli import Subparsers

_EXAMPLE: Final = """\
example:
  $ gatekeeper journal verify --profile ~/gates/north
  {"entries":1840,"boots":3,"ok":true,"pending":0,"problems":[]}
  $ gatekeeper journal export --profile ~/gates/north > north.jsonl

verify checks every link and every signature; exit status 1 if one does not hold. export writes
one line per entry: the signed bytes, hash and signature as hex digits, and what they say. Both
may run while the gate is open.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "journal",
        help="verify or export this device's journal",
        description="Check the journal of the profile in DIR, or write it out.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("act", choices=["verify", "export"])
    parser.add_argument("--profile", metavar="DIR", type=Path, required=True, help="the device")


def run(args: argparse.Namespace) -> int:
    """Verify or export; give the exit status."""
    system = machine_system()
    disk = system.open_disk(args.profile)
    profile = load_profile(disk)
    author = Author(profile.device_id, load_key(disk, DEVICE_KEY_NAME), system.entropy)
    store = Store(disk, author)
    try:
        return _verify(store) if args.act == "verify" else _export(store)
    finally:
        store.close()


def _verify(store: Store) -> int:
    journal = store.journal
    report = verify_journal(journal.read, journal.boots, journal.device_id, journal.public_key)
    answer = {
        "entries": report.entries,
        "boots": report.boots,
        "ok": not report.problems,
        "pending": journal.pending,
        "problems": report.problems,
    }
    print(msgspec.json.encode(answer).decode())
    return EXIT_NO if report.problems else EXIT_DONE


def _export(store: Store) -> int:
    for seq, signed in store.journal.read(1, store.journal.last_seq):
        print(msgspec.json.encode(_spell(seq, signed)).decode())
    return EXIT_DONE


def _spell(seq: int, signed: SignedEntry) -> dict[str, Any]:
    line: dict[str, Any] = {
        "seq": seq,
        "entry": signed.entry.hex(),
        "hash": signed.hash.hex(),
        "signature": signed.signature.hex(),
    }
    try:
        entry = decode_entry(signed.entry)
        body = decode_body(entry)
    except Malformed as fault:
        return line | {"error": str(fault)}
    decoded = None if body is None else _plain(msgspec.structs.asdict(body))
    return line | {
        "device_id": entry.device_id,
        "boot": entry.boot.hex(),
        "dseq": entry.dseq,
        "previous": entry.previous.hex(),
        "kind": entry.kind,
        "event_id": entry.event_id,
        "wall": format_instant(entry.wall),
        "monotonic_us": entry.monotonic,
        "offset_us": entry.offset,
        "offset_error_us": entry.offset_error,
        "epoch": entry.epoch,
        "cursor": entry.cursor,
        "body": decoded,
    }


def _plain(value: Any) -> Any:
    """Turn a body's values into JSON's: bytes as hex digits, structs as objects."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {
            name: f"{inner:016x}" if name == "ticket_id" and inner is not None else _plain(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.structs.asdict(value))
    return value
