"""How an evacuation is told to the organizer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gatekeeper.organizer.during.evacuations_client import (
    EvacuationAct,
    EvacuationUnderWay,
    GateHearing,
)
from gatekeeper.organizer.server_api import Refused
from gatekeeper.wording.names_in_order import by_number
from gatekeeper.wording.texts import TEXTS

_NAMES: Final[Mapping[EvacuationAct, str]] = {
    EvacuationAct.STOP: "evacuation.begin",
    EvacuationAct.RETURN: "evacuation.return",
    EvacuationAct.OVER: "evacuation.end",
    EvacuationAct.ANNUL: "evacuation.false_alarm",
}


def spell_act(act: EvacuationAct) -> str:
    """Name an act as its button does."""
    return TEXTS.say(_NAMES[act])


def acts_for(under_way: EvacuationUnderWay | None) -> tuple[EvacuationAct, ...]:
    """Return what can be said of a zone now."""
    if under_way is None:
        return (EvacuationAct.STOP,)
    if under_way.phase == EvacuationAct.STOP:
        return (EvacuationAct.RETURN, EvacuationAct.ANNUL)
    return (EvacuationAct.OVER, EvacuationAct.STOP)


def spell_state(under_way: EvacuationUnderWay | None) -> str:
    """Say how a zone stands."""
    if under_way is None:
        return TEXTS.say("evacuation.none")
    is_stopped = under_way.phase == EvacuationAct.STOP
    return TEXTS.say("evacuation.meaning" if is_stopped else "evacuation.bar_return")


def spell_heard(under_way: EvacuationUnderWay | None, shut: Sequence[GateHearing] = ()) -> str:
    """Say which gates have not confirmed the newest word: somebody has to call them.

    Args:
        under_way: What holds in the zone now.
        shut: Those that let nobody in by what is over.
    """
    devices = shut if under_way is None else under_way.devices
    missing = [one for one in devices if not one.has_heard]
    if missing:
        return TEXTS.say("evacuation.not_heard", gates=spell_missing(missing))
    if under_way is None:
        return ""
    return TEXTS.say("evacuation.all_heard" if devices else "evacuation.no_gates")


def spell_missing(devices: Iterable[GateHearing]) -> str:
    """Name devices that somebody has to call, each with its gate, in the order of gates."""
    in_order = sorted(devices, key=lambda one: (by_number(one.gate or ""), by_number(one.device)))
    return TEXTS.list(
        one.device if one.gate is None else f"{one.gate} ({one.device})" for one in in_order
    )


def spell_refused_order(fault: Refused) -> str:
    """Say why the server has not taken an order; "" for the usual words."""
    is_wrong = any(one.field == "password" for one in fault.fields)
    return TEXTS.say("evacuation.wrong_password") if is_wrong else ""
