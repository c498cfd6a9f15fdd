"""Pictures and tickets' designs: taken in safely, kept once, each organization's own."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from server import quotas
from server.ticket_design import pictures_and_looks
from server.ticket_design.picture_reading import PICTURE_KEPT_MAX, read_picture
from server.ticket_design.pictures_and_looks import read_design
from server.ticket_design.schemas import PICTURE_BODY_MAX
from shared.field_limits import PICTURE_SENT_MAX
from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person
from tests.factories.sent_pictures import (
    hostile_files,
    in_base64,
    make_photograph,
    make_picture,
)

pytestmark = pytest.mark.either_database
SECRET = b"47.3769 N, 8.5417 E: Klara Novak"
HOSTILE = dict(hostile_files())


async def bring(office: Office, person: Person, content: bytes) -> Any:
    """Send a picture."""
    body = {"content": in_base64(content)}
    return await office.call("POST", f"{person.path}/pictures", person, json=body)


async def brought(office: Office, person: Person, content: bytes) -> dict[str, Any]:
    """Send a picture that is taken."""
    answer = await bring(office, person, content)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_picture_is_written_anew_and_nothing_but_its_dots_is_kept(office: Office) -> None:
    """Places, names and comments, a second file behind the first, clear dots: all gone."""
    owner = await office.person()
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET.decode()
    exif[ExifTags.Base.Orientation] = 6
    told = PngInfo()
    told.add_text("Author", SECRET.decode())
    clear = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(clear, "PNG", pnginfo=told)
    sent = {
        "jpeg": make_picture(size=(60, 30), form="JPEG", exif=exif, comment=SECRET),
        "webp": make_picture(size=(60, 30), form="WEBP", exif=exif, lossless=True),
        "clear": clear.getvalue(),
        "polyglot": make_picture() + b"PK\x03\x04" + SECRET + b"<script>alert(1)</script>",
        "photograph": make_photograph((3_000, 2_000)),
    }
    sizes = {}
    for name, content in sent.items():
        made = await brought(office, owner, content)
        path = f"{owner.path}/pictures/{made['id']}"
        found = await office.call("GET", f"{path}/content", owner)
        assert found.status_code == 200
        assert found.headers["content-type"] == f"image/{made['form']}"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert len(found.content) == made["size"] <= PICTURE_KEPT_MAX
        for secret in (SECRET, SECRET[:7], b"script", b"PK\x03\x04", b"Exif", b"ICC"):
            assert secret not in found.content, name
        kept = Image.open(io.BytesIO(found.content))
        assert kept.mode == "RGB"
        assert not kept.getexif()
        sizes[name] = kept.size
        again = {"if-none-match": found.headers["etag"]}
        same = await office.call("GET", f"{path}/content", owner, headers=again)
        assert (same.status_code, same.content) == (304, b"")
    # Turned as its camera said, and no larger than paper needs.
    assert sizes["jpeg"] == sizes["webp"] == (30, 60)
    assert sizes["photograph"] == (1_600, 1_067)
    white = Image.open(io.BytesIO(read_picture(sent["clear"]).body))
    assert white.getpixel((3, 3)) == (255, 255, 255)


async def test_what_is_no_sound_picture_is_refused_in_words(office: Office) -> None:
    """Bombs, cut and foreign files, scripts: 422 that says what to do, and nothing is kept."""
    owner = await office.person()
    for name, content in HOSTILE.items():
        answer = await bring(office, owner, content)
        assert answer.status_code == 422, (name, answer.text)
        (error,) = answer.json()["errors"]
        assert error["field"] == "content"
        assert not (await office.ok("GET", f"{owner.path}/pictures", owner))["items"]


async def test_what_is_too_large_or_no_base64_is_refused(office: Office) -> None:
    """By bytes before anything is unpacked; the request's own size is bounded besides."""
    owner = await office.person()
    large = make_picture() + bytes(PICTURE_SENT_MAX)
    assert (await bring(office, owner, large)).status_code == 422
    larger = make_picture() + bytes(PICTURE_BODY_MAX)
    assert (await bring(office, owner, larger)).status_code in {413, 422}
    for content in ("%%%", "YQ", "ä" * 40, "A" * 41, "\u202e" * 8, "../picture.png"):
        body = {"content": content}
        answer = await office.call("POST", f"{owner.path}/pictures", owner, json=body)
        assert answer.status_code == 422, content


async def test_the_same_picture_is_kept_once_for_each_organization(office: Office) -> None:
    """Whoever brings it, at once too; another organization's is another one, and not seen."""
    ada, eve = await office.person(), await office.person()
    made = await asyncio.gather(*(bring(office, ada, make_picture()) for _ in range(4)))
    assert {one.status_code for one in made} == {201}
    (picture,) = (await office.ok("GET", f"{ada.path}/pictures", ada))["items"]
    assert {one.json()["id"] for one in made} == {picture["id"]}
    others = await brought(office, eve, make_picture())
    assert others["id"] != picture["id"]
    for path in (f"pictures/{picture['id']}", f"pictures/{picture['id']}/content"):
        assert (await office.call("GET", f"{eve.path}/{path}", eve)).status_code == 404
    for wrong in ("pc_000000000000", "..", "%2e%2e%2fetc%2fpasswd", "x" * 900, picture["digest"]):
        answer = await office.call("GET", f"{ada.path}/pictures/{wrong}/content", ada)
        assert answer.status_code in {404, 405}, wrong
    event = f"{eve.path}/events/{await office.event(eve)}"
    for field in ("picture_id", "logo_id"):
        body = {field: picture["id"]}
        answer = await office.call("PUT", f"{event}/look", eve, json=body)
        assert answer.status_code == 404, answer.text


async def test_there_are_so_many_pictures_and_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number and by bytes; one that is there already needs no room."""
    owner = await office.person()
    monkeypatch.setattr(quotas, "PICTURES_MAX", 2)
    first, second, third = (make_picture((shade, 0, 0)) for shade in (1, 2, 3))
    kept = await brought(office, owner, first)
    await brought(office, owner, second)
    refused = await bring(office, owner, third)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/quota-exceeded")
    assert (await brought(office, owner, first))["id"] == kept["id"]
    monkeypatch.setattr(quotas, "PICTURES_MAX", 9)
    monkeypatch.setattr(pictures_and_looks, "PICTURES_BYTES", 2 * kept["size"] + 10)
    assert (await bring(office, owner, third)).status_code == 409
    removed = await office.call("DELETE", f"{owner.path}/pictures/{kept['id']}", owner)
    assert removed.status_code == 204
    await brought(office, owner, third)


async def test_a_design_is_replaced_whole_and_what_it_uses_is_not_removed(office: Office) -> None:
    """Its gates hear of it; plain again, the pictures may go."""
    owner = await office.person()
    event_id = await office.event(owner)
    path = f"{owner.path}/events/{event_id}/look"
    plain = await office.ok("GET", path, owner)
    assert (plain["accent"], plain["hidden"], plain["page"]) == ("", [], "a4")
    logo = await brought(office, owner, make_picture((200, 10, 10)))
    band = await brought(office, owner, make_photograph())
    look = {
        "picture_id": band["id"],
        "logo_id": logo["id"],
        "has_band": True,
        "accent": "#7A1F5C",
        "hidden": ["price", "order", "price"],
        "note": "  No re-entry.\nلا عودة\n",
        "page": "a6",
    }
    before = (await office.ok("GET", f"{owner.path}/events/{event_id}", owner))["plan_version"]
    made = await office.ok("PUT", path, owner, json=look)
    after = (await office.ok("GET", f"{owner.path}/events/{event_id}", owner))["plan_version"]
    assert after > before
    assert (made["accent"], made["hidden"]) == ("#7a1f5c", ["order", "price"])
    assert made["note"] == "No re-entry.\nلا عودة"
    assert await office.ok("GET", path, owner) == made
    async with office.context.read(owner.organization_id) as unit:
        design = await read_design(unit, EventId(event_id))
    assert design is not None
    assert design.band is not None
    assert design.band.digest == band["digest"]
    refused = await office.call("DELETE", f"{owner.path}/pictures/{logo['id']}", owner)
    assert refused.status_code == 409
    assert event_id in refused.json()["detail"]
    listed = (await office.ok("GET", f"{owner.path}/pictures", owner))["items"]
    assert {one["used"] for one in listed} == {1}
    assert (await office.call("DELETE", path, owner)).status_code == 204
    assert (await office.ok("GET", path, owner))["etag"] == plain["etag"]
    for one in (logo, band):
        gone = await office.call("DELETE", f"{owner.path}/pictures/{one['id']}", owner)
        assert gone.status_code == 204


BREAKING = (
    ("accent", "#ffee00"),
    ("accent", "#fff"),
    ("accent", "red"),
    ("accent", "#12345g"),
    ("accent", "url(x)"),
    ("hidden", ["code"]),
    ("hidden", ["event"]),
    ("note", "line\n" * 9),
    ("note", "x" * 601),
    ("page", "a3"),
    ("has_band", True),
    ("logo_id", ""),
)


async def test_a_design_that_would_break_the_ticket_is_refused(office: Office) -> None:
    """Each names its field: too pale, no colour, the code's own lines, too long."""
    owner = await office.person()
    path = f"{owner.path}/events/{await office.event(owner)}/look"
    for field, value in BREAKING:
        answer = await office.call("PUT", path, owner, json={field: value})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"].partition("[")[0] == field


async def test_one_who_reads_sees_pictures_and_only_managers_bring_them(office: Office) -> None:
    """By role, beside the table over all routes."""
    owner = await office.person()
    reader = await office.person("reader", organization_id=owner.organization_id)
    made = await brought(office, owner, make_picture())
    assert (await bring(office, reader, make_picture())).status_code == 403
    path = f"{owner.path}/pictures/{made['id']}"
    assert (await office.call("GET", f"{path}/content", reader)).status_code == 200
    assert (await office.call("DELETE", path, reader)).status_code == 403


async def test_a_copy_of_an_event_looks_as_the_event_does(office: Office) -> None:
    """By the same pictures; one that both use stays until neither does."""
    owner = await office.person()
    event = f"{owner.path}/events/{await office.event(owner)}"
    logo = await brought(office, owner, make_picture())
    date = {"name": "Saturday", "starts_at": "2026-10-24T18:00:00Z"}
    await office.ok("POST", f"{event}/occurrences", owner, json=date)
    look = {"logo_id": logo["id"], "accent": "#7a1f5c", "note": "Again"}
    made = await office.ok("PUT", f"{event}/look", owner, json=look)
    body = {"name": "Again", "first_day": "2027-03-27"}
    copy = await office.ok("POST", f"{event}/copy", owner, json=body)
    found = await office.ok("GET", f"{owner.path}/events/{copy['id']}/look", owner)
    left = {"event_id", "etag"}
    assert {name: found[name] for name in found.keys() - left} == {
        name: made[name] for name in made.keys() - left
    }
    assert (await office.call("DELETE", f"{event}/look", owner)).status_code == 204
    refused = await office.call("DELETE", f"{owner.path}/pictures/{logo['id']}", owner)
    assert refused.status_code == 409
