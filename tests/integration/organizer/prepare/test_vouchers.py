"""Vouchers as the desk makes, finds and withdraws them, at the real application."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gatekeeper.organizer.prepare.vouchers_client import (
    VoucherClient,
    VoucherStanding,
    Which,
    find_flaw,
    read_code,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from server.http.page_cursors import PAGE_SIZE_MAX
from shared.field_limits import VOUCHERS_AT_ONCE_MAX
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.instant import datetime_from_instant
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database


def wanted(**more: Any) -> dict[str, Any]:
    """Give the fields of a form."""
    fields = {"value_minor": 4_000, "currency": "EUR", "count": 1, "note": "", "ends_at": None}
    return fields | more


async def test_vouchers_are_made_found_by_note_and_code_and_withdrawn(office: Office) -> None:
    """Staff look and cannot make; a reader is told none; the list never holds a code."""
    owner = await office.person()
    seat = sit(office, owner)._api
    event = await office.ok(
        "POST", f"{owner.path}/events", owner, json={"name": "Fair", "timezone": "UTC"}
    )
    site = EventSite(owner.organization_id, EventId(event["id"]))
    desk = VoucherClient(seat, site, office.entropy)
    assert VOUCHERS_AT_ONCE_MAX <= PAGE_SIZE_MAX
    assert (await desk.read()).vouchers == ()
    many = await desk.make(wanted(count=60, note="Volunteers"))
    assert len({one.code for one in many}) == 60
    (gift,) = await desk.make(wanted(note="Für Ömer", ends_at="2030-01-01T10:00:00Z"))
    first = await desk.read()
    assert (len(first.vouchers), first.is_all) == (50, False)
    every = await desk.read(most=100)
    assert (len(every.vouchers), every.is_all) == (61, True)
    assert [one.id for one in (await desk.read("omer")).vouchers] == [gift.voucher.id]
    spelled = gift.code.lower().replace("-", " ").replace("0", "o")
    assert [one.id for one in (await desk.read(spelled)).vouchers] == [gift.voucher.id]
    assert (await desk.read("0000-0000-0000-0000")).vouchers == ()
    await desk.withdraw([gift.voucher, many[0].voucher])
    await desk.withdraw([gift.voucher])
    gone = await desk.read(which=Which.WITHDRAWN)
    now = datetime_from_instant(office.clock.wall())
    assert {one.id for one in gone.vouchers} == {gift.voucher.id, many[0].voucher.id}
    assert {one.standing(now) for one in gone.vouchers} == {VoucherStanding.WITHDRAWN}
    assert len((await desk.read(which=Which.LEFT, most=100)).vouchers) == 59
    staff = await office.person("staff", organization_id=owner.organization_id)
    other = VoucherClient(sit(office, staff)._api, site, office.entropy)
    assert len((await other.read()).vouchers) == 50
    reader = await office.person("reader", organization_id=owner.organization_id)
    blind = VoucherClient(sit(office, reader)._api, site, office.entropy)
    for act in (other.make(wanted()), other.withdraw([many[1].voucher]), blind.read()):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.status == 403
    for one in (seat, other._api, blind._api):
        await one.close()


async def test_vouchers_of_which_no_answer_came_are_the_same_when_asked_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their codes were lost; once they are told, or withdrawn, the same wish means others."""
    owner = await office.person()
    seat = sit(office, owner)._api
    event = await office.ok(
        "POST", f"{owner.path}/events", owner, json={"name": "Fair", "timezone": "UTC"}
    )
    desk = VoucherClient(
        seat, EventSite(owner.organization_id, EventId(event["id"])), office.entropy
    )
    answering = seat._ask

    async def cut(*words: Any, **more: Any) -> Any:
        await answering(*words, **more)
        raise ServerFault("the line was cut")

    async def lose(**more: Any) -> None:
        with monkeypatch.context() as patch, pytest.raises(ServerFault):
            patch.setattr(seat, "_ask", cut)
            await desk.make(wanted(**more))

    async def ids() -> set[str]:
        return {one.id for one in (await desk.read()).vouchers}

    await lose(count=3)
    lost = await ids()
    told = await desk.make(wanted(count=3))
    assert {one.voucher.id for one in told} == lost == await ids()
    found = await desk.read(told[0].code)
    assert [one.id for one in found.vouchers] == [told[0].voucher.id]
    others = await desk.make(wanted(count=3))
    assert not lost & {one.voucher.id for one in others}
    await lose(note="Press")
    (changed,) = await desk.make(wanted(note="Friends"))
    assert len(await ids()) == 8
    await lose(note="Gifts")
    await desk.withdraw((await desk.read("Gifts")).vouchers)
    (gift,) = await desk.make(wanted(note="Gifts"))
    assert (gift.voucher.withdrawn_at, changed.voucher.note) == (None, "Friends")
    await seat.close()


def test_what_may_be_a_code_is_read_however_it_is_spelled() -> None:
    """And words of a note are not sent as one."""
    assert read_code("o123-4567 89ab-cdei") == "0123456789ABCDE1"
    assert read_code("Volunteers") is None
    assert read_code("0123-4567-89AB-CDEU") is None
    assert read_code("") is None
    now = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    assert find_flaw(wanted(value_minor=0), now) == "value"
    assert find_flaw(wanted(ends_at="2026-11-22T18:30:00Z"), now) == "ended"
    assert find_flaw(wanted(ends_at="2026-11-22T18:30:01Z"), now) == ""
