"""Scopes: which ids, types and generations a key may sign, and whose home an id is."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.credential_fields import Claims
from shared.credential.keyring import (
    OFFICE_GENERATION,
    HomeRange,
    IdRange,
    Keyring,
    KeyStatus,
    TicketKey,
)
from shared.kernel.id_types import DeviceId, EventId, TicketId
from tests.unit.shared.credential.strategies import ticket_key

TICKET_IDS = st.integers(0, 2**64 - 1)


@st.composite
def id_ranges(draw: st.DrawFn) -> IdRange:
    """Any range of ticket ids, from all of them to a single one."""
    bits = draw(st.integers(0, 64))
    return IdRange(draw(st.integers(0, 2**bits - 1)), bits)


@given(id_ranges(), TICKET_IDS)
def test_a_range_holds_the_ids_that_begin_with_its_bits(ids: IdRange, ticket_id: TicketId) -> None:
    """As text: the id's first bits are the prefix."""
    expected = f"{ids.prefix:0{ids.bits}b}" if ids.bits else ""
    assert ids.contains(ticket_id) == f"{ticket_id:064b}".startswith(expected)


@given(id_ranges(), st.integers(0, 2**70))
def test_an_id_drawn_for_a_range_lies_in_it(ids: IdRange, number: int) -> None:
    """Whatever is drawn, excess bits included."""
    ticket_id = ids.id_at(number)
    assert 0 <= ticket_id < 2**64
    assert ids.contains(TicketId(ticket_id))
    assert ids.id_at(ticket_id) == ticket_id


@pytest.mark.parametrize(("prefix", "bits"), [(1, 0), (4, 2), (-1, 8), (0, -1), (0, 65)])
def test_what_is_no_range_is_refused(prefix: int, bits: int) -> None:
    """Made by hand or read from a manifest."""
    with pytest.raises(ValueError, match="not a range"):
        IdRange(prefix, bits)
    with pytest.raises(msgspec.ValidationError, match="not a range"):
        msgspec.json.decode(f"[{prefix},{bits}]", type=IdRange)


@given(
    id_ranges(),
    st.none() | st.lists(st.integers(0, 9), max_size=4),
    st.integers(0, 255),
    TICKET_IDS,
    st.integers(0, 9),
    st.integers(0, 255),
)
def test_a_key_covers_what_all_three_limits_allow(
    ids: IdRange,
    codes: list[int] | None,
    generation_max: int,
    ticket_id: TicketId,
    code: int,
    generation: int,
) -> None:
    """Id, type and generation; one outside is enough to be out of scope."""
    key = ticket_key(
        1,
        bytes(32),
        ids=ids,
        ticket_type_codes=None if codes is None else tuple(codes),
        generation_max=generation_max,
    )
    said = Claims(
        key_id=1,
        ticket_id=TicketId(ids.id_at(ticket_id)),
        ticket_type_code=code,
        generation=generation,
    )
    assert key.covers(said) == ((codes is None or code in codes) and generation <= generation_max)
    elsewhere = Claims(key_id=1, ticket_id=ticket_id, ticket_type_code=code, generation=generation)
    assert key.covers(elsewhere) == (ids.contains(ticket_id) and key.covers(said))


def test_a_key_without_limits_covers_everything() -> None:
    """The defaults are: every id, every type, every generation."""
    key = ticket_key(1, bytes(32))
    assert key.covers(Claims(key_id=1, ticket_id=TicketId(0), ticket_type_code=0))
    assert key.covers(
        Claims(key_id=1, ticket_id=TicketId(2**64 - 1), ticket_type_code=0xFFFF, generation=255)
    )
    assert key.status is KeyStatus.ACTIVE


def test_an_empty_list_of_types_covers_nothing() -> None:
    """None means all, an empty list means none."""
    assert not ticket_key(1, bytes(32), ticket_type_codes=()).covers(
        Claims(key_id=1, ticket_id=TicketId(0), ticket_type_code=0)
    )


def test_the_first_home_that_holds_an_id_counts() -> None:
    """Ranges are asked in order; an id outside all of them has no home here."""
    key = ticket_key(
        1,
        bytes(32),
        homes=(
            HomeRange(IdRange(1, 2), DeviceId("dv_a")),
            HomeRange(IdRange(0, 1), DeviceId("dv_b")),
        ),
    )
    assert key.home_of(TicketId(1 << 62)) == "dv_a"
    assert key.home_of(TicketId(0)) == "dv_b"
    assert key.home_of(TicketId(1 << 63)) is None


def test_a_keyring_keeps_every_key_of_an_id_in_order() -> None:
    """An id names candidates, never one key."""
    one, two, three = (ticket_key(k, bytes((n,)) * 32) for n, k in enumerate((7, 8, 7)))
    keyring = Keyring([one, two, three])
    assert keyring.named(7) == (one, three)
    assert keyring.named(8) == (two,)
    assert keyring.named(9) == ()
    assert Keyring().named(7) == ()


@given(id_ranges(), st.none() | st.lists(st.integers(0, 0xFFFF)), st.booleans())
def test_a_key_survives_the_wire(
    ids: IdRange, codes: list[int] | None, is_rehearsal: bool
) -> None:
    """As the manifest carries it."""
    key = ticket_key(
        5,
        bytes(32),
        ids=ids,
        ticket_type_codes=None if codes is None else tuple(codes),
        homes=(HomeRange(ids, DeviceId("dv_1")),),
        is_rehearsal=is_rehearsal,
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(key), type=TicketKey) == key


def test_a_tickets_first_credential_is_the_offices_or_a_tills() -> None:
    """A till counts from 0 within its key's ids, also once that is revoked; the office from 1."""
    office = ticket_key(7, bytes(32))
    till = ticket_key(
        8,
        bytes((1,)) * 32,
        ids=IdRange(1, 8),
        issuer_device_id=DeviceId("dv_till"),
        status=KeyStatus.COMPROMISED,
    )
    keyring, event_id = Keyring([office, till]), office.event_id
    assert keyring.first_generation(TicketId(1 << 56), event_id) == 0
    assert keyring.first_generation(TicketId(2 << 56), event_id) == OFFICE_GENERATION
    assert keyring.first_generation(TicketId(1 << 56), EventId("ev_x")) == OFFICE_GENERATION
