"""`/api/v1/…/persons`: found, given out and erased; `/erasures`: what was, without names.

Who it is stands in bodies alone: no address, and so no log of anybody's, holds a name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from litestar import Litestar, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import select

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.repeating import find_steady_time, repeating
from server.db.periodic_turns import TURN_LOOK_S, in_turn
from server.db.unit import Context, Unit, Units
from server.erasures.erasure_list import Erasure, get_erasure
from server.erasures.hashed_words import PURPOSE
from server.events.events_and_dates import name_events
from server.http.body_and_answer_types import Page, answer_of, moment_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS, RowOrder
from server.http.retrying import look_again
from server.jobs.due_jobs import doing_jobs
from server.jobs.runner import JobRunner
from server.keys.vault import Vault
from server.persons import erasing, retention
from server.persons.after_erasure import AfterErasure
from server.persons.door_answers_of_person import find_answers
from server.persons.erasing import ERASURE_POLL_S
from server.persons.finding import find_persons
from server.persons.packing_held_data import pack_held
from server.persons.retention import ERASURE_DUE_EVERY
from server.persons.same_person import Person
from server.persons.schemas import (
    ErasureAnswer,
    ErasureBody,
    FoundPersonAnswer,
    FoundPersonsAnswer,
    HeldAnswer,
    KeptEventAnswer,
    PersonBody,
    PersonSearchBody,
    RecordAnswer,
    RetentionAnswer,
    RetentionBody,
    TextAnswer,
)
from shared.field_limits import NAMES_KEPT_DAYS_MAX, NAMES_KEPT_DAYS_MIN

ZIP: Final = "application/zip"
PERSONS: Final = "/organizations/{organization_id:str}/persons"
ERASURES: Final = "/organizations/{organization_id:str}/erasures"
ORDER: Final = RowOrder(
    Erasure.at,
    Erasure.id,
    is_latest_first=True,
    fields={"at": Erasure.at, "asked_by": Erasure.asked_by, "scope": Erasure.scope},
)
RETENTION: Final = "/organizations/{organization_id:str}/retention"
Days = Annotated[
    int | None,
    QueryParameter(
        ge=NAMES_KEPT_DAYS_MIN, le=NAMES_KEPT_DAYS_MAX, description="a rule that is thought of"
    ),
]
READ: Final = requires(Role.STAFF, "orders:read")
SEE: Final = [requires(Role.MANAGER, "orders:read"), requires(Role.MANAGER, "tickets:read")]
ERASE: Final = [requires(Role.MANAGER, "orders:write"), requires(Role.MANAGER, "tickets:write")]
"""A key that writes does not read by it, and buyers are of orders, holders of tickets."""


@post(PERSONS + "/find", status_code=200, tags=["persons"], guards=SEE)
async def find(
    data: JSONBody[PersonSearchBody], units: NamedDependency[Units]
) -> FoundPersonsAnswer:
    """Find people among all events' buyers and holders; case and accents count for nothing."""
    async with units.read() as unit:
        found, is_cut = await find_persons(unit, data.text)
    await _leave_line(units)
    items = [answer_of(FoundPersonAnswer, one, events=len(one.events)) for one in found]
    return FoundPersonsAnswer(items=items, is_cut=is_cut)


@post(PERSONS + "/held", status_code=200, tags=["persons"], guards=SEE)
async def tell_held(data: JSONBody[PersonBody], units: NamedDependency[Units]) -> HeldAnswer:
    """Tell all that is held of a person: what an erasure would take, and what they may ask for."""
    person = data.read()
    async with units.read() as unit:
        held = await _held(unit, data, person)
    await _leave_line(units)
    return held


@post(PERSONS + "/export", status_code=200, tags=["persons"], guards=SEE, media_type=ZIP)
async def export(data: JSONBody[PersonBody], units: NamedDependency[Units]) -> Response[bytes]:
    """Give out all that is held of a person, as a ZIP with JSON and a table."""
    person = data.read()
    async with units.read() as unit:
        held = await _held(unit, data, person)
    await _leave_line(units)
    headers = {"Content-Disposition": 'attachment; filename="person.zip"'}
    return Response(pack_held(held), media_type=ZIP, headers=headers)


@post(PERSONS + "/erase", status_code=200, tags=["persons"], guards=ERASE)
@look_again
async def erase(
    data: JSONBody[ErasureBody], vault: NamedDependency[Vault], units: NamedDependency[Units]
) -> ErasureAnswer:
    """Erase a person: names, addresses and numbers are gone wherever they stood, for good.

    Tickets stay valid; orders and money stay, without the name. Lists that name them and wait to
    be taken are given up. Devices forget with their next sync, older copies once put back.
    """
    erasure = await erasing.erase_person(
        units.context,
        units.organization_id,
        vault.derive(PURPOSE),
        data.read(),
        spared=frozenset(data.spare),
        actor=units.actor,
    )
    return answer_of(ErasureAnswer, erasure)


@get(ERASURES, tags=["persons"], guards=[READ], opt={SORTS: ORDER})
async def list_all(
    search: NamedDependency[Search], units: NamedDependency[Units]
) -> Page[ErasureAnswer]:
    """List what was erased, the latest first: when, how much, and by whom; never who it was."""
    async with units.read() as unit:
        return await search.page(unit, select(Erasure), ORDER, convert=_answer)


@get(ERASURES + "/{erasure_id:str}", tags=["persons"], guards=[READ])
async def get_one(units: NamedDependency[Units], erasure_id: FromPath[str]) -> ErasureAnswer:
    """Return how far an erasure has come."""
    async with units.read() as unit:
        return _answer(await get_erasure(unit, erasure_id))


async def _leave_line(units: Units) -> None:
    """Leave a line in the audit: who looked people up, or gave their data out."""
    async with units.write():
        pass


@get(RETENTION, tags=["persons"], guards=[READ])
async def tell_retention(units: NamedDependency[Units], days: Days = None) -> RetentionAnswer:
    """Tell for how long guests' names are kept, and of which events they go when.

    With `days` it is told what that rule would mean; nothing is changed.
    """
    async with units.read() as unit:
        return await _retention(unit, days)


@put(RETENTION, tags=["persons"], guards=[requires(Role.OWNER)])
@look_again
async def set_retention(
    data: JSONBody[RetentionBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
) -> RetentionAnswer:
    """Have names go by themselves so many days after each event; looked at each hour."""
    async with units.write() as unit:
        await expected.check(unit, units.organization_id, _retention, None, is_locked=True)
        await retention.set_rule(unit, data.days, units.actor)
        return await _retention(unit, None)


async def _retention(unit: Unit, asked: int | None, *, is_locked: bool = False) -> RetentionAnswer:
    rule = await retention.find_rule(unit, is_locked=is_locked)
    days = asked if asked is not None or rule is None else rule.days
    kept = [] if days is None else await retention.list_kept(unit, days)
    return RetentionAnswer(
        days=None if rule is None else rule.days,
        set_by="" if rule is None else rule.set_by,
        set_at=None if rule is None else moment_of(rule.set_at),
        events=[answer_of(KeptEventAnswer, one) for one in kept],
    )


def _answer(row: Erasure) -> ErasureAnswer:
    return answer_of(ErasureAnswer, row)


async def _held(unit: Unit, data: PersonBody, person: Person) -> HeldAnswer:
    records, texts = await erasing.find_held(unit, person)
    names = await name_events(unit)
    return HeldAnswer(
        person=data,
        records=[
            answer_of(RecordAnswer, one, event_name=names.get(one.event_id, "")) for one in records
        ],
        texts=[answer_of(TextAnswer, one) for one in texts],
        answers=await find_answers(unit, records),
    )


def make_runner(state: State) -> JobRunner:
    """Make what ends erasures, of an application."""
    context, folder = state["context"], state["settings"].data_folder
    follower = AfterErasure(context, state["publisher"], state["changes"], folder)
    return JobRunner(context, {erasing.KIND: follower})


@asynccontextmanager
async def beginning_erasures(app: Litestar) -> AsyncIterator[None]:
    """Begin erasures that are due by rule while the application runs."""
    context: Context = app.state["context"]

    async def look() -> None:
        due_by = await find_steady_time(context)
        if due_by is None:
            return

        async def erase_due() -> None:
            await retention.erase_due(context, due_by)

        await in_turn(context, "persons.retention", ERASURE_DUE_EVERY, erase_due)

    async with repeating("persons.retention", TURN_LOOK_S, look):
        yield


lifespans = [doing_jobs("persons", lambda: ERASURE_POLL_S, make_runner), beginning_erasures]
"""After the publisher's."""
