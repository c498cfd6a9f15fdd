"""One organization with one of everything, and the operations of the API that name its things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.accounts.principal import SCOPES
from server.alarms.models import Alarm
from server.devices.models import Device
from server.jobs.enqueuing import enqueue
from server.persons.erasing import new_erasure
from server.reconciliation.models import Conflict
from server.report_schedules.recipient_addresses import add_address
from server.shifts.models import TillShift
from server.webhooks.message_kinds import TEST
from server.webhooks.outbox import write_message
from server.webhooks.webhook_setup import get_webhook
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.office import Office, Person
from tests.factories.sent_pictures import picture_of

ORGANIZATION = "organization_id"
PARTS = {
    "event_id",
    "occurrence_id",
    "venue_id",
    "zone_id",
    "gate_id",
    "ticket_type_id",
    "order_id",
    "ticket_id",
    "user_id",
    "api_key_id",
    "device_id",
    "code_id",
    "conflict_id",
    "supervisor_id",
    "cashier_id",
    "payment_id",
    "payout_id",
    "shift_id",
    "promotion_id",
    "hold_id",
    "voucher_id",
    "invitation_id",
    "key_name",
    "job_id",
    "import_id",
    "webhook_id",
    "message_id",
    "schedule_id",
    "file_id",
    "picture_id",
    "address_id",
    "erasure_id",
    "notice_id",
    "alarm_id",
}
"""Path parameters of things that belong to an organization, which `world` makes."""

ELSEWHERE = {"session_id", "digest"}
"""Path parameters of things that belong to a person or are public by their hash."""


@dataclass
class World:
    """One organization with one of everything."""

    person: Person
    ids: dict[str, str]
    key: dict[str, str]


async def make_world(office: Office, mark: str, person: Person | None = None) -> World:
    """Make an organization, or one's next of everything, whose text fields all carry a mark."""
    person = person or await office.person(name=mark)
    await office.ok("PATCH", path := person.path, person, json={"name": mark})
    event = f"{path}/events/{(event_id := await office.event(person))}"
    await office.ok("PATCH", event, person, json={"name": mark})
    times = {"name": mark, "starts_at": "2026-08-01T18:00:00Z"}
    occurrence = await office.ok("POST", f"{event}/occurrences", person, json=times)
    venue = await make_venue(office, person, mark)
    plan = await office.ok("POST", f"{event}/plan", person, json={"venue_id": venue["id"]})
    kind = await office.ticket_type(person, EventId(event_id), name=mark)
    placed = await office.ok(
        "POST",
        f"{event}/orders",
        person,
        json={
            "lines": [{"ticket_type_id": kind, "quantity": 1, "variant": mark}],
            "payment": "paid",
            "buyer_name": mark,
            "buyer_email": f"{mark}@example.org",
        },
    )
    ticket_id = placed["tickets"][0]["id"]
    voucher, promotion = await make_offers(office, person, event, mark)
    payment_id, payout_id = await make_payment(office, person, event, kind)
    await office.ok("PUT", f"{event}/tickets/{ticket_id}/holder", person, json={"name": mark})
    all_of_it = {"name": mark, "scopes": sorted(SCOPES)}
    key = await office.ok("POST", f"{path}/api-keys", person, json=all_of_it)
    with_pin = {"name": mark, "pin": "483920"}
    supervisor = await office.ok("POST", f"{path}/supervisors", person, json=with_pin)
    cashier = await office.ok("POST", f"{path}/cashiers", person, json={"name": mark})
    await office.ok("GET", f"{event}/tickets/{ticket_id}/credential", person)  # makes its key
    keys = (await office.ok("GET", f"{path}/keys", person))["items"]
    device = await make_device(office, person.organization_id, mark)
    found = {
        "notice_id": await make_notice(office, person, event, occurrence["id"], mark),
        ORGANIZATION: person.organization_id,
        "event_id": event_id,
        "occurrence_id": occurrence["id"],
        "venue_id": venue["id"],
        "zone_id": plan["zones"][0]["id"],
        "gate_id": plan["gates"][0]["id"],
        "ticket_type_id": kind,
        "order_id": placed["order"]["id"],
        "ticket_id": ticket_id,
        "user_id": person.user_id,
        "api_key_id": key["api_key"]["id"],
        "device_id": device,
        "shift_id": await make_shift(office, person.organization_id, device, mark),
        "supervisor_id": supervisor["supervisor"]["id"],
        "cashier_id": cashier["cashier"]["id"],
        "payment_id": payment_id,
        "payout_id": payout_id,
        "promotion_id": promotion,
        "hold_id": await make_hold(office, person, event, mark),
        "voucher_id": voucher,
        **await make_codes(office, person),
        "key_name": next(one["name"] for one in keys if one["purpose"] == "ticket"),
        "job_id": await make_job(office, person.organization_id, mark),
        "import_id": await make_import(office, person, event, mark),
        **await make_webhook(office, person, mark),
        **await make_schedule(office, person, mark),
        **await make_files(office, person, event, mark),
        "alarm_id": await make_alarm(office, person, event_id, mark),
        "erasure_id": await make_erasure(office, person.organization_id),
        "conflict_id": await make_conflict(office, person.organization_id, event_id, mark),
    }
    assert set(found) == PARTS | {ORGANIZATION}
    return World(person, found, {"authorization": f"Bearer {key['key']}"})


async def make_codes(office: Office, person: Person) -> dict[str, str]:
    """Make an invitation and a code for a device; returns their ids."""
    said = {"role": "staff"}
    invited = await office.ok("POST", f"{person.path}/invitations", person, json=said)
    code = await office.ok("POST", f"{person.path}/devices/codes", person, json={})
    return {"invitation_id": invited["invitation"]["id"], "code_id": code["id"]}


async def make_venue(office: Office, person: Person, mark: str) -> Any:
    """Make a venue with a zone and a gate."""
    template = [{"name": mark, "gates": [{"name": mark}]}]
    body = {"name": mark, "timezone": "UTC", "address": mark, "template": template}
    return await office.ok("POST", f"{person.path}/venues", person, json=body)


async def make_offers(office: Office, person: Person, event: str, mark: str) -> tuple[str, str]:
    """Make a voucher and a promotion; returns their ids."""
    worth = {"value_minor": 5_000, "note": mark}
    (voucher,) = await office.ok("POST", f"{person.path}/vouchers", person, json=worth)
    offer = {"name": mark, "percent_points": 1_000, "code": "SUMMER26"}
    promotion = await office.ok("POST", f"{event}/promotions", person, json=offer)
    return voucher["voucher"]["id"], promotion["id"]


async def make_webhook(office: Office, person: Person, mark: str) -> dict[str, str]:
    """Make a webhook that is paused, and a message that it holds; returns their ids."""
    path = f"{person.path}/webhooks"
    body = {"name": mark, "url": f"https://example.org/{mark}", "kinds": ["alarm.ended"]}
    made = (await office.ok("POST", path, person, json=body))["webhook"]["id"]
    await office.ok("PATCH", f"{path}/{made}", person, json={"state": "paused"})
    async with office.context.write(person.organization_id) as unit:
        row = await get_webhook(unit, made)
        message = await write_message(unit, [row], TEST, None, {"mark": mark})
    return {"webhook_id": made, "message_id": message.id}


async def make_schedule(office: Office, person: Person, mark: str) -> dict[str, str]:
    """Have a report mailed, and an address that is to be confirmed; returns their ids."""
    members = await office.ok("GET", f"{person.path}/members", person)
    body = {"name": mark, "recipients": [members[0]["email"]]}
    made = await office.ok("POST", f"{person.path}/report-schedules", person, json=body)
    async with office.context.write(person.organization_id) as unit:
        email, actor = f"{mark}@example.com", person.user_id
        row = await add_address(unit, email, language="en", has_mail=True, actor=actor)
    return {"schedule_id": made["id"], "address_id": row.id}


async def make_files(office: Office, person: Person, event: str, mark: str) -> dict[str, str]:
    """Have tickets written to a file, and give it up: no worker goes on; and bring a picture."""
    made = await office.ok("POST", f"{event}/ticket-files", person, json={"form": "csv"})
    await office.ok("POST", f"{event}/ticket-files/{made['id']}/cancel", person)
    return {"file_id": made["id"], "picture_id": await make_picture(office, person, event, mark)}


async def make_picture(office: Office, person: Person, event: str, mark: str) -> str:
    """Bring a picture, and a second one that the event uses; returns the first one's id."""
    path = f"{person.path}/pictures"
    made = await office.ok("POST", path, person, json={"content": picture_of((122, 31, 92))})
    used = await office.ok("POST", path, person, json={"content": picture_of((12, 74, 110))})
    look = {"picture_id": used["id"], "has_band": True, "note": mark}
    await office.ok("PUT", f"{event}/look", person, json=look)
    return str(made["id"])


async def make_erasure(office: Office, organization_id: OrganizationId) -> str:
    """Make an erasure of before; returns its id."""
    async with office.context.write(organization_id) as unit:
        erasure = await new_erasure(unit, scope="person", actor="")
        erasure.state = "done"
    return erasure.id


async def make_hold(office: Office, person: Person, event: str, mark: str) -> str:
    """Give the event two seats and hold one; returns the hold's id."""
    table = {"form": "csv", "text": f"section,row,seat\n{mark},A,1\n{mark},A,2\n"}
    await office.ok("PUT", f"{event}/seats/map", person, json=table)
    (first, _) = (await office.ok("GET", f"{event}/seats", person))["items"]
    body = {"name": mark, "reason": mark, "seats": [first["id"]]}
    return str((await office.ok("POST", f"{event}/holds", person, json=body))["id"])


async def make_payment(office: Office, person: Person, event: str, kind: str) -> tuple[str, str]:
    """Make an order that was paid and cancelled, and whose money goes back."""
    lines = [{"ticket_type_id": kind, "quantity": 1}]
    placed = await office.ok("POST", f"{event}/orders", person, json={"lines": lines})
    order = f"{event}/orders/{placed['order']['id']}"
    total = placed["order"]["total_minor"]
    paid = {"tender": "cash", "amount_minor": total, "fact": "paid"}
    key = {"Idempotency-Key": placed["order"]["id"]}
    payment = await office.ok("POST", f"{order}/payments", person, json=paid, headers=key)
    await office.ok("POST", f"{order}/cancel", person, json={"reason": "ill"})
    back = {"amount_minor": total, "reason": "ill"}
    (payout,) = await office.ok("POST", f"{order}/payouts", person, json=back, headers=key)
    return payment["id"], payout["id"]


async def make_device(
    office: Office, organization_id: OrganizationId, mark: str, role: str = "gate"
) -> str:
    """Make a device, past enrolment."""
    device_id = ids.new_id(ids.DEVICE, office.entropy)
    async with office.database.write(org=organization_id) as session:
        session.add(
            Device(
                id=device_id,
                organization_id=organization_id,
                name=mark,
                role=role,
                profile="live",
                program="test",
                public_key=office.entropy.random_bytes(32),
                token_hash=office.entropy.random_bytes(32),
                enrolled_at=0,
            )
        )
    return device_id


async def make_notice(office: Office, person: Person, event: str, date: str, mark: str) -> str:
    """Move a date and tell all buyers; the message's id."""
    later = {"occurrence_id": date, "starts_at": "2026-08-02T18:00:00Z"}
    move = {"dates": [later], "tell": {"words": mark}}
    await office.ok("POST", f"{event}/move", person, json=move)
    (notice,) = await office.ok("GET", f"{event}/notices", person)
    return str(notice["id"])


async def make_import(office: Office, person: Person, event: str, mark: str) -> str:
    """Bring a list of one guest; nothing is taken of it."""
    headers = {"content-type": "text/csv"}
    text = f"code,type,name\n{mark}-1,{mark},{mark}\n".encode()
    made = await office.ok("POST", f"{event}/imports", person, content=text, headers=headers)
    return str(made["id"])


async def make_job(office: Office, organization_id: OrganizationId, mark: str) -> str:
    """Make a job that is dead, past the attempts that would end it."""
    async with office.context.write(organization_id) as unit:
        job = await enqueue(unit, "probe", {"mark": mark})
        job.state, job.ended_at = "dead", unit.now
    return job.id


async def make_shift(
    office: Office, organization_id: OrganizationId, device_id: str, mark: str
) -> str:
    """Make a till's shift, past the journal that would tell it."""
    shift_id = office.entropy.random_bytes(16).hex()
    async with office.database.write(org=organization_id) as session:
        session.add(
            TillShift(
                device_id=device_id,
                shift_id=shift_id,
                organization_id=organization_id,
                event_id="",
                state="open",
                last_number=1,
                currency="EUR",
                cashier=mark,
                opened_at=0,
                opened_seq=1,
                float_minor=0,
                closed_seq=0,
                z_number=0,
                counted_minor=0,
                expected_minor=0,
                left_minor=0,
                closed_by=mark,
                why=mark,
                entry_hash="",
                is_doubted=False,
                approved_by=mark,
            )
        )
    return shift_id


async def make_alarm(office: Office, person: Person, event_id: str, mark: str) -> str:
    """Make an alarm that is over, past what would raise it."""
    alarm_id = ids.new_id(ids.ALARM, office.entropy)
    async with office.database.write(org=person.organization_id) as session:
        session.add(
            Alarm(
                event_id=EventId(event_id),
                id=alarm_id,
                organization_id=person.organization_id,
                kind="double_use",
                subject="",
                count=1,
                out_of=0,
                raised_at=0,
                stood_at=0,
                ended_at=1,
                note=mark,
            )
        )
    return alarm_id


async def make_conflict(
    office: Office, organization_id: OrganizationId, event_id: str, mark: str
) -> str:
    """Make a conflict, past the journals that would show it."""
    conflict_id = ids.new_id(ids.CONFLICT, office.entropy)
    async with office.database.write(org=organization_id) as session:
        session.add(
            Conflict(
                id=conflict_id,
                organization_id=organization_id,
                event_id=EventId(event_id),
                kind="clock",
                subject=mark,
                occurrence_id="",
                zone_id="",
                device_id="",
                is_ordered=False,
                detail=mark,
                disposition="",
                note=mark,
                opened_at=0,
                updated_at=0,
            )
        )
    return conflict_id


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any], set[str]]]:
    """Return method, path, operation and path parameters of each operation."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names = {row["name"] for row in operation.get("parameters", []) if row["in"] == "path"}
            found.append((method.upper(), path, operation, names))
    return found


def fill(path: str, parts: dict[str, str]) -> str:
    """Put ids into a path template."""
    for name, value in parts.items():
        path = path.replace("{" + name + "}", value)
    return path


def body_schema(operation: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of an operation's JSON body, if it has one."""
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema
