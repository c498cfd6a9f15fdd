"""The look of tickets as the desk reads, brings and saves it, at the real application."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.organizer.prepare import ticket_design_client as desk_look
from gatekeeper.organizer.prepare.ticket_design_client import (
    EventLook,
    LookClash,
    TicketDesignClient,
    draw_preview,
    read_picture_file,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import open_office, test_settings
from tests.factories.sent_pictures import make_photograph, make_picture


async def test_a_look_is_brought_saved_read_and_made_plain_from_the_desk(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The second of two who save is told; the preview is drawn of what is chosen."""
    file = tmp_path / "photograph.jpg"
    file.write_bytes(make_photograph())
    async with open_office(test_settings(sqlite_url, tmp_path)) as office:
        owner = await office.person()
        event_id = EventId(await office.event(owner))
        await office.ticket_type(owner, event_id, name="Stehplatz")
        seat = take_seat(office, owner)
        desk = TicketDesignClient(seat, EventSite(owner.organization_id, event_id))
        plain = await desk.read()
        assert plain.fields() == EventLook().fields()
        assert plain.ticket_type == "Stehplatz"
        picture, content = await desk.bring(file)
        chosen = msgspec.structs.replace(
            plain,
            picture_id=picture.id,
            logo_id=picture.id,
            has_band=True,
            accent="#7a1f5c",
            hidden=("price", "zone"),
            note="No re-entry.",
            page="a6",
        )
        await desk.save(chosen)
        kept = await desk.read()
        assert kept.fields() == chosen.fields() | {"hidden": ["zone", "price"]}
        assert kept.contents == {picture.digest: content}
        assert draw_preview(kept, "ar").is_read
        with pytest.raises(Refused) as refused:
            await desk.save(msgspec.structs.replace(plain, note="Others", page="a6"))
        assert refused.value.status == 412
        mine = msgspec.structs.replace(plain, note="Others", page="a6")
        met = await desk.join(refused.value, plain, mine)
        assert isinstance(met, LookClash)
        assert met.clash.by
        assert met.theirs == kept
        assert met.joined.fields() == kept.fields() | {"note": "Others"}
        assert met.joined.contents == kept.contents
        assert {one.path: one.is_both for one in met.clash.fields}["note"]
        empty = EventLook().fields()
        await desk.save(msgspec.structs.replace(kept, **empty | {"hidden": ()}))
        assert (await desk.read()).fields() == empty
        damaged = tmp_path / "damaged.png"
        damaged.write_bytes(make_picture()[:40])
        with pytest.raises(Refused) as wrong:
            await desk.bring(damaged)
        assert [one.field for one in wrong.value.fields] == ["content"]
        await seat._http.aclose()


def test_what_cannot_be_sent_is_told_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder, a file that is gone, one that is too large."""
    monkeypatch.setattr(desk_look, "PICTURE_SENT_MAX", 100)
    large = tmp_path / "large.png"
    large.write_bytes(bytes(101))
    for file in (tmp_path, tmp_path / "gone.png", large):
        with pytest.raises(BadInput):
            read_picture_file(file)
    large.write_bytes(bytes(100))
    assert len(read_picture_file(large)) == 100
