"""Makes a drafted event at the server, step by step; what was made is not made twice.

Each step is one call. Where the server or the network fails in the middle, the same making goes on
at the step that failed: it knows what it has made. Where the desk itself ends, another one goes on
by the note that this one kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from gatekeeper.organizer.organization.new_staff import (
    SUPERVISOR,
    MadePerson,
    describe_person,
    person_of,
)
from gatekeeper.organizer.prepare.event_draft import DateDraft, EventDraft, to_utc
from gatekeeper.organizer.prepare.unfinished_event import UnfinishedEvent
from gatekeeper.organizer.server_api import EventSite, Fields, ServerApi
from gatekeeper.wording.wall_clocks import find_zone
from shared.field_limits import NAME_SIZE_MAX
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ports import Entropy

Progress = Callable[[int, int], None]
"""Told after each step: how many are done, and of how many."""
Keep = Callable[[UnfinishedEvent], None]
_SLUG_LENGTH_MAX: Final = 40


class EventMaking:
    """One event on its way to the server.

    Args:
        api: Somebody signed in.
        organization_id: Whose event it is.
        draft: The event; it has no flaw.
        entropy: Draws the supervisors' PINs.
        keep: Keeps what another making goes on by; told before each step is asked for, and after
            it.

    Attributes:
        draft: The event.
        site: Where the event is, once it was made.
        people: The supervisors that were made.
    """

    def __init__(
        self,
        api: ServerApi,
        organization_id: OrganizationId,
        draft: EventDraft,
        entropy: Entropy,
        keep: Keep = lambda _note: None,
    ) -> None:
        self.draft, self._api, self._organization = draft, api, organization_id
        self._entropy, self._keep = entropy, keep
        self._made: dict[str, str] = {}
        self._before: frozenset[str] | None = None
        self._unheard: set[str] = set()
        self.site: EventSite | None = None
        self.people: list[MadePerson] = []

    def go_on_after(self, former: UnfinishedEvent) -> None:
        """Take what a making of the same draft had made when its desk ended for made here."""
        self._made, self._unheard = dict(former.made), set(former.unheard)
        self._before = former.before
        if "event" in self._made:
            self.site = EventSite(self._organization, EventId(self._made["event"]))

    @property
    def counts(self) -> tuple[int, int]:
        """How many steps are done, and of how many."""
        return len(self._made), len(self._steps())

    async def run(self, progress: Progress = lambda _done, _all: None) -> EventSite:
        """Make what is not made yet.

        Raises:
            Rejected: if the server refuses a step.
            ServerFault: if it cannot be reached; run again to go on.
        """
        steps = self._steps()
        if self._before is None:
            self._before = await self._look_before()
        await self._remove_unseen()
        for done, (key, path, fields) in enumerate(steps):
            progress(done, len(steps))
            if key not in self._made:
                sent = fields()
                made = await self._find_unheard(key, sent) if key in self._unheard else None
                self._unheard.add(key)
                self._note()
                self._take(key, sent, made or await self._api.post(path(), sent))
                self._unheard.discard(key)
                self._note()
        progress(len(steps), len(steps))
        assert self.site is not None, "the event's step has made it"
        return self.site

    async def _look_before(self) -> frozenset[str]:
        """Return what there was already of what this shall make, by id."""
        found = [*await self._list("event"), *await self._list("person")]
        return frozenset(str(one["id"]) for one in found)

    async def _find_unheard(self, key: str, sent: Fields) -> Fields | None:
        """Find what a step has made whose answer was lost; its like is not made a second time.

        Of a person the badge went with the answer: they are removed, to be made anew.
        """
        known = {*self._made.values(), *(one.id for one in self.people), *(self._before or ())}
        for one in await self._list(key.partition(" ")[0]):
            if str(one["id"]) not in known and one["name"] == sent["name"]:
                if not key.startswith("person "):
                    return one
                await self._remove(one)
        return None

    async def _remove_unseen(self) -> None:
        """Remove whom a making has made whose desk ended: nobody has seen their badges."""
        seen = {one.id for one in self.people}
        unseen = {
            made: key
            for key, made in self._made.items()
            if key.startswith("person ") and made not in seen
        }
        for one in await self._list("person") if unseen else ():
            if str(one["id"]) in unseen:
                await self._remove(one)
        for key in unseen.values():
            del self._made[key]

    async def _remove(self, person: Fields) -> None:
        path = f"/organizations/{self._organization}/supervisors/{person['id']}"
        await self._api.delete(path, str(person["etag"]))

    def _note(self) -> None:
        self._keep(
            UnfinishedEvent(
                organization_id=self._organization,
                draft=self.draft,
                before=self._before or frozenset(),
                made=dict(self._made),
                unheard=frozenset(self._unheard),
            )
        )

    async def _list(self, kind: str) -> list[Fields]:
        root = f"/organizations/{self._organization}"
        match kind:
            case "event":
                return await self._api.list_all(f"{root}/events")
            case "person":
                return list(await self._api.get(f"{root}/supervisors"))
            case "date" | "type":
                place = "occurrences" if kind == "date" else "ticket-types"
                return list(await self._api.get(self._below(place)()))
            case _:
                plan = await self._api.get(self._below("plan")())
                return list(plan[f"{kind}s"])

    def _take(self, key: str, sent: Fields, answer: Fields) -> None:
        if key == "event":
            self.site = EventSite(self._organization, EventId(str(answer["id"])))
        if key.startswith("person "):
            self.people.append(person_of(sent, answer))
            self._made[key] = self.people[-1].id
        else:
            self._made[key] = str(answer["id"])

    def _steps(self) -> list[tuple[str, Callable[[], str], Callable[[], Fields]]]:
        """List the steps: a name, where it is posted, and what; the last two when it is done."""
        draft, root = self.draft, f"/organizations/{self._organization}"
        steps: list[tuple[str, Callable[[], str], Callable[[], Fields]]] = [
            ("event", lambda: f"{root}/events", self._event_fields)
        ]
        for row, date in enumerate(draft.dates):
            steps.append((f"date {row}", self._below("occurrences"), _fixed(self._times(date))))
        for row, kind in enumerate(draft.types):
            fields: Fields = {
                "name": kind.name.strip(),
                "price_minor": kind.price_minor,
                "quantity_limit": kind.quantity,
            }
            made = self._dated(fields, kind.date)
            steps.append((f"type {row}", self._below("ticket-types"), made))
        for row, zone in enumerate(draft.zones):
            for night in range(len(draft.dates)):
                key = f"{row}.{night}"
                made = self._zone_fields(row, night)
                steps.append((f"zone {key}", self._below("zones"), made))
                steps += [
                    (f"gate {key}.{place}", self._below("gates"), self._gate_fields(key, name))
                    for place, name in enumerate(self._at(night, name) for name in zone.gates)
                ]
        for row, name in enumerate(draft.supervisors):
            person = partial(describe_person, name, SUPERVISOR, self._entropy)
            steps.append((f"person {row}", lambda: f"{root}/supervisors", person))
        return steps

    def _below(self, place: str) -> Callable[[], str]:
        def path() -> str:
            assert self.site is not None, "the event is made first"
            return f"{self.site.path}/{place}"

        return path

    def _event_fields(self) -> Fields:
        draft = self.draft
        policy = {"names_at_gates": draft.names_at_gates}
        return {
            "name": draft.name.strip(),
            "timezone": draft.timezone,
            "currency": draft.currency,
            "policy": policy,
        }

    def _times(self, date: DateDraft) -> Fields:
        return {
            "name": date.name.strip(),
            "doors_at": self._moment(date.doors),
            "starts_at": self._moment(date.starts),
            "ends_at": self._moment(date.ends),
        }

    def _moment(self, local: datetime) -> str:
        zone = find_zone(self.draft.timezone)
        assert zone is not None, "a draft without flaws names a zone"
        moment = to_utc(local, zone)
        assert moment is not None, "a draft without flaws has times that there are"
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

    def _dated(self, fields: Fields, date: int | None) -> Callable[[], Fields]:
        def filled() -> Fields:
            bound = None if date is None else self._made[f"date {date}"]
            return fields | {"occurrence_id": bound}

        return filled

    def _zone_fields(self, row: int, night: int) -> Callable[[], Fields]:
        """Describe a zone of one date: a zone of every date would take Sunday's on Saturday."""
        zone, kinds = self.draft.zones[row], self.draft.types

        def filled() -> Fields:
            opens = [
                self._made[f"type {number}"]
                for number, kind in enumerate(kinds)
                if not kind.zones or row in kind.zones
            ]
            is_everyone = len(opens) == len(kinds)
            return {
                "name": self._at(night, zone.name),
                "capacity": zone.capacity,
                "reentry_after_exit": zone.may_return,
                "ticket_type_ids": None if is_everyone else opens,
                "occurrence_id": self._made[f"date {night}"],
            }

        return filled

    def _at(self, night: int, name: str) -> str:
        """Name a zone or gate; of several dates with the date's name."""
        if len(self.draft.dates) == 1:
            return name.strip()
        return f"{name.strip()} · {self.draft.dates[night].name.strip()}"[:NAME_SIZE_MAX]

    def _gate_fields(self, zone_key: str, name: str) -> Callable[[], Fields]:
        return lambda: {"name": name, "zone_id": self._made[f"zone {zone_key}"]}


def _fixed(fields: Fields) -> Callable[[], Fields]:
    return lambda: fields


def make_slug(name: str, chance: str) -> str:
    """Make an organization's short name for addresses of its name, and of a few random letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH_MAX].strip("-")
    return f"{words}-{chance}" if words else f"organization-{chance}"
