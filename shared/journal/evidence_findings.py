"""What the signed entries of a conflict prove, and what is the organization's word only. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from shared.journal.entry import DispositionBody, ScanBody
from shared.journal.evidence_chains import ChainProof
from shared.journal.evidence_file_lines import ConflictLine, DispositionLine, SideLine
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ConflictId, DeviceId, GateId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import (
    INSTANT_MAX,
    Duration,
    Instant,
    format_instant_or_none,
    parse_instant,
)
from shared.kernel.same_fields import made_of

UNPROVEN: Final = (
    "that a device stood at the gate that it names",
    "that a device's clock was right beyond the error that its entry states",
    "that the organization holds no entries of other devices, or of other boots, on the matter",
    "who held the ticket or worked at the gate: ids are opaque",
)
"""What no file of evidence proves, whatever it holds."""
_TWO: Final = 2
_ABOUT_CHAINS: Final = frozenset({"forked_journal", "damaged_journal", "clock"})
"""Kinds whose sides are entries as such, whatever they record."""


class SideFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One side: whether its device signed it, and what it said.

    Attributes:
        person: Opaque id of the supervisor on whose word it was, or "".
        happened_from, happened_until: Of one that was keyed in from a list on paper: between when.
    """

    side: str
    device_id: DeviceId
    gate_id: GateId
    is_signed: bool
    at: str
    at_error_us: int | None
    person: str
    happened_from: str | None
    happened_until: str | None


class ConflictFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What is proven of one conflict.

    Attributes:
        is_proven: By the devices' own signatures, without the organization's word.
        order: `proven` if the first side's entry is surely the earlier one, else `undetermined`.
        says: A sentence for people.
    """

    conflict_id: ConflictId
    kind: str
    is_proven: bool
    order: str
    says: str
    sides: tuple[SideFinding, ...]


def judge_conflict(
    line: ConflictLine,
    proofs: Mapping[str, ChainProof],
    fork_count: int,
    complain: Callable[[str], None],
) -> ConflictFinding:
    """Compare a conflict's sides with the entries that stand behind them.

    Args:
        line: As the organization states it.
        proofs: The entries whose signatures hold, by their SHA-256 in hex.
        fork_count: How many contradicting entries of the conflict's device the file holds.
        complain: Takes a sentence for each contradiction.
    """
    signed: list[tuple[SideLine, ChainProof]] = []
    sides = []
    for side in line.sides:
        proof = proofs.get(side.entry_sha256)
        if side.entry_sha256 and proof is None:
            complain(f"{line.conflict_id}: the entry of side {side.side} is not in the file")
        if proof is not None:
            _compare(line, side, proof, complain)
            signed.append((side, proof))
        sides.append(made_of(SideFinding, side, is_signed=proof is not None))
    for said in line.dispositions:
        if said.entry_sha256:
            _compare_disposition(line, said, proofs.get(said.entry_sha256), complain)
    is_proven, says = _prove(line, signed, fork_count)
    order = _order([proof for _, proof in signed], len(line.sides))
    is_own = not any(_has_ledgers_time(side, proof) for side, proof in signed[:_TWO])
    if line.is_ordered and is_own and len(signed) == len(line.sides) and order != "proven":
        complain(f"{line.conflict_id}: an order is stated that the entries do not prove")
    return ConflictFinding(
        conflict_id=line.conflict_id,
        kind=line.kind,
        is_proven=is_proven,
        order=order,
        says=says,
        sides=tuple(sides),
    )


def _compare(
    line: ConflictLine, side: SideLine, proof: ChainProof, complain: Callable[[str], None]
) -> None:
    """Hold what is stated of a side against what its device signed."""
    body = proof.body
    if proof.entry.device_id != side.device_id:
        complain(f"{line.conflict_id}: side {side.side} is another device's entry")
    if line.kind in _ABOUT_CHAINS:
        return
    if isinstance(body, WithdrawalBody):
        of_withdrawal = (side.side, side.mode, side.reason, line.ticket_id)
        ticket = None if line.ticket_id is None else format_ticket_id(body.ticket_id)
        if of_withdrawal != (body.claim_id, body.mode, body.purpose, ticket):
            complain(f"{line.conflict_id}: side {side.side} is not what its device signed")
        return
    if not isinstance(body, ScanBody):
        return
    ticket_id = None if body.ticket_id is None else format_ticket_id(body.ticket_id)
    stated = (side.gate_id, side.count, side.mode, side.reason)
    on_word = (
        (side.person, body.person),
        (side.happened_from, format_instant_or_none(body.happened_from)),
        (side.happened_until, format_instant_or_none(body.happened_until)),
    )
    if (
        stated != (body.gate_id, max(1, body.count), body.mode, body.reason)
        or (line.ticket_id is not None and line.ticket_id != ticket_id)
        or any(told and told != signed for told, signed in on_word)  # files of before tell none
    ):
        complain(f"{line.conflict_id}: side {side.side} is not what its device signed")


def _compare_disposition(
    line: ConflictLine,
    said: DispositionLine,
    proof: ChainProof | None,
    complain: Callable[[str], None],
) -> None:
    stated = (line.conflict_id, said.disposition, said.said_by)
    if proof is None or _disposition_of(proof) != stated:
        complain(f"{line.conflict_id}: no gate's entry says {said.disposition}")


def _disposition_of(proof: ChainProof) -> tuple[ConflictId, str, str] | None:
    """Return what a gate's entry says of which conflict, and who said it; None of other kinds."""
    body = proof.body
    if not isinstance(body, DispositionBody):
        return None
    return body.conflict_id, body.disposition, f"{body.person}@{proof.entry.device_id}"


def _prove(
    line: ConflictLine, signed: Sequence[tuple[SideLine, ChainProof]], fork_count: int
) -> tuple[bool, str]:
    """Say whether the entries alone prove the conflict, and in words."""
    missing = len(line.sides) - len(signed)
    word = f"; {missing} side(s) rest on the organization's word" if missing else ""
    if line.kind == "double_use":
        claims = {_claim_of(proof) for _, proof in signed if _is_admission(line, proof)}
        devices = sorted({proof.entry.device_id for _, proof in signed})
        if len(claims) >= _TWO:
            return True, (
                f"{len(claims)} admissions of ticket {line.ticket_id} into zone {line.zone_id}"
                f" are signed by {', '.join(devices)}{word}"
            )
        return False, f"fewer than two admissions are signed{word}"
    if line.kind == "forked_journal":
        if fork_count:
            return True, f"{line.device_id} signed different entries under one number"
        return False, f"{len(signed)} entries of {line.device_id} are signed; the rest is stated"
    if signed:
        return False, (
            f"{len(signed)} entry(ies) are signed; why they conflict is the organization's"
            f" word{word}"
        )
    return False, "the organization's word only"


def _claim_of(proof: ChainProof) -> tuple[str, str]:
    """Name the passage that an entry records: a claim repeated by its device is the same one."""
    claim_id = proof.body.claim_id if isinstance(proof.body, ScanBody) else ""
    return proof.entry.device_id, claim_id or proof.hash.hex()


def _is_admission(line: ConflictLine, proof: ChainProof) -> bool:
    body = proof.body
    return (
        isinstance(body, ScanBody)
        and (body.verdict, body.direction) == ("admit", "in")
        and body.zone_id == line.zone_id
        and body.ticket_id is not None
        and format_ticket_id(body.ticket_id) == line.ticket_id
    )


def _order(entries: Sequence[ChainProof], side_count: int) -> str:
    """Say whether the entries' own times prove the order of the first two sides."""
    if len(entries) < _TWO or len(entries) < side_count:
        return "undetermined"
    (first, first_error), (second, second_error) = [_time(entry) for entry in entries[:_TWO]]
    if first_error is None or second_error is None:
        return "undetermined"
    return "proven" if second - first > first_error + second_error else "undetermined"


def _has_ledgers_time(side: SideLine, proof: ChainProof) -> bool:
    """Tell whether a side's time is the server's own: of a grant, or of the entry's receipt.

    The order is then the organization's word, if the entries' own times do not prove it.
    """
    try:
        return side.at_error_us == 0 or parse_instant(side.at) < _time(proof)[0]
    except BadInput:
        return False


def _time(proof: ChainProof) -> tuple[Instant, Duration | None]:
    """Return when what an entry tells was, with the bound; of paper, what a person says."""
    entry, body = proof.entry, proof.body
    at, error = entry.wall, None
    if entry.offset is not None and entry.offset_error is not None:
        at, error = Instant(entry.wall + entry.offset), entry.offset_error
    if isinstance(body, ScanBody) and body.is_by_paper:
        return body.paper_time(INSTANT_MAX if error is None else Instant(at + error))
    return at, error
