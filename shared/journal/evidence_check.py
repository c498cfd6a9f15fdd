"""Verifying an evidence file, line by line, from the root key down. Pure.

Nothing in the file is believed before its seal: a device's key counts only if the organization's
signature, and through it the root's, covers the line that names it.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import Final

import msgspec

from shared.journal.chain import SignedEntry
from shared.journal.evidence_chains import ChainProof, Chains
from shared.journal.evidence_file_lines import (
    EVIDENCE_VERSION,
    LINE_SIZE_MAX,
    ConflictLine,
    DeviceLine,
    EntryLine,
    EvidenceAbout,
    EvidenceHead,
    EvidenceSeal,
    Line,
    SealLine,
    encode_line,
)
from shared.journal.evidence_findings import UNPROVEN, ConflictFinding, judge_conflict
from shared.kernel.duplicate_names import find_names_twice
from shared.kernel.ed25519 import PUBLIC_KEY_SIZE
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ConflictId, EventId, OrganizationId
from shared.kernel.same_fields import made_of
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.signed_document import (
    DocumentKind,
    decode_document,
    encode_document,
    open_document,
)

PROBLEMS_MAX: Final = 100
NO_EVIDENCE_FILE: Final = (
    "this is no evidence file: the first line of one is its head, an object in JSON"
)
_OTHER_ENDS: Final = (
    "its lines end in CR LF: an editor or a mail program has written it anew; take another copy"
)
_LINES: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


class EvidenceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a file proves.

    Attributes:
        root: `pinned` if the root key is the one that the reader brought, else `not compared`:
            whoever wrote the file could have made that key as well.
        is_sealed: The organization's signature covers every byte.
        links: How many entries were found to follow the one before them.
        whole_boots: Boots that are here without a gap, up to the last entry that is held.
        proven, stated, unproven: Sentences: by devices' signatures; by the organization's word;
            by nothing in any such file.
        problems: What does not hold; none if the file is sound.
    """

    about: str
    organization_id: OrganizationId
    event_id: EventId
    conflict_id: ConflictId
    made_at: str
    root: str
    root_public_key: str
    is_sealed: bool
    devices: int
    entries: int
    boots: int
    links: int
    whole_boots: int
    conflicts: tuple[ConflictFinding, ...]
    proven: tuple[str, ...]
    stated: tuple[str, ...]
    unproven: tuple[str, ...]
    problems: tuple[str, ...]


class EvidenceCheck:
    """Reads one file; memory grows with devices and conflicts, not with entries."""

    def __init__(self, root_public_key: bytes | None) -> None:
        """Begin; `root_public_key` is the reader's own copy, if there is one."""
        self._pinned = root_public_key
        self._digest = hashlib.sha256()
        self._count = 0
        self._head: EvidenceHead | None = None
        self._is_foreign = False
        self._seal: SealLine | None = None
        self._devices: dict[str, DeviceLine] = {}
        self._keys: dict[str, bytes] = {}
        self._conflicts: list[ConflictLine] = []
        self._wanted: set[str] = set()
        self._proofs: dict[str, ChainProof] = {}
        self._problems: list[str] = []
        self._chains = Chains(self._complain)

    @property
    def is_foreign(self) -> bool:
        """Whether this is something else than an evidence file, by its first line."""
        return self._is_foreign or self._head is None

    def take(self, written: bytes) -> None:
        """Read one line, its end among the bytes."""
        if self._is_foreign:
            return
        if self._seal is not None:
            self._complain("something stands after the seal")
            return
        if self._count == 0 and written.endswith(b"\r\n"):
            self._complain(_OTHER_ENDS)
        line = self._decode(written)
        if self._head is None and not isinstance(line, EvidenceHead):
            self._is_foreign = True
            return
        if isinstance(line, SealLine):
            self._seal = line
            if encode_line(line) != written:
                self._complain("the seal is not spelled as it is written")
            return
        self._digest.update(written)
        self._count += 1
        match line:
            case EvidenceHead():
                self._take_head(line)
            case DeviceLine():
                self._take_device(line)
            case ConflictLine():
                self._take_conflict(line)
            case EntryLine():
                self._take_entry(line)
            case _:
                pass

    def finish(self) -> EvidenceReport:
        """Check the seal and what hangs on it, and say what is proven."""
        head = self._head or EvidenceHead(
            v=0,
            about="",
            organization_id=OrganizationId(""),
            organization="",
            event_id=EventId(""),
            conflict_id=ConflictId(""),
            root_public_key="",
            made_at="",
        )
        is_sealed = self._check_seal(head)
        whole = sum(
            self._chains.check_whole(device.device_id, boot)
            for device in self._devices.values()
            for boot in device.boots
        )
        findings = tuple(
            judge_conflict(
                line, self._proofs, self._chains.count_forks(line.device_id), self._complain
            )
            for line in self._conflicts
        )
        if head.about == EvidenceAbout.CONFLICT:
            self._check_subject(head)
        return made_of(
            EvidenceReport,
            head,
            root="not compared" if self._pinned is None else "pinned",
            is_sealed=is_sealed,
            devices=len(self._devices),
            entries=self._chains.entries,
            boots=self._chains.boots,
            links=self._chains.links,
            whole_boots=whole,
            conflicts=findings,
            proven=self._proven(findings, whole) if is_sealed else (),
            stated=self._stated(findings) if is_sealed else (),
            unproven=UNPROVEN,
            problems=tuple(self._problems),
        )

    def _decode(self, written: bytes) -> Line | None:
        number = self._count + 1
        if len(written) > LINE_SIZE_MAX or not written.endswith(b"\n"):
            self._complain(f"line {number} is too long or has no end: the file was cut off")
            return None
        try:
            line = _LINES.decode(written)
            twice = find_names_twice(written)
        except UNDECODABLE as fault:
            self._complain(f"line {number} is not of its form: {fault}")
            return None
        if twice:
            self._complain(f"line {number} is not of its form: {twice[0]} stands there twice")
        return line

    def _take_head(self, line: EvidenceHead) -> None:
        if self._head is not None:
            self._complain("the file has a second head")
            return
        self._head = line
        if line.v != EVIDENCE_VERSION:
            self._complain(f"evidence of version {line.v} is not known here")
        if line.about not in {one.value for one in EvidenceAbout}:
            self._complain(f"evidence about {line.about!r} is not known here")

    def _take_device(self, line: DeviceLine) -> None:
        try:
            key = _octets_of_hex(line.public_key)
            for boot in line.boots:
                _octets_of_hex(boot.boot)
        except ValueError:
            key = b""
        if len(key) != PUBLIC_KEY_SIZE or line.device_id in self._devices:
            self._complain(f"device {line.device_id} is named twice or has no key")
            return
        self._devices[line.device_id] = line
        self._keys[line.device_id] = key

    def _take_conflict(self, line: ConflictLine) -> None:
        self._conflicts.append(line)
        self._wanted |= {side.entry_sha256 for side in line.sides}
        self._wanted |= {said.entry_sha256 for said in line.dispositions}

    def _take_entry(self, line: EntryLine) -> None:
        key = self._keys.get(line.device_id)
        if key is None:
            self._complain(f"an entry is of device {line.device_id}, which no line names")
            return
        try:
            signed = SignedEntry(_octets(line.entry), _octets(line.signature))
        except ValueError:
            self._complain(f"an entry of {line.device_id} is not in base64")
            return
        is_forked = line.status == "forked"
        proof = self._chains.take(signed, line.device_id, key, is_forked=is_forked)
        if proof is not None and proof.hash.hex() in self._wanted:
            self._proofs[proof.hash.hex()] = proof

    def _check_subject(self, head: EvidenceHead) -> None:
        """Hold a conflict's file against what its head says that it is about."""
        if [line.conflict_id for line in self._conflicts] != [head.conflict_id]:
            self._complain("the conflict itself is not in the file")

    def _check_seal(self, head: EvidenceHead) -> bool:
        if self._head is None:
            self._problems = [NO_EVIDENCE_FILE]
            return False
        if self._seal is None:
            self._complain("the file has no seal: it was cut off or never finished")
            return False
        try:
            root = _octets_of_hex(head.root_public_key)
            if self._pinned is not None and root != self._pinned:
                self._complain("the root key of this file is not the one that you trust")
                return False
            encoded = _octets(self._seal.document)
            document = decode_document(encoded)
            seal = open_document(
                document,
                DocumentKind.EVIDENCE,
                EvidenceSeal,
                root_public_key=root,
                organization_id=head.organization_id,
            )
        except (ValueError, BadInput) as fault:
            self._complain(f"the seal does not hold: {fault}")
            return False
        said = (seal.v, seal.organization_id, seal.event_id, seal.conflict_id, seal.lines)
        if encode_document(document) != encoded or said != (
            head.v,
            head.organization_id,
            head.event_id,
            head.conflict_id,
            self._count,
        ):
            self._complain("the seal is of another file")
            return False
        if seal.sha256 != self._digest.digest():
            self._complain("the file was changed after it was sealed")
            return False
        return True

    def _proven(self, findings: tuple[ConflictFinding, ...], whole: int) -> tuple[str, ...]:
        chains = self._chains
        signed = (
            f"{chains.entries} entries are signed by the keys of {len(self._devices)} devices,"
            f" and {chains.links} of them follow the entry before: none was put in, changed or"
            " taken out between them"
        )
        said = [signed]
        if whole:
            said.append(f"{whole} boots are here without a gap, up to the last entry held")
        return tuple(
            said + [f"{one.conflict_id}: {one.says}" for one in findings if one.is_proven]
        )

    def _stated(self, findings: tuple[ConflictFinding, ...]) -> tuple[str, ...]:
        said = [
            "which device each key belongs to, and what devices, gates and zones are called",
            "when an entry was received",
        ]
        return tuple(
            said + [f"{one.conflict_id}: {one.says}" for one in findings if not one.is_proven]
        )

    def _complain(self, problem: str) -> None:
        if len(self._problems) < PROBLEMS_MAX:
            self._problems.append(problem)


def _octets(text: str) -> bytes:
    """Read base64 in its one spelling.

    Raises:
        ValueError: if it is not: the last digits may hold bits that no byte takes.
    """
    octets = b64decode(text, validate=True)
    if b64encode(octets).decode() != text:
        raise ValueError("this is not the one spelling of its bytes")
    return octets


def _octets_of_hex(digits: str) -> bytes:
    """Read hex in its one spelling: small digits, without blanks.

    Raises:
        ValueError: if it is not.
    """
    octets = bytes.fromhex(digits)
    if octets.hex() != digits:
        raise ValueError("this is not the one spelling of its bytes")
    return octets
