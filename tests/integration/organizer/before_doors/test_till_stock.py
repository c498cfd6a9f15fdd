"""A till's stock as two organizers size it at the desk, at the real application."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.before_doors.till_stock_client import (
    LOW,
    RETURNS,
    SIZE,
    StockOfTill,
    field_of,
    find_flaw,
    read_stock,
    save_stock,
)
from gatekeeper.organizer.merging_edits import Clash, Whose, merge
from gatekeeper.organizer.server_api import EventSite, Refused
from tests.factories.ledger_office import LedgerOffice
from tests.factories.stocked_tills import left, limit, sold
from tests.factories.wired_gates import open_gate


@pytest.mark.either_database
async def test_a_till_is_sized_at_the_desk_and_a_second_organizers_edit_is_merged(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, tmp_path: Path
) -> None:
    """It sells meanwhile, which is nobody's edit; what one emptied follows the rule again."""
    await limit(ledger_office, 100)
    site = EventSite(ledger_office.owner.organization_id, ledger_office.event_id)
    till = await open_gate(ledger_office, tmp_path, 0, role="till")
    size, low = (field_of(what, ledger_office.ticket_type_id) for what in (SIZE, LOW))
    first = await read_stock(seat, site, till.id)
    assert first.fields == {RETURNS: True, size: None, low: None}, "given none yet"
    assert list(first.names.values()) == ["Standard"]

    now = await save_stock(seat, site, first, first.fields | {size: 30, low: 10})
    assert isinstance(now, StockOfTill)
    assert (now.fields, now.lines[0].unsold) == ({RETURNS: True, size: 30, low: 10}, 30)
    clash = await save_stock(seat, site, first, first.fields | {size: 20, RETURNS: False})
    assert isinstance(clash, Clash)
    assert [one.path for one in clash.fields if one.is_both] == [size]
    mine = first.fields | {size: 20, RETURNS: False}
    joined = merge(first.fields, clash.theirs, mine, {size: Whose.THEIRS})
    assert joined == {RETURNS: False, size: 30, low: 10}
    merged = await save_stock(seat, site, first, joined, clash.etag)
    assert isinstance(merged, StockOfTill)
    assert merged.fields == joined

    await till.sync()
    assert (await sold(till, 2), left(till)) == (2, 28)
    await till.sync()
    lower = await save_stock(seat, site, merged, merged.fields | {size: 5, low: None})
    assert isinstance(lower, StockOfTill)
    await till.sync()
    await till.sync()
    told = (await read_stock(seat, site, till.id)).lines[0]
    assert (told.unsold, told.sold, left(till)) == (5, 2, 5)
    emptied = await save_stock(seat, site, lower, lower.fields | {size: None, low: 3})
    assert isinstance(emptied, StockOfTill)
    assert emptied.fields == {RETURNS: False, size: None, low: None}
    await till.session.close()


@pytest.mark.either_database
async def test_what_is_no_till_is_refused_and_a_reader_looks_only(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """The server's word is law; whoever may read sees the counts."""
    site = EventSite(ledger_office.owner.organization_id, ledger_office.event_id)
    gate = await ledger_office.enrol(role="gate")
    stock = await read_stock(seat, site, gate.id)
    with pytest.raises(Refused) as refused:
        await save_stock(seat, site, stock, stock.fields | {RETURNS: False})
    assert [one.field for one in refused.value.fields] == ["device_id"]
    reader = await ledger_office.office.person(
        "reader", organization_id=ledger_office.owner.organization_id
    )
    seat._http.headers.update(reader.headers)
    till = await ledger_office.enrol(role="till")
    stock = await read_stock(seat, site, till.id)
    with pytest.raises(Refused) as refused:
        await save_stock(seat, site, stock, stock.fields | {RETURNS: False})
    assert refused.value.status == 403


def test_a_low_mark_above_its_size_is_found_before_it_is_sent() -> None:
    """Of a type that has a size; half of it is never above."""
    fields = {"size:a": 5, "low:a": 5, "size:b": 5, "low:b": 6, "size:c": None, "low:c": 9}
    assert find_flaw(fields, ("a", "c")) == ""
    assert find_flaw(fields, ("a", "b")) == "b"
