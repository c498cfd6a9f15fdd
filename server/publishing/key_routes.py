"""Keys of every kind for the organizer: listed, rotated, bounded, declared compromised."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.http.body_and_answer_types import Page, answer_of, to_instant, to_moment
from server.http.list_search_and_filters import Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.keys.organization_keys import KeyRow
from server.publishing import key_changes
from server.publishing.publisher import Publisher
from server.publishing.schemas import KeyBound, KeyDetail, KeyEnd
from shared.kernel.id_types import EventId
from shared.manifest.signed_document import name_key

KEYS: Final = "/organizations/{organization_id:str}/keys"
KEY: Final = KEYS + "/{key_name:str}"
READ: Final = requires(Role.READER, "manifests:read")
WRITE: Final = requires(Role.OWNER)
"""What a key vouches for is everybody's: its end is the owners' to decide."""


@get(KEYS, tags=["keys"], guards=[READ], opt={SORTS: key_changes.KEY_ORDER})
async def list_keys(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    event_id: Annotated[EventId | None, QueryParameter(max_length=64)] = None,
    purpose: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Page[KeyDetail]:
    """List the organization's keys of every kind, ended ones as well."""
    async with units.read() as unit:
        return await search.page(
            unit,
            key_changes.select_keys(event_id=event_id, purpose=purpose),
            key_changes.KEY_ORDER,
            convert=detail_of,
        )


@post(KEY + "/rotate", status_code=200, tags=["keys"], guards=[WRITE])
async def rotate_key(
    data: JSONBody[KeyEnd],
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    key_name: FromPath[str],
) -> KeyDetail:
    """Let another key sign in a key's place; what it signed stays good.

    Answers with the new key; for a till's with the old one: the till draws its next one itself.
    """
    async with units.write() as unit:
        new = await key_changes.rotate_key(unit, publisher, key_name)
        answer = detail_of(new or await key_changes.find_key(unit, key_name))
    _note(units.actor, "key.rotated", key_name, data)
    return answer


@post(KEY + "/bound", status_code=200, tags=["keys"], guards=[WRITE])
async def bound_key(
    data: JSONBody[KeyBound],
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    key_name: FromPath[str],
) -> KeyDetail:
    """Let tickets that a key signed admit up to a moment only; null lifts the bound.

    Gates hear of it at once. A bound before the event's end turns its board red.
    """
    async with units.write() as unit:
        row = await key_changes.limit_admissions_by_key(
            unit, publisher, key_name, to_instant(data.admits_until)
        )
        answer = detail_of(row)
    _note(units.actor, "key.bounded", key_name, data)
    return answer


@post(KEY + "/compromise", status_code=200, tags=["keys"], guards=[WRITE])
async def compromise_key(
    data: JSONBody[KeyEnd],
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    key_name: FromPath[str],
) -> KeyDetail:
    """Declare that somebody else may hold a key: its signature proves nothing from now on.

    Tickets that are listed still pass. Devices that pinned a compromised root need fresh codes.
    """
    async with units.write() as unit:
        new = await key_changes.compromise_key(unit, publisher, key_name)
        answer = detail_of(new or await key_changes.find_key(unit, key_name))
    _note(units.actor, "key.compromised", key_name, data)
    return answer


def detail_of(row: KeyRow) -> KeyDetail:
    """Show a key."""
    state = row.status
    if state == "active" and row.retired_at is not None:
        state = "retired"
    return answer_of(
        KeyDetail,
        row,
        name=name_key(row.public_key).hex(),
        kid=f"{row.key_id:04x}",
        public_key=row.public_key.hex(),
        state=state,
        admits_until=to_moment(row.admits_until),
    )


def _note(actor: str, what: str, name: str, data: KeyEnd | KeyBound) -> None:
    log().info(what, key=name, reason=data.reason, actor=actor)
