"""What is said of API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import Final

from gatekeeper.organizer.organization.api_key_scopes import SCOPES
from gatekeeper.organizer.organization.api_keys_client import ApiKeyOverview, Key
from gatekeeper.organizer.server_api import FACTOR_MISSING, Refused
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

_FORBIDDEN: Final = 403
_ENDED, _LASTS = "✕", "✓"
"""Read without colours too."""


def spell_key(key: Key, overview: ApiKeyOverview, now: datetime) -> str:
    """Say a key in the list: its name, whose it is, when it was used, when it ends."""
    return "\n".join((key.name, spell_maker(key, overview), spell_use(key), spell_end(key, now)))


def spell_facts(key: Key, overview: ApiKeyOverview, now: datetime) -> str:
    """Say how a key stands."""
    begins = TEXTS.say("api_keys.begins", digits=TEXTS.isolate(f"{key.shown}…"))
    made = TEXTS.say("api_keys.made_at", time=ORGANIZATION_CLOCK.stamp(key.created_at))
    lines = (begins, spell_maker(key, overview), made, spell_use(key), spell_end(key, now))
    return "\n".join(lines)


def spell_maker(key: Key, overview: ApiKeyOverview) -> str:
    """Say whose key it is."""
    name = overview.names.get(key.created_by, "")
    return TEXTS.say("api_keys.by", name=name) if name else TEXTS.say("api_keys.by_other")


def spell_use(key: Key) -> str:
    """Say when a key was last used."""
    if key.last_used_at is None:
        return TEXTS.say("api_keys.unused")
    return TEXTS.say("api_keys.used", time=ORGANIZATION_CLOCK.stamp(key.last_used_at))


def has_ended(key: Key, now: datetime) -> bool:
    """Whether a key is refused by its time."""
    return key.expires_at is not None and key.expires_at <= now


def spell_end(key: Key, now: datetime) -> str:
    """Say until when a key is taken: of one that ends with a day, its last day."""
    end = key.expires_at
    # The first and the last year stand for ends that no calendar has: no clock can turn them.
    if end is None or end.year == MAXYEAR:
        return TEXTS.say("api_keys.endless")
    if end.year == MINYEAR:
        return f"{_ENDED} " + TEXTS.say("api_keys.ended_long_ago")
    last = end - timedelta(microseconds=1)
    is_whole_day = ORGANIZATION_CLOCK.end_of(ORGANIZATION_CLOCK.read(last).date()) == end
    time = ORGANIZATION_CLOCK.day(last) if is_whole_day else ORGANIZATION_CLOCK.stamp(end)
    if has_ended(key, now):
        return f"{_ENDED} " + TEXTS.say("api_keys.ended", time=time)
    return f"{_LASTS} " + TEXTS.say(
        "api_keys.last_day" if is_whole_day else "api_keys.ends", time=time
    )


def spell_scope(resource: str, verb: str) -> str:
    """Say what a scope lets a program do."""
    return TEXTS.say(f"api_keys.{verb}", what=TEXTS.say(f"api_keys.scope.{resource}"))


def spell_scopes(scopes: Sequence[str]) -> str:
    """Say what a key may, a line for each; one of a newer server by its own name."""
    known = {f"{one}:{verb}": (one, verb) for one, verbs in SCOPES.items() for verb in verbs}
    lines = [spell_scope(*known[one]) for one in known if one in scopes]
    return "\n".join([*lines, *(TEXTS.isolate(one) for one in scopes if one not in known)])


def spell_owners(overview: ApiKeyOverview) -> str:
    """Say who may make keys, to somebody who may not."""
    if not overview.owners:
        return TEXTS.say("api_keys.owner_only")
    names = TEXTS.list(list(overview.owners))
    return TEXTS.say("api_keys.owner_only") + "\n" + TEXTS.say("api_keys.ask", names=names)


def spell_key_trouble(fault: Refused) -> str:
    """Say why the server did not do it."""
    if fault.status == _FORBIDDEN and fault.problem != FACTOR_MISSING:
        return TEXTS.say("api_keys.owner_only")
    if fault.problem == "quota-exceeded":
        return TEXTS.say("api_keys.too_many")
    if any(one.field == "expires_at" for one in fault.fields):
        return TEXTS.say("api_keys.flaw.ended")
    return spell_fault(fault)
