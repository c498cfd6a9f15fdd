"""Evidence files: what they prove, and that no change of one goes unnoticed."""

from __future__ import annotations

import hashlib
import re
import string
from base64 import b64decode, b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.chain import SignedEntry, decode_entry, seal_entry
from shared.journal.entry import DispositionBody
from shared.journal.evidence_check import EvidenceCheck, EvidenceReport
from shared.journal.evidence_file_lines import (
    EVIDENCE_VERSION,
    BootLine,
    ConflictLine,
    DeviceLine,
    DispositionLine,
    EntryLine,
    EvidenceSeal,
    Line,
    SealLine,
    encode_line,
)
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, ConflictId, DeviceId, GateId, OrganizationId, TicketId
from shared.kernel.instant import SECOND, Instant, format_instant
from shared.manifest.signed_document import DocumentKind, encode_document
from tests.factories.evidence import (
    CONFLICT,
    GATES,
    HEAD,
    TICKET,
    conflict_line,
    device_line,
    double_use,
    entry_line,
    event_line,
    make_journal,
    scan_of,
    sealed,
    side_line,
)
from tests.factories.house import DOORS, EVENT, ROOT, make_key, make_signer
from tests.factories.strength import sized

SOUND = b"".join(sealed(double_use()))
_BASE64 = (string.ascii_letters + string.digits + "+/").encode()


def checked(written: bytes, root: bytes | None = ROOT.public_key) -> EvidenceReport:
    """Verify a file as whoever was sent it does."""
    check = EvidenceCheck(root)
    for line in written.splitlines(keepends=True):
        check.take(line)
    return check.finish()


def checked_lines(lines: list[Line]) -> EvidenceReport:
    """Verify lines under an honest seal: the organization itself says them."""
    return checked(b"".join(sealed(lines)))


def test_sound_file_proves_the_double_use() -> None:
    """Two devices' signatures prove both admissions and their order."""
    report = checked(SOUND)
    assert report.problems == ()
    assert report.is_sealed
    assert (report.root, report.devices, report.entries, report.links) == ("pinned", 2, 6, 4)
    (found,) = report.conflicts
    assert (found.conflict_id, found.is_proven, found.order) == (CONFLICT, True, "proven")
    assert [side.is_signed for side in found.sides] == [True, True]
    assert any(CONFLICT in sentence for sentence in report.proven)


def test_file_without_a_root_of_ones_own_says_so() -> None:
    """Whoever brings no key is told that the file's own proves nothing by itself."""
    report = checked(SOUND, None)
    assert (report.root, report.problems) == ("not compared", ())


def test_file_of_another_root_is_not_believed() -> None:
    """A file that somebody else sealed fails against the key that one trusts."""
    report = checked(SOUND, make_key(9).public_key)
    assert not report.is_sealed
    assert "not the one that you trust" in report.problems[0]
    assert report.proven == ()
    rogue = b"".join(sealed(double_use(), make_signer(root=make_key(9))))
    assert checked(rogue).problems


def test_every_single_byte_matters() -> None:
    """At each place of the file, of a sample every seventh, another byte is noticed."""
    unnoticed = []
    for place in range(0, len(SOUND), sized(7, 1)):
        altered = bytearray(SOUND)
        altered[place] ^= 1 << (place % 8)
        if not checked(bytes(altered)).problems:
            unnoticed.append(place)
    assert unnoticed == []


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_bytes_put_in_or_taken_out_are_noticed(place: int, byte: int) -> None:
    """A byte more or less, anywhere, is noticed."""
    assert checked(SOUND[:place] + SOUND[place + 1 :]).problems
    assert checked(SOUND[:place] + bytes([byte]) + SOUND[place:]).problems


@pytest.mark.parametrize("name", ["House", "House 1", "House 12"])
def test_seal_has_one_spelling_however_long_it_is(name: str) -> None:
    """Base64 leaves bits over before its padding; a file that differs in them is another file."""
    organization = OrganizationId(name)
    head = msgspec.structs.replace(HEAD, organization_id=organization)
    signer = make_signer(organization_id=organization)
    lines = [head if line is HEAD else line for line in double_use()]
    written = b"".join(sealed(lines, signer, head))
    assert checked(written).problems == ()
    last = written.rstrip(b'="}\n')[-1]
    for other in _BASE64:
        altered = written[: written.rindex(bytes([last]))] + bytes([other])
        altered += written[len(altered) :]
        assert bool(checked(altered).problems) is (other != last), chr(other)


def test_line_left_out_moved_or_doubled_is_noticed() -> None:
    """The seal covers the order and the number of lines."""
    lines = SOUND.splitlines(keepends=True)
    for number in range(len(lines)):
        assert checked(b"".join(lines[:number] + lines[number + 1 :])).problems
        assert checked(b"".join(lines[: number + 1] + lines[number:])).problems
        assert checked(b"".join(lines[number:])).problems or number == 0
    assert checked(b"".join([lines[1], lines[0], *lines[2:]])).problems


def test_organization_cannot_invent_an_admission() -> None:
    """An entry that a device did not sign is refused though the organization seals it."""
    lines = double_use()
    place, victim = next((n, line) for n, line in enumerate(lines) if isinstance(line, EntryLine))
    forged = SignedEntry(b64_decoded(victim.entry), bytes(64))
    lines[place] = entry_line(victim.device_id, forged)
    report = checked_lines(lines)
    assert report.is_sealed
    assert "the signature is not the device's" in report.problems[0]


def test_organization_cannot_leave_an_entry_out_of_a_whole_boot() -> None:
    """A boot that is said to be wholly there is there without a gap, to its head."""
    journal = make_journal(1)
    entries = [entry_line(journal.device_id, signed) for signed in journal.entries]
    head = msgspec.structs.replace(HEAD, about="event", conflict_id="")
    whole: list[Line] = [head, device_line(journal, is_whole=True), *entries]
    report = checked(b"".join(sealed(whole, head=head)))
    assert (report.problems, report.whole_boots) == ((), 1)
    for number in range(len(entries)):
        fewer = [line for line in whole if line is not entries[number]]
        report = checked(b"".join(sealed(fewer, head=head)))
        assert report.is_sealed
        assert any("not wholly" in problem for problem in report.problems), number


def test_broken_link_is_named() -> None:
    """An entry that a device's key signed, put where another stood, breaks the chain."""
    lines = double_use()
    journal = make_journal(1)
    entry = msgspec.structs.replace(decode_entry(journal.entries[1].entry), wall=DOORS + 7)
    other = seal_entry(entry, journal.key)
    place = next(n for n, line in enumerate(lines) if isinstance(line, EntryLine)) + 1
    lines[place] = entry_line(journal.device_id, other)
    problems = checked_lines(lines).problems
    assert any("does not follow the entry before" in problem for problem in problems)


def test_side_without_an_entry_is_the_organizations_word() -> None:
    """A claim that no journal holds proves nothing by itself, and the report says so."""
    lines = double_use()
    place, line = next((n, one) for n, one in enumerate(lines) if isinstance(one, ConflictLine))
    bare = msgspec.structs.replace(line.sides[1], entry_sha256="")
    lines[place] = msgspec.structs.replace(line, sides=(line.sides[0], bare), is_ordered=False)
    report = checked_lines(lines)
    assert report.problems == ()
    (found,) = report.conflicts
    assert (found.is_proven, found.order) == (False, "undetermined")
    assert "organization's word" in found.says
    assert any(CONFLICT in sentence for sentence in report.stated)


@pytest.mark.parametrize(
    "changed", ["gate_id", "device_id", "count", "mode", "ticket", "happened_until", "person"]
)
def test_side_that_is_not_what_its_device_signed_is_named(changed: str) -> None:
    """The organization's own words are held against the signed ones."""
    lines = double_use()
    place, line = next((n, one) for n, one in enumerate(lines) if isinstance(one, ConflictLine))
    if changed == "ticket":
        lines[place] = msgspec.structs.replace(line, ticket_id="0" * 16)
    else:
        value: object = 2 if changed == "count" else "other"
        side = msgspec.structs.replace(line.sides[0], **{changed: value})
        lines[place] = msgspec.structs.replace(line, sides=(side, *line.sides[1:]))
    report = checked_lines(lines)
    assert report.is_sealed
    assert report.problems


def test_order_that_the_clocks_do_not_prove_is_named() -> None:
    """Who states an order where the errors overlap is contradicted."""
    north, south = make_journal(1), make_journal(2)
    near = south.add(scan_of(2, TICKET), EVENT, Instant(DOORS + SECOND + 1))
    sides = (side_line(north, GateId(GATES[0])), side_line(south, GateId(GATES[1]), 3))
    lines: list[Line] = [HEAD, device_line(north), device_line(south), conflict_line(*sides)]
    lines += [
        entry_line(journal.device_id, signed)
        for journal in (north, south)
        for signed in journal.entries
    ]
    report = checked_lines(lines)
    assert near.hash.hex() == sides[1].entry_sha256
    assert any("an order is stated" in problem for problem in report.problems)
    assert report.conflicts[0].order == "undetermined"


def test_passage_by_paper_was_not_after_its_entry() -> None:
    """Who keys it in may say later than that; it is bounded as the ledger bounds it."""
    north, south = make_journal(1), make_journal(2)
    until = Instant(DOORS + 100 * SECOND)
    paper = scan_of(1, TICKET, why="paper", happened_from=DOORS, happened_until=until)
    north.add(paper, EVENT, Instant(DOORS + 5 * SECOND))
    south.add(scan_of(2, TICKET), EVENT, Instant(DOORS + 50 * SECOND))
    sides = (side_line(north, GateId(GATES[0]), 3), side_line(south, GateId(GATES[1]), 3))
    lines: list[Line] = [HEAD, device_line(north), device_line(south), conflict_line(*sides)]
    lines += [
        entry_line(journal.device_id, signed)
        for journal in (north, south)
        for signed in journal.entries
    ]
    report = checked_lines(lines)
    assert report.problems == ()
    assert report.conflicts[0].order == "proven"


def test_fork_is_proven_by_its_own_signatures() -> None:
    """Two entries under one number, both signed: nobody's word is needed."""
    journal = make_journal(1)
    entry = msgspec.structs.replace(decode_entry(journal.entries[2].entry), wall=DOORS + 99)
    other = seal_entry(entry, journal.key)
    side = msgspec.structs.replace(side_line(journal, GateId("")), entry_sha256=other.hash.hex())
    side = msgspec.structs.replace(side, gate_id=GATES[0], count=1, mode="offline", reason="ok")
    conflict = conflict_line(
        side, kind="forked_journal", ticket_id=None, device_id="dv_1", is_ordered=False
    )
    lines: list[Line] = [HEAD, device_line(journal), conflict]
    lines.append(entry_line(DeviceId("dv_1"), other, "forked"))
    lines += [entry_line(DeviceId("dv_1"), signed) for signed in journal.entries]
    report = checked_lines(lines)
    assert report.problems == ()
    assert report.conflicts[0].is_proven
    without = [
        line for line in lines if not (isinstance(line, EntryLine) and line.status != "forked")
    ]
    assert not checked_lines(without).conflicts[0].is_proven


def test_fork_of_one_device_proves_nothing_of_another() -> None:
    """Whose journal it is that bears two entries under one number is for the entries to say."""
    forked, honest = make_journal(1), make_journal(2)
    entry = msgspec.structs.replace(decode_entry(forked.entries[2].entry), wall=DOORS + 99)
    side = side_line(honest, GateId(GATES[1]))
    conflict = conflict_line(
        side, kind="forked_journal", ticket_id=None, device_id="dv_2", is_ordered=False
    )
    lines: list[Line] = [HEAD, device_line(forked), device_line(honest), conflict]
    lines.append(entry_line(DeviceId("dv_1"), seal_entry(entry, forked.key), "forked"))
    lines += [
        entry_line(journal.device_id, signed)
        for journal in (forked, honest)
        for signed in journal.entries
    ]
    (found,) = checked_lines(lines).conflicts
    assert not found.is_proven


def test_boot_that_denies_the_one_before_is_named() -> None:
    """The first entry of a boot is held against the boot that it continues."""
    journal = make_journal(1)
    journal.reboot(DOORS, boot=b"next" * 2)
    sound: list[Line] = [HEAD, device_line(journal), conflict_line(kind="clock", is_ordered=False)]
    sound += [entry_line(DeviceId("dv_1"), signed) for signed in journal.entries]
    report = checked_lines(sound)
    assert (report.problems, report.boots, report.links) == ((), 2, 3)
    first = decode_entry(journal.entries[-1].entry)
    lying = seal_entry(msgspec.structs.replace(first, previous=bytes(32)), journal.key)
    problems = checked_lines([*sound[:-1], entry_line(DeviceId("dv_1"), lying)]).problems
    assert any("does not continue the boot" in problem for problem in problems)


def test_gates_disposition_is_held_against_its_entry() -> None:
    """What a supervisor at a gate decided is signed by the gate, or it is named as not so."""
    journal = make_journal(1)
    said = journal.add(DispositionBody(CONFLICT, "let_stay", "us_1"), EVENT, DOORS + SECOND)
    words = (
        ("let_stay", "us_1@dv_1", True),
        ("fraud", "us_1@dv_1", False),
        ("let_stay", "us_2@dv_1", False),
        ("let_stay", "us_1@dv_2", False),
    )
    for disposition, person, is_sound in words:
        word = DispositionLine(disposition, person, format_instant(DOORS), said.hash.hex())
        conflict = msgspec.structs.replace(
            conflict_line(kind="clock", is_ordered=False), dispositions=(word,)
        )
        lines: list[Line] = [HEAD, device_line(journal), conflict]
        lines += [entry_line(DeviceId("dv_1"), signed) for signed in journal.entries]
        assert (checked_lines(lines).problems == ()) is is_sound


def test_device_whose_key_is_named_twice_or_not_at_all_is_refused() -> None:
    """One device, one key; an entry of an unnamed device proves nothing."""
    lines = double_use()
    device = next(line for line in lines if isinstance(line, DeviceLine))
    assert checked_lines([*lines[:3], device, *lines[3:]]).problems
    assert checked_lines([line for line in lines if line is not device]).problems
    bare = msgspec.structs.replace(device, public_key="xyz")
    assert checked_lines([bare if line is device else line for line in lines]).problems


def test_file_of_another_conflict_than_its_head_says_is_named() -> None:
    """Who was sent a file about one conflict is not shown another."""
    other = ConflictId("cf_2")
    lines = [
        msgspec.structs.replace(one, conflict_id=other) if isinstance(one, ConflictLine) else one
        for one in double_use()
    ]
    assert checked_lines(lines).problems == ("the conflict itself is not in the file",)


def test_line_without_a_member_is_not_of_its_form() -> None:
    """The specification names what each line has; only sides of before lack whose word it was."""
    word = DispositionLine("let_stay", "us_1", format_instant(DOORS), "")
    device = msgspec.structs.replace(
        device_line(make_journal(1)), boots=(BootLine("00" * 8, 3, "00" * 32),)
    )
    conflict = conflict_line(side_line(make_journal(1), GateId(GATES[0])), dispositions=(word,))
    lines = [event_line(), device, conflict, *double_use()[-1:]]
    optional = {"person", "happened_from", "happened_until"}
    for line in lines:
        written = msgspec.json.encode(line)
        for name in set(re.findall(rb'"(\w+)":', written)) - {one.encode() for one in optional}:
            cut = re.sub(rb'"%s":' % name, b'"gone":', written, count=1)
            problems = checked(_sealed_as_written([msgspec.json.encode(HEAD), cut])).problems
            assert any("line 2 is not of its form" in one for one in problems), name


def test_head_about_something_else_is_named() -> None:
    """A file about nothing that is known would need no conflict in it."""
    about = msgspec.structs.replace(HEAD, about="evening")
    lines = [about if line is HEAD else line for line in double_use()]
    assert any("evening" in problem for problem in checked_lines(lines).problems)


def test_seal_of_another_organization_is_named() -> None:
    """What the seal says of itself holds, all of it."""
    written = sealed(double_use())
    strange = msgspec.structs.replace(HEAD, organization_id=OrganizationId("og_other"))
    seal = sealed(double_use(), head=strange)[-1]
    assert checked(b"".join([*written[:-1], seal])).problems == ("the seal is of another file",)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b'"kind":"double_use"', b'"kind":"clock","kind":"double_use"'),
        (b'"count":1', b'"count":1,"count":1'),
        (b'"later":1,', b'"later":1,"later":2,'),
    ],
)
def test_member_that_stands_twice_is_named(found: bytes, instead: bytes) -> None:
    """A person who reads the file may take the first, and a program the last."""
    lines = [msgspec.json.encode(line) for line in double_use()]
    lines = [line.replace(b'"conflict_id"', b'"later":1,"conflict_id"') for line in lines]
    assert checked(_sealed_as_written(lines)).problems == ()
    problems = checked(_sealed_as_written([one.replace(found, instead) for one in lines])).problems
    assert any("stands there twice" in problem for problem in problems)


@pytest.mark.parametrize("kind", ["clock", "forked_journal", "damaged_journal"])
def test_side_of_a_journal_may_record_a_withdrawal(kind: str) -> None:
    """Such a side is an entry as such, named by its place, whatever it records."""
    journal = make_journal(1)
    paid_out = WithdrawalBody(
        claim_id=ClaimId("dv_1.5f5f5f5f5f5f5f5f"),
        ticket_id=TICKET,
        generation=1,
        purpose="refund",
        mode="offline",
    )
    said = journal.add(paid_out, EVENT, DOORS + SECOND)
    side = msgspec.structs.replace(
        side_line(journal, GateId("")),
        side=f"{journal.boot.hex()}/4/{said.hash.hex()[:16]}",
        entry_sha256=said.hash.hex(),
        reason="refund",
    )
    about = conflict_line(side, kind=kind, ticket_id=None, device_id="dv_1", is_ordered=False)
    lines: list[Line] = [HEAD, device_line(journal), about]
    lines += [entry_line(journal.device_id, signed) for signed in journal.entries]
    assert checked_lines(lines).problems == ()


def test_entry_about_an_impossible_ticket_stops_no_reader() -> None:
    """A device that lies may sign any number; its entry is still evidence that it signed it."""
    journal = make_journal(1)
    said = journal.add(scan_of(1, TicketId(-1)), EVENT, DOORS)
    sides = (
        msgspec.structs.replace(
            side_line(journal, GateId(GATES[0])), entry_sha256=said.hash.hex(), gate_id="other"
        ),
    )
    about = conflict_line(
        *sides, kind="entry_out_of_bounds", ticket_id=None, device_id="dv_1", is_ordered=False
    )
    lines: list[Line] = [HEAD, device_line(journal), about]
    lines += [entry_line(journal.device_id, signed) for signed in journal.entries]
    report = checked_lines(lines)
    assert report.problems == ()
    assert report.conflicts[0].sides[0].is_signed


@pytest.mark.parametrize("field", ["root_public_key", "public_key"])
def test_key_has_one_spelling(field: str) -> None:
    """Hex digits are small, and stand close together."""
    for respelled in (str.upper, lambda key: key[:2] + " " + key[2:]):
        lines = [
            msgspec.structs.replace(line, **{field: respelled(getattr(line, field))})
            if hasattr(line, field)
            else line
            for line in double_use()
        ]
        assert checked_lines(lines).problems


def _sealed_as_written(lines: list[bytes]) -> bytes:
    """Seal lines that no honest writer spells so."""
    written = b"".join(line + b"\n" for line in lines)
    seal = EvidenceSeal(
        v=EVIDENCE_VERSION,
        organization_id=HEAD.organization_id,
        event_id=HEAD.event_id,
        conflict_id=HEAD.conflict_id,
        lines=len(lines),
        sha256=hashlib.sha256(written).digest(),
    )
    document = encode_document(make_signer().sign(DocumentKind.EVIDENCE, seal, DOORS))
    return written + encode_line(SealLine(b64encode(document).decode()))


@given(st.binary(max_size=300))
def test_garbage_is_no_evidence(garbage: bytes) -> None:
    """Whatever bytes come, the answer is a report with a problem."""
    assert checked(garbage).problems


def b64_decoded(text: str) -> bytes:
    """Return the bytes of a field, which encode back to it."""
    found = b64decode(text)
    assert b64encode(found).decode() == text
    return found


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"hello",
        b"1\n2\n3\n",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        SOUND[SOUND.index(b"\n") + 1 :],
    ],
)
def test_other_file_is_called_one_and_not_taken_apart(written: bytes) -> None:
    """One sentence says what was expected; what its lines lack besides would tell nobody more."""
    (problem,) = checked(written).problems
    assert "no evidence file" in problem


def test_file_that_a_mail_program_has_written_anew_is_called_so() -> None:
    """It fails as a changed one does, and nobody is suspected for what their programs did."""
    told = checked(SOUND.replace(b"\n", b"\r\n")).problems
    assert "CR LF" in told[0]
    assert "the file was changed after it was sealed" in told
    assert sum("CR LF" in one for one in told) == 1
