"""What was made of an event, read and edited: each thing with the tag that it was read under.

An edit names that tag, so that nobody's change is overwritten unseen; what was done here can be
undone as long as nobody has changed it since.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from gatekeeper.organizer.edit_clashes import clash_of
from gatekeeper.organizer.merging_edits import Clash, Fields, unflatten
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi, is_session_over
from shared.kernel.errors import ServerFault
from shared.manifest.frozen_parts import LOCKED, WHOLE, PlanPart

EDITABLE: Final = frozenset({"draft", "pending_approval", "published", "active"})
_SERVER_FAULTS: Final = 500


class PlanKind(StrEnum):
    """What a plan is made of."""

    EVENT = "event"
    DATE = "date"
    ZONE = "zone"
    GATE = "gate"
    TYPE = "type"
    VENUE = "venue"


FIELDS: Final[Mapping[PlanKind, tuple[str, ...]]] = {
    PlanKind.EVENT: ("name", "timezone", "policy", "pricing"),
    PlanKind.DATE: ("name", "doors_at", "starts_at", "ends_at"),
    PlanKind.ZONE: (
        "name",
        "capacity",
        "occurrence_id",
        "ticket_type_ids",
        "reentry_after_exit",
        "multiple_entries",
        "strict_anti_passback",
        "admit_pending",
        "rule",
    ),
    PlanKind.GATE: ("name", "zone_id", "direction", "lanes"),
    PlanKind.TYPE: (
        "name",
        "price_minor",
        "currency",
        "quantity_limit",
        "occurrence_id",
        "persons",
        "check_id",
        "questions",
        "offline_policy",
        "sales_from",
        "sales_until",
        "valid_from",
        "valid_until",
        "selling",
    ),
    PlanKind.VENUE: ("name", "timezone", "address", "template"),
}
"""What of each kind an edit sets."""
_PLACES: Final = {
    PlanKind.DATE: "occurrences",
    PlanKind.ZONE: "zones",
    PlanKind.GATE: "gates",
    PlanKind.TYPE: "ticket-types",
}


class PlanItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of the plan, as it was read.

    Attributes:
        id: "" for one that is not made yet.
        etag: Changes when anybody edits it.
        fields: What an edit sets, as the API has it.
    """

    kind: PlanKind
    id: str
    etag: str
    fields: Fields

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.fields.get("name", ""))


class Lift(msgspec.Struct, frozen=True):
    """Somebody lifted the freeze: when, who ("" if nobody knows any more), and why."""

    at: datetime
    by: str
    reason: str


class Freeze(msgspec.Struct, frozen=True):
    """Whether what gates were handed is locked.

    Attributes:
        since: Since when; None while all is open.
        lifts: Each time that somebody lifted it, the earliest first.
    """

    since: datetime | None = None
    lifts: tuple[Lift, ...] = ()

    @property
    def is_frozen(self) -> bool:
        """Whether it is locked."""
        return self.since is not None

    @property
    def lifted(self) -> Lift | None:
        """Who lifted it last, as long as it is open since then."""
        return self.lifts[-1] if self.lifts and not self.is_frozen else None


async def read_freeze(api: ServerApi, site: EventSite) -> Freeze:
    """Read whether an event's plan is locked."""
    return await api.read(Freeze, f"{site.path}/freeze")


class EventPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one event that was set up, and the organization's venues.

    Attributes:
        state: The event's.
        currency: Of its prices.
        things: The event first.
        made_at: When the event was made.
        freeze: Whether part of it is locked, since gates were handed it.
    """

    state: str
    currency: str
    things: tuple[PlanItem, ...]
    made_at: str
    freeze: Freeze = Freeze()

    @property
    def likely_time(self) -> str:
        """A moment to begin with where one is filled in: the first date's start."""
        dates = self.of(PlanKind.DATE)
        return str(dates[0].fields["starts_at"]) if dates else self.made_at

    @property
    def is_editable(self) -> bool:
        """Whether the plan may change in this state."""
        return self.state in EDITABLE

    def is_locked(self, kind: PlanKind, path: str = "") -> bool:
        """Whether gates were handed a field, or, without a path, all things of a kind."""
        if not self.freeze.is_frozen or kind is PlanKind.VENUE:
            return False
        part = PlanPart(kind.value)
        return path in LOCKED[part] if path else part in WHOLE

    def of(self, kind: PlanKind) -> tuple[PlanItem, ...]:
        """Return the things of a kind, in the server's order."""
        return tuple(thing for thing in self.things if thing.kind is kind)

    def find(self, thing_id: str) -> PlanItem | None:
        """Return a thing by its id."""
        return next((thing for thing in self.things if thing.id == thing_id), None)

    @property
    def event(self) -> PlanItem:
        """The event itself."""
        return self.of(PlanKind.EVENT)[0]

    @property
    def timezone(self) -> str:
        """By whose clock the event's times are shown."""
        return str(self.event.fields["timezone"])


class Unheard(NamedTuple):
    """A thing that was asked for, and no answer came: nobody knows whether it was made.

    Attributes:
        thing: As its form has it.
        names: What it was to be called, each time.
        known: What there was before, by id.
    """

    thing: PlanItem
    names: frozenset[str]
    known: frozenset[str]


class Done(msgspec.Struct, frozen=True):
    """An edit that was done: of what, to what; None where there was or is nothing."""

    before: PlanItem | None
    after: PlanItem | None


class PlanClient:
    """Reads and edits one event's plan.

    Attributes:
        done: What was done here and can be undone, the newest last.
    """

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api, self.site = api, site
        self.done: list[Done] = []
        self._known: frozenset[str] = frozenset()
        self._unheard: Unheard | None = None

    async def read(self) -> EventPlan:
        """Read the whole plan."""
        event = await self._api.get(self.site.path)
        dates = await self._api.get(f"{self.site.path}/occurrences")
        plan = await self._api.get(f"{self.site.path}/plan")
        kinds = await self._api.get(f"{self.site.path}/ticket-types")
        venues = await self._api.list_all(self._venues)
        things = [
            thing_of(PlanKind.EVENT, event),
            *(thing_of(PlanKind.DATE, one) for one in dates),
            *(thing_of(PlanKind.ZONE, one) for one in plan["zones"]),
            *(thing_of(PlanKind.GATE, one) for one in plan["gates"]),
            *(thing_of(PlanKind.TYPE, one) for one in kinds),
            *(thing_of(PlanKind.VENUE, one) for one in venues),
        ]
        self._known = frozenset(one.id for one in things)
        return EventPlan(
            state=str(event["state"]),
            currency=str(event["currency"]),
            things=tuple(things),
            made_at=str(event["created_at"]),
            freeze=await read_freeze(self._api, self.site),
        )

    async def lift(self, reason: str) -> None:
        """Lift the freeze, until the event is handed to gates again.

        Raises:
            Refused: without the right to, or where nothing is frozen.
        """
        await self._api.post(f"{self.site.path}/freeze/lift", {"reason": reason})

    async def save(self, thing: PlanItem, fields: Fields) -> PlanItem | Clash:
        """Write what a thing shall be, or make it; can be undone after.

        Returns:
            What it is now, or, where somebody changed it meanwhile, what they changed.

        Raises:
            Refused: if the server takes it not.
        """
        saved = await self._write(thing, fields)
        if isinstance(saved, PlanItem):
            self.done.append(Done(thing if thing.id else None, saved))
        return saved

    async def remove(self, thing: PlanItem) -> Clash | None:
        """Take a thing away on which nothing hangs; can be undone after.

        Returns:
            What somebody changed meanwhile; then it is still there.

        Raises:
            Refused: if something hangs on it.
        """
        clash = await self._delete(thing)
        if clash is None:
            self.done.append(Done(thing, None))
        return clash

    async def undo(self) -> Clash | None:
        """Undo the newest edit that was done here.

        Returns:
            What somebody changed since; then nothing was undone, and the edit is forgotten here.

        Raises:
            Refused: if it cannot be undone any more.
            ServerFault: if no answer came; it is still what is undone next.
        """
        last = self.done.pop()
        place = len(self.done)
        try:
            return await self._take_back(last)
        except (Refused, ServerFault) as fault:
            if _may_be_asked_again(fault):
                self.done.insert(place, last)
            raise

    async def _take_back(self, last: Done) -> Clash | None:
        if last.after is None:
            assert last.before is not None, "something was removed"
            made = await self._make(last.before, last.before.fields)
            if isinstance(made, Clash):
                return made
            self._go_on_from(made, last.before)
            self._rename(last.before.id, made.id)
            return None
        if last.before is None:
            return await self._delete(last.after)
        undone = await self._write(last.after, last.before.fields)
        if isinstance(undone, Clash):
            return undone
        self._go_on_from(undone, last.before)
        return None

    async def read_again(self, thing: PlanItem) -> PlanItem:
        """Read a thing as it is now.

        Raises:
            Refused: if it is gone.
        """
        if thing.kind in (PlanKind.EVENT, PlanKind.VENUE):
            return thing_of(thing.kind, await self._api.get(self._path(thing)))
        found = (await self.read()).find(thing.id)
        if found is None:
            message = f"{thing.name} has been removed in the meantime"
            raise Refused(message, (), problem="not-found", status=404)
        return found

    async def _write(self, thing: PlanItem, fields: Fields) -> PlanItem | Clash:
        if not thing.id:
            return await self._make(thing, fields)
        changed = {name: fields[name] for name in fields if fields[name] != thing.fields[name]}
        if not changed:
            return thing
        try:
            if thing.kind is PlanKind.EVENT:
                answer = await self._api.patch(self._path(thing), changed, thing.etag)
            else:
                answer = await self._api.put(self._path(thing), fields, thing.etag)
        except Refused as refusal:
            clash = await self._clash(refusal, thing, fields)
            # Whose answer was lost on the way is asked for again, and holds already.
            if clash.theirs == fields:
                return PlanItem(kind=thing.kind, id=thing.id, etag=clash.etag, fields=clash.theirs)
            return clash
        return thing_of(thing.kind, answer)

    async def _make(self, thing: PlanItem, fields: Fields) -> PlanItem | Clash:
        """Make a thing, or write over it where it was made and only the answer was lost."""
        unheard, made = self._unheard, None
        if unheard is None or unheard.thing is not thing:
            unheard = Unheard(thing, frozenset(), self._known)
        else:
            made = await self._find(unheard)
        self._unheard = unheard._replace(names=unheard.names | {str(fields["name"])})
        try:
            saved = await (
                self._post(thing, fields) if made is None else self._write(made, fields)
            )
        except Refused:
            self._unheard = unheard
            raise
        self._unheard = None
        return saved

    async def _post(self, thing: PlanItem, fields: Fields) -> PlanItem:
        return thing_of(thing.kind, await self._api.post(self._root(thing.kind), fields))

    async def _find(self, unheard: Unheard) -> PlanItem | None:
        """Find what was made without an answer."""
        for one in (await self.read()).of(unheard.thing.kind):
            if one.name in unheard.names and one.id not in unheard.known:
                return one
        return None

    async def _delete(self, thing: PlanItem) -> Clash | None:
        try:
            await self._api.delete(self._path(thing), thing.etag)
        except Refused as refusal:
            return await self._clash(refusal, thing, thing.fields)
        return None

    async def _clash(self, refusal: Refused, thing: PlanItem, fields: Fields) -> Clash:
        return await clash_of(refusal, thing, fields, lambda: self.read_again(thing))

    def _go_on_from(self, now: PlanItem, before: PlanItem) -> None:
        """Let the edit that made a thing what it is again be undone from what it is now.

        One with somebody else's change after it stays as it was, and meets that change.
        """
        self.done = [
            msgspec.structs.replace(one, after=now)
            if one.after is not None and (one.after.id, one.after.etag) == (before.id, before.etag)
            else one
            for one in self.done
        ]

    def _rename(self, former: str, new: str) -> None:
        """Let former edits name a thing that was made again by its new id."""
        raw = msgspec.json.encode(self.done).replace(f'"{former}"'.encode(), f'"{new}"'.encode())
        self.done = msgspec.json.decode(raw, type=list[Done])

    @property
    def _venues(self) -> str:
        return f"/organizations/{self.site.organization_id}/venues"

    def _root(self, kind: PlanKind) -> str:
        if kind is PlanKind.VENUE:
            return self._venues
        return f"{self.site.path}/{_PLACES[kind]}"

    def _path(self, thing: PlanItem) -> str:
        if thing.kind is PlanKind.EVENT:
            return self.site.path
        return f"{self._root(thing.kind)}/{thing.id}"


def _may_be_asked_again(fault: Refused | ServerFault) -> bool:
    """Whether nothing was said about what was asked: the server failed, or wants a new session."""
    if isinstance(fault, ServerFault):
        return True
    return fault.status >= _SERVER_FAULTS or is_session_over(fault)


def new_thing(kind: PlanKind, plan: EventPlan) -> PlanItem:
    """Return a thing that is not made yet, filled as far as can be guessed."""
    fields: Fields = dict.fromkeys(FIELDS[kind])
    fields["name"] = ""
    zones, dates = plan.of(PlanKind.ZONE), plan.of(PlanKind.DATE)
    match kind:
        case PlanKind.DATE if dates:
            fields |= {name: dates[-1].fields[name] for name in FIELDS[kind][1:]}
        case PlanKind.ZONE:
            fields |= {
                "reentry_after_exit": True,
                "multiple_entries": False,
                "strict_anti_passback": False,
                "admit_pending": False,
            }
        case PlanKind.GATE:
            fields |= {"zone_id": zones[0].id if zones else "", "direction": "both", "lanes": 1}
        case PlanKind.TYPE:
            fields |= {"price_minor": 0, "currency": plan.currency, "persons": 1}
            fields |= {"check_id": False, "questions": [], "selling": {}}
        case PlanKind.VENUE:
            fields |= {"timezone": plan.timezone, "address": "", "template": []}
        case _:
            pass
    return PlanItem(kind=kind, id="", etag="", fields=fields)


def merge_paths(fields: Fields, flat: Mapping[str, Any]) -> Fields:
    """Set fields by their paths, and leave the rest."""
    joined = dict(fields)
    for name, value in unflatten(flat).items():
        is_group = isinstance(value, dict) and any(path.startswith(f"{name}.") for path in flat)
        joined[name] = {**(joined.get(name) or {}), **value} if is_group else value
    return joined


def thing_of(kind: PlanKind, answer: Mapping[str, Any]) -> PlanItem:
    """Return a thing as the API tells it."""
    return PlanItem(
        kind=kind,
        id=str(answer["id"]),
        etag=str(answer.get("etag", "")),
        fields={name: answer[name] for name in FIELDS[kind]},
    )
