"""`gatekeeper journal`: verify or export what this device has recorded; verify evidence files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import msgspec

from command_line.exit_statuses import EXIT_DONE, EXIT_NO, say_line
from command_line.json_lines import encode_line
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.store.chain_check import verify_journal
from gatekeeper.store.opening_damaged_journal import find_damage
from gatekeeper.store.profile import DEVICE_KEY_NAME, load_key, load_profile
from gatekeeper.store.store import JournalAuthor, Store
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.evidence_check import NO_EVIDENCE_FILE, EvidenceCheck
from shared.journal.evidence_file_lines import LINE_SIZE_MAX
from shared.kernel.ed25519 import PUBLIC_KEY_SIZE
from shared.kernel.errors import BadInput, Malformed
from shared.kernel.file_kinds import UTF8_MARK, name_other_kind
from shared.kernel.instant import format_instant
from shared.wire.enrol import fingerprint

_WHENCE: Final = "the server gives one at …/events/{event_id}/evidence"
_MARKED: Final = "one that an editor saved with a byte-order mark: take an unedited copy"
_VERIFY_EXAMPLE: Final = """\
example:
  $ gatekeeper journal verify --profile ~/gates/north
  {"entries":1840,"boots":3,"ok":true,"pending":0,"problems":[]}

  $ gatekeeper journal verify evidence.jsonl --root 3b6a27bc…
  {"file":"evidence.jsonl","ok":true,"about":"conflict","root":"pinned","entries":6,…}

verify checks every link and every signature; exit status 1 if one does not hold. It may run while
the gate is open.

verify FILE checks an evidence file from the server, without profile or network, and says what the
devices' signatures prove, what is only the organization's word, and what no such file can prove.
--root is the organization's root key (64 hex digits) as you know it from elsewhere; without it the
file's own is used, and the answer says "not compared".
"""
_EXPORT_EXAMPLE: Final = """\
example:
  $ gatekeeper journal export --profile ~/gates/north > north.jsonl

export writes one line per entry: the signed bytes, hash and signature as hex digits, and what they
say. It may run while the gate is open.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = "Check the journal of the profile in DIR, or export it."
    parser.epilog = f"{_VERIFY_EXAMPLE}\n{_EXPORT_EXAMPLE}"
    acts = parser.add_subparsers(dest="act", metavar="verify|export", required=True)
    verify = _add_act(acts, "verify", "check the journal, or an evidence FILE", _VERIFY_EXAMPLE)
    verify.add_argument("file", metavar="FILE", type=Path, nargs="?", help="an evidence file")
    verify.add_argument("--root", metavar="HEX", help="the root key that FILE must lead back to")
    export = _add_act(acts, "export", "write the journal to standard output", _EXPORT_EXAMPLE)
    export.set_defaults(file=None, root=None)
    for act in (verify, export):
        add_profile(act, "the device", is_required=False)


def _add_act(
    acts: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, example: str
) -> argparse.ArgumentParser:
    """Add one of the verb's two acts, whose own help says what it does and how it is called."""
    described = f"{about[0].upper()}{about[1:]}."
    return acts.add_parser(name, help=about, description=described, epilog=example)


def run(args: argparse.Namespace) -> int:
    """Verify or export; give the exit status."""
    if args.file is not None:
        return _verify_file(args)
    if args.profile is None or args.root is not None:
        raise BadInput("name the device by --profile DIR, or verify an evidence FILE")
    system = machine_system()
    disk = system.open_disk(args.profile)
    profile = load_profile(disk)
    author = JournalAuthor(profile.device_id, load_key(disk, DEVICE_KEY_NAME), system.entropy)
    if args.act == "verify" and (damage := find_damage(disk)):
        print(encode_line(_damaged(damage)).decode())
        return EXIT_NO
    store = Store(disk, author, repairs=False)
    try:
        return _verify(store) if args.act == "verify" else _export(store)
    finally:
        store.close()


def _verify_file(args: argparse.Namespace) -> int:
    if args.profile is not None:
        raise BadInput("verify a FILE without --profile")
    check = EvidenceCheck(None if args.root is None else _root_key(args.root))
    other: str | None = None
    try:
        with args.file.open("rb") as lines:
            begun = lines.peek(LINE_SIZE_MAX)
            other = name_other_kind(begun) or (_MARKED if begun.startswith(UTF8_MARK) else None)
            while line := lines.readline(LINE_SIZE_MAX + 1):
                check.take(line)
    except OSError as fault:
        raise BadInput(f"{args.file} cannot be read: {fault.strerror}") from None
    if check.is_foreign:
        what = "not an evidence file" if other is None else f"not an evidence file, but {other}"
        say_line("gatekeeper journal", f"{args.file} is {what}; {_WHENCE}")
        refused = {"file": str(args.file), "ok": False, "problems": [NO_EVIDENCE_FILE]}
        print(encode_line(refused).decode())
        return EXIT_NO
    report = check.finish()
    is_ok = not report.problems
    answer = {"file": str(args.file), "ok": is_ok} | msgspec.structs.asdict(report)
    # What enrolment lines and screens show of a root key.
    answer["root_fingerprint"] = fingerprint(_plain_key(report.root_public_key))
    print(encode_line(answer).decode())
    return EXIT_DONE if is_ok else EXIT_NO


def _plain_key(digits: str) -> bytes:
    """Return what the file gives as its root key; nothing where that is none."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def _root_key(digits: str) -> bytes:
    key = _plain_key(digits)
    if len(key) != PUBLIC_KEY_SIZE:
        raise BadInput(
            "--root is not a public key of 64 hex digits; a fingerprint of 32 is compared"
            ' with the "root_fingerprint" that is shown without --root'
        )
    return key


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
    print(encode_line(answer).decode())
    return EXIT_NO if report.problems else EXIT_DONE


def _damaged(damage: str) -> dict[str, Any]:
    problem = (
        f"the journal {damage}; start the gate: it sets this journal aside and starts a new one"
    )
    return {"entries": 0, "boots": 0, "ok": False, "pending": 0, "problems": [problem]}


def _export(store: Store) -> int:
    for seq, signed in store.journal.read(1, store.journal.last_seq):
        print(encode_line(_spell(seq, signed)).decode())
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
