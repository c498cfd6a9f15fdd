"""Reading uploaded entries, however hostile."""

from __future__ import annotations

import msgspec
import msgspec.inspect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from shared.journal.bounds import NUMBER_MAX
from shared.journal.chain import SignedEntry, is_signed_by
from shared.journal.entry import (
    BODY_TYPES,
    BootBody,
    Entry,
    EvacuationBody,
    NoteBody,
    ReleaseBody,
    ReturnBody,
    SurrenderBody,
)
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Instant
from tests.factories.house import DEVICE_KEY, DOORS
from tests.factories.ledger_office import Journal


def read(signed: SignedEntry) -> CheckedEntry:
    """Check an entry's signature, then read it, as an upload does."""
    return check_entry(
        signed, DeviceId("dv_1"), is_signed=is_signed_by(signed, DEVICE_KEY.public_key)
    )


@given(st.binary(max_size=300), st.binary(max_size=80))
def test_garbage_is_refused_and_never_raises(entry: bytes, signature: bytes) -> None:
    """Whatever bytes come, the answer is a sentence."""
    checked = read(SignedEntry(entry, signature))
    assert checked.problem


def test_honest_entry_is_read_whole() -> None:
    """Signature, device and form hold: no problem, and the body is there."""
    journal = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000")
    signed = journal.add(BootBody("test", b"", 0), EventId(""), DOORS)
    checked = read(signed)
    assert checked.problem == ""
    assert isinstance(checked.body, BootBody)
    assert checked.hash == signed.hash


def test_every_changed_byte_is_noticed() -> None:
    """No byte of an entry or its signature can be changed unseen."""
    journal = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000")
    signed = journal.add(NoteBody("topic", "text"), EventId(""), DOORS)
    for place in range(len(signed.entry)):
        changed = bytearray(signed.entry)
        changed[place] ^= 1
        forged = SignedEntry(bytes(changed), signed.signature)
        assert read(forged).problem
    for place in range(64):
        broken = bytearray(signed.signature)
        broken[place] ^= 1
        forged = SignedEntry(signed.entry, bytes(broken))
        assert read(forged).problem


def test_numbers_and_texts_that_no_database_holds_have_no_effect() -> None:
    """A body beyond bounds is kept as evidence and posted nowhere."""
    journal = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000")
    for body in (
        ReleaseBody(ClaimId("claim\0id"), TicketId(1), ""),
        ReleaseBody(ClaimId("x" * 1_001), TicketId(1), ""),
        ReleaseBody(ClaimId("門" * 334), TicketId(1), ""),
        ReleaseBody(ClaimId("claim"), TicketId(-1), ""),
        NoteBody("topic", "門" * 334),
        ReturnBody(ZoneId("zn_1"), -1),
        SurrenderBody("mv_1", 1 << 61),
        EvacuationBody(
            evacuation_id=EvacuationId("e" * 32),
            zone_id=ZoneId("zn_1"),
            phase="stop",
            gate_id=GateId("gt_1"),
            begun_at=Instant(-1),
        ),
    ):
        signed = journal.add(body, EventId("ev_1"), DOORS)
        checked = read(signed)
        assert (checked.problem, checked.body) == ("", None)
        assert checked.flaw
    later = read(
        journal.add(NoteBody("t", "x"), EventId("ev_1"), DOORS, kind="of_a_later_version")
    )
    assert (later.problem, later.body, later.flaw) == ("", None, "")
    for changed in ({"seq": 1 << 62}, {"v": 1 << 62}, {"kind": "門" * 334}):
        signed = journal.add(NoteBody("topic", "text"), EventId(""), DOORS, **changed)
        assert read(signed).problem


def test_ticket_ids_may_take_all_their_bits() -> None:
    """The largest id is as good as any."""
    journal = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000")
    body = ReleaseBody(ClaimId("claim"), TicketId((1 << 64) - 1), "")
    assert read(journal.add(body, EventId("ev_1"), DOORS)).body == body


@pytest.mark.parametrize("kind", [Entry, *BODY_TYPES.values()], ids=lambda kind: kind.__name__)
def test_every_number_is_bounded_by_its_type(kind: type[msgspec.Struct]) -> None:
    """So that reading it is enough; ticket ids, and what a body holds several of, judged apart."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        given = field.type
        for one in given.types if isinstance(given, msgspec.inspect.UnionType) else (given,):
            if isinstance(one, msgspec.inspect.IntType) and field.name != "ticket_id":
                least = one.ge if one.gt is None else one.gt
                most = one.le if one.lt is None else one.lt
                assert least is not None, field.name
                assert most is not None, field.name
                assert -NUMBER_MAX <= least <= most <= NUMBER_MAX, field.name
