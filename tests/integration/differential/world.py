"""Random worlds in a real server: an event, its tickets in every state, and what was scanned.

Everything is made through the server's own services and routes, some of it before the event is
published and some after, so that a gate learns the one from the manifest and the other by the
feed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from litestar.status_codes import HTTP_409_CONFLICT

from server.homes.telling_gates_of_tickets import LedgerFeed
from server.keys.organization_keys import root_public_key
from server.keys.vault import open_vault
from server.orders.expiring_unpaid_orders import expire_due_orders
from server.publishing.credentials import Issuer, open_issuer
from server.publishing.key_changes import compromise_key
from server.ticketing.finding_and_changing_tickets import get_ticket, set_homes
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    OccurrenceId,
    OrderId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE, format_instant
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.office import Office, Person
from tests.integration.differential.chances import TIMEZONES, VARIANTS, Chances

Step = Callable[[], Awaitable[None]]
PAYMENTS = ("paid", "paid", "paid", "comp", "pending", "pending_admissible", "pending_approval")

_BAGS: Final = {"id": "bags", "text": "Any bags?", "answers": ["No", "Yes"]}
_DRINK: Final = {"id": "drink", "text": "A drink?", "answers": ["Wine", "Juice", "None"]}
QUESTIONS: Final = ([_BAGS], [_DRINK, _BAGS])
"""What a type may have asked."""


@dataclass
class Sold:
    """A ticket of the event with every code that ever stood for it."""

    id: int
    hex: str
    type_id: str
    order_id: OrderId
    persons: int
    digits: list[str] = field(default_factory=list)
    manual: list[str] = field(default_factory=list)


@dataclass
class Kind:
    """A ticket type."""

    id: str
    code: int
    persons: int
    occurrence_id: OccurrenceId | None
    is_home: bool


@dataclass
class World:
    """An event and all that is known of it.

    Attributes:
        zones: What was sent to make each zone, by id.
        gates: Zone and direction by gate.
        late: Changes to be made after the publication.
        foreign: Codes of others that were imported, or will be.
    """

    office: Office
    feed: LedgerFeed
    chances: Chances
    owner: Person
    ledger: LedgerOffice
    occurrences: list[str] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    zones: dict[str, dict[str, Any]] = field(default_factory=dict)
    gates: dict[str, tuple[str, str]] = field(default_factory=dict)
    tickets: list[Sold] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    issuers: list[Issuer] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return the event's address."""
        return self.ledger.path

    async def send(self, method: str, path: str, **fields: Any) -> Any:
        """Ask the API for something below the event, as its owner."""
        return await self.office.ok(method, self.path + path, self.owner, json=fields)


async def make_world(office: Office, feed: LedgerFeed, chances: Chances) -> World:
    """Make an event with occurrences, types, zones and gates."""
    owner = await office.person("owner")
    event_id = await office.event(owner)
    ledger = LedgerOffice(
        office, owner, EventId(event_id), OccurrenceId(""), ZoneId(""), [], TicketTypeId("")
    )
    world = World(office, feed, chances, owner, ledger)
    policy = {
        "offline_policy": "open",
        "knowledge_age_max_s": None,
        "claim_budget_ms": 10_000,
    }
    zone_name = chances.draw.choice(TIMEZONES)
    await world.send("PATCH", "", policy=policy, timezone=zone_name)
    for number in range(chances.draw.randint(1, 3)):
        await _make_occurrence(world, number)
    for number in range(chances.draw.randint(2, 5)):
        await _make_kind(world, number)
    for number in range(chances.draw.randint(2, 5)):
        await _make_zone(world, number)
    async with office.context.write(owner.organization_id) as unit:
        vault = open_vault(office.settings.data_folder, office.entropy)
        ledger.root = await root_public_key(unit, vault)
    ledger.gates = list(world.gates)
    await make_keys(world)
    return world


async def make_keys(world: World) -> None:
    """Make the event's ticket key; sometimes the first one was lost and a second one made."""
    world.issuers.append(await _open_issuer(world))
    if not world.chances.sometimes(0.4):
        return
    await fill(world, world.chances.draw.randint(1, 4))
    async with world.office.context.write(world.owner.organization_id) as unit:
        publisher = world.office.framework.state["publisher"]
        await compromise_key(unit, publisher, world.issuers[0].public_key.hex())
    world.issuers.append(await _open_issuer(world))


async def _open_issuer(world: World) -> Issuer:
    office = world.office
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(world.owner.organization_id) as unit:
        return await open_issuer(unit, vault, world.ledger.event_id)


async def _make_occurrence(world: World, number: int) -> None:
    chances = world.chances
    doors, starts, ends = sorted(chances.new_instant() for _ in range(3))
    fields = {"name": f"Day {number}", "starts_at": format_instant(starts)}
    if chances.sometimes(0.7):
        fields["doors_at"] = format_instant(doors)
    if chances.sometimes(0.7):
        fields["ends_at"] = format_instant(ends + MINUTE)
    made = await world.send("POST", "/occurrences", **fields)
    world.occurrences.append(made["id"])


async def _make_kind(world: World, number: int) -> None:
    chances, draw = world.chances, world.chances.draw
    first, last = chances.window()
    fields: dict[str, Any] = {
        "name": f"Kind {number}",
        "price_minor": draw.choice((0, 2500)),
        "persons": draw.choice((1, 1, 2, 4)),
        "check_id": chances.sometimes(0.15),
        "questions": [] if chances.asking.random() < 0.6 else chances.asking.choice(QUESTIONS),
        "occurrence_id": draw.choice([None, None, *world.occurrences]),
        "valid_from": None if first is None else format_instant(first),
        "valid_until": None if last is None else format_instant(last),
    }
    is_home = number > 0 and chances.sometimes(0.15)
    if is_home:
        fields["offline_policy"] = "home"
    made = await world.send("POST", "/ticket-types", **fields)
    kind = Kind(made["id"], made["code"], made["persons"], made["occurrence_id"], is_home)
    world.kinds.append(kind)


def zone_fields(world: World, name: str) -> dict[str, Any]:
    """Choose a zone's settings."""
    chances, draw = world.chances, world.chances.draw
    kinds = [kind.id for kind in world.kinds]
    some = draw.sample(kinds, draw.randint(0, len(kinds)))
    names = {"ticket_type": kinds, "variant": VARIANTS, "gate": [*world.gates, "gt_unknown00000"]}
    return {
        "name": name,
        "occurrence_id": draw.choice([None, None, *world.occurrences]),
        "ticket_type_ids": some if chances.sometimes(0.2) else None,
        "admit_pending": chances.sometimes(0.5),
        "multiple_entries": chances.sometimes(0.15),
        "reentry_after_exit": chances.sometimes(0.5),
        "strict_anti_passback": chances.sometimes(0.3),
        "rule": chances.rule(names) if chances.sometimes(0.35) else None,
    }


async def _make_zone(world: World, number: int) -> None:
    draw = world.chances.draw
    fields = zone_fields(world, f"Zone {number}")
    zone_id = (await world.send("POST", "/zones", **fields))["id"]
    world.zones[zone_id] = fields
    for place in range(draw.randint(1, 2)):
        direction = draw.choice(("both", "both", "in", "out"))
        name = f"Gate {number}.{place}"
        made = await world.send("POST", "/gates", name=name, zone_id=zone_id, direction=direction)
        world.gates[made["id"]] = (zone_id, direction)
    if world.chances.sometimes(0.2):
        changed = zone_fields(world, fields["name"])

        async def change() -> None:
            await world.send("PUT", f"/zones/{zone_id}", **changed)
            world.zones[zone_id] = changed

        world.late.append(change)


# -- tickets -------------------------------------------------------------------------------------


async def fill(world: World, orders: int) -> None:
    """Sell tickets and bring them into every state, now or after the publication."""
    for _ in range(orders):
        await _sell(world)
    await _import_code(world)


async def _sell(world: World) -> None:
    chances, draw = world.chances, world.chances.draw
    kind, payment = draw.choice(world.kinds), draw.choice(PAYMENTS)
    line: dict[str, Any] = {"ticket_type_id": kind.id, "quantity": draw.choice((1, 1, 2))}
    if kind.occurrence_id is None and chances.sometimes(0.4):
        line["occurrence_id"] = draw.choice(world.occurrences)
    if chances.sometimes(0.4):
        line["variant"] = draw.choice(VARIANTS)
    is_dying = payment == "pending" and chances.sometimes(0.3)
    fields = {"lines": [line], "payment": payment, "hold_s": 30 if is_dying else 86_400}
    fields["channel"] = "import"  # also for what is over by now
    if payment == "comp":
        fields["comp_reason"] = "guest"
    placed = await world.send("POST", "/orders", **fields)
    sold = [
        Sold(parse_ticket_id(one["id"]), one["id"], kind.id, placed["order"]["id"], kind.persons)
        for one in placed["tickets"]
    ]
    for ticket in sold:
        await _note_codes(world, ticket)
    world.tickets += sold
    if is_dying:
        world.office.clock.advance(MINUTE)
        await expire_due_orders(world.office.context, world.feed)
        return
    for ticket in sold:
        if chances.sometimes(0.45):
            await now_or_later(world, _choose_change(world, ticket, payment))


async def _import_code(world: World) -> None:
    """Import a code of another shop; the ticket may be blocked afterwards."""
    code, is_blocked = f"SHOP-{len(world.foreign)}", world.chances.sometimes(0.2)
    # Not of a type with the policy `home`: a ticket without a home is the ledger's business.
    kind = world.chances.draw.choice([kind for kind in world.kinds if not kind.is_home])
    world.foreign.append(code)

    async def bring_in() -> None:
        found = await world.send("POST", "/tickets/import", ticket_type_id=kind.id, codes=[code])
        if is_blocked:
            ticket = found["ticket_ids"][0]
            await world.send("PUT", f"/tickets/{ticket}/block", blocked=True)

    await now_or_later(world, bring_in)


async def now_or_later(world: World, step: Step) -> None:
    """Make a change before the publication, or leave it for after."""
    if world.chances.sometimes(0.5):
        world.late.append(step)
    else:
        await step()


async def _note_codes(world: World, ticket: Sold) -> None:
    path = f"{world.path}/tickets/{ticket.hex}/credential"
    answer = await world.office.call("GET", path, world.owner)
    if answer.status_code == HTTP_409_CONFLICT:
        # Not paid, and no zone takes it so: servers of before signed it like any other.
        kind = next(one for one in world.kinds if one.id == ticket.type_id)
        generation = len(ticket.digits) + 1
        claims = Claims(
            key_id=world.issuers[-1].key_id,
            ticket_id=TicketId(ticket.id),
            ticket_type_code=kind.code,
            generation=generation,
        )
        ticket.digits.append(world.issuers[-1].sign(claims))
        async with world.office.context.read(world.owner.organization_id) as unit:
            manual = (
                await get_ticket(unit, world.ledger.event_id, TicketId(ticket.id))
            ).manual_code
        if manual is not None:
            ticket.manual.append(format_manual_code(manual))
        return
    made = answer.json()
    ticket.digits.append(made["digits"])
    if made["manual_code"] is not None:
        ticket.manual.append(made["manual_code"])


def _choose_change(world: World, ticket: Sold, payment: str) -> Step:
    kind = world.chances.draw.random()
    is_pending = payment.startswith("pending")

    async def change() -> None:
        if kind < 0.3:
            await world.send("PUT", f"/tickets/{ticket.hex}/block", blocked=True)
        elif kind < 0.45 and is_pending:
            await _tolerate(world, "POST", f"/orders/{ticket.order_id}/paid")
        elif kind < 0.6:
            await _tolerate(world, "POST", f"/orders/{ticket.order_id}/cancel", reason="asked to")
        elif kind < 0.7:
            await _tolerate(world, "POST", f"/tickets/{ticket.hex}/refund", reason="asked to")
        elif await _tolerate(world, "POST", f"/tickets/{ticket.hex}/reissue"):
            await _note_codes(world, ticket)

    return change


async def _tolerate(world: World, method: str, path: str, **fields: Any) -> bool:
    """Ask for a change that may come too late, as for a ticket that was cancelled before."""
    body = {"json": fields} if fields else {}
    answer = await world.office.call(method, world.path + path, world.owner, **body)
    assert answer.status_code in {200, 201, 409}, answer.text
    return answer.is_success


async def give_homes(world: World, devices: list[GateDevice]) -> None:
    """Give every ticket of the types with the policy `home` a home device."""
    at_home = {kind.id for kind in world.kinds if kind.is_home}
    homes: dict[TicketId, DeviceId | None] = {
        TicketId(ticket.id): DeviceId(world.chances.draw.choice(devices).id)
        for ticket in world.tickets
        if ticket.type_id in at_home
    }
    async with world.office.context.write(world.owner.organization_id) as unit:
        await set_homes(unit, world.feed, world.ledger.event_id, homes)


async def publish(world: World) -> None:
    """Publish, then make the changes that come later."""
    await world.office.hand_over(world.path, world.owner)
    world.chances.draw.shuffle(world.late)
    for step in world.late:
        await step()
    world.late.clear()


async def pause_some(world: World) -> None:
    """Pause entry at a gate or a zone of some worlds."""
    chance = world.chances.pausing
    for kind, places in (("gates", sorted(world.gates)), ("zones", sorted(world.zones))):
        if chance.random() < 0.4:
            path = f"{world.path}/{kind}/{chance.choice(places)}/pause"
            await world.office.ok("PUT", path, world.owner)
