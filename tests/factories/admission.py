"""A case of one scan with one call, any field overridden; and strategies that draw whole cases."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from shared.admission.decision_cases import DecisionCase, parse_case

SCAN_AT: Final = "2026-07-04T17:00:00Z"

_EVENT: Final = {
    "timezone": "Europe/Berlin",
    "starts_at": "2026-07-04T18:00:00Z",
    "ends_at": "2026-07-04T22:00:00Z",
    "doors_at": "2026-07-04T16:30:00Z",
}
_TICKET: Final = {
    "known": True,
    "event": "E1",
    "occurrence": None,
    "ticket_type": "standing",
    "variant": None,
    "state": "paid",
    "credential": "signed_valid",
}
_ZONE: Final = {"event": "E1", "reentry_after_exit": True}
_SCAN: Final = {"direction": "in", "at": SCAN_AT, "gate": "north"}


def raw_case(
    prior_scans: list[dict[str, Any]] | None = None, /, **fields: object
) -> dict[str, Any]:
    """Give a case whose ticket is admitted, with fields replaced: `ticket__state="pending"`."""
    case: dict[str, Any] = {
        "id": "case",
        "event": dict(_EVENT),
        "ticket": dict(_TICKET),
        "zone": dict(_ZONE),
        "scan": dict(_SCAN),
        "prior_scans": prior_scans or [],
    }
    for name, value in fields.items():
        part, _, field = name.partition("__")
        case[part][field] = value
    return case


def decision_case(
    prior_scans: list[dict[str, Any]] | None = None, /, **fields: object
) -> DecisionCase:
    """Give `raw_case`, read."""
    return parse_case(raw_case(prior_scans, **fields), 1)


def prior(direction: str, at: str = "2026-07-04T16:45:00Z", **fields: object) -> dict[str, Any]:
    """Give one accepted scan in the same zone."""
    return {"direction": direction, "at": at, "zone": "same", **fields}


ODD_DAYS: Final = (
    ("Europe/Berlin", "2026-07-04T22:00:00Z"),
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),  # 23 hours: 02:00 to 03:00 does not exist
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),  # 25 hours: 02:00 to 03:00 exists twice
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),  # midnight does not exist
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),  # the hour before midnight exists twice
    ("Asia/Beirut", "2024-03-30T22:00:00Z"),  # midnight does not exist
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),  # a whole day does not exist
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),  # half an hour exists twice
    ("Asia/Kathmandu", "2026-07-04T18:15:00Z"),  # an offset of 5:45
    ("UTC", "2026-12-31T23:59:59Z"),
)
"""Time zones with an instant around which their calendar is strange."""

_NUMBER_COMPARISONS: Final = ("<", "<=", "==", ">=", ">")
_IDS: Final = ("E1", "E2", "sat", "fri", "vip", "standing", "north", "south", "a", "b")


def _ids(*extra: None) -> st.SearchStrategy[str | None]:
    return st.sampled_from([*_IDS, *extra])


@st.composite
def _times(draw: st.DrawFn, around: str) -> str:
    """Draw an instant near `around`, often exactly on an hour, spelled with some offset."""
    step = draw(st.sampled_from([timedelta(hours=1), timedelta(minutes=15), timedelta(seconds=1)]))
    steps = draw(st.integers(-60, 60))
    moment = datetime.fromisoformat(around).astimezone(UTC) + steps * step
    if draw(st.booleans()):
        moment += timedelta(days=draw(st.integers(-9, 9)))
    return moment.isoformat()


def _moments(around: str) -> st.SearchStrategy[str]:
    clocks = st.sampled_from(["00:00:00", "00:30:00", "02:00:00", "02:30:00", "23:30:00"])
    return st.one_of(
        st.sampled_from(["event:start", "event:end", "event:doors"]),
        clocks.map(lambda clock: f"local:{clock}"),
        _times(around),
    )


def _conditions(around: str) -> st.SearchStrategy[dict[str, Any]]:
    compare = st.sampled_from(_NUMBER_COMPARISONS)
    small = st.integers(-1, 4) | st.sampled_from([0.5, 1.5])
    return st.one_of(
        st.fixed_dictionaries(
            {
                "fact": st.just("now"),
                "cmp": st.sampled_from(["after", "before"]),
                "value": _moments(around),
            },
            optional={"tolerance_min": st.sampled_from([0, 10, 0.5, 90])},
        ),
        st.fixed_dictionaries(
            {"fact": st.just("weekday"), "cmp": compare, "value": st.integers(1, 7)}
        ),
        st.fixed_dictionaries(
            {
                "fact": st.sampled_from(["ticket_type", "variant", "gate"]),
                "cmp": st.just("in"),
                "value": st.lists(_ids(), max_size=4),
            }
        ),
        st.fixed_dictionaries(
            {
                "fact": st.sampled_from(["entries_total", "entries_today", "entry_days"]),
                "cmp": compare,
                "value": small,
            }
        ),
        st.fixed_dictionaries(
            {
                "fact": st.sampled_from(
                    ["entries_since", "entries_before", "entry_days_since", "entry_days_before"]
                ),
                "cmp": compare,
                "value": small,
                "since": _moments(around),
            }
        ),
        st.fixed_dictionaries(
            {
                "fact": st.sampled_from(["minutes_since_first_entry", "minutes_since_last_entry"]),
                "cmp": compare,
                "value": st.sampled_from([-15, 0, 15, 30, 60, 59.5, 1440]),
            }
        ),
        st.fixed_dictionaries(
            {
                "fact": st.just("presence"),
                "cmp": st.just("=="),
                "value": st.sampled_from(["present", "absent"]),
            }
        ),
        st.fixed_dictionaries({"const": st.booleans()}),
    )


def raw_rules(around: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw rules whose moments lie near `around`."""
    return st.recursive(
        _conditions(around),
        lambda parts: st.one_of(
            st.fixed_dictionaries({"all": st.lists(parts, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(parts, max_size=3)}),
        ),
        max_leaves=6,
    )


def _mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """Draw the usual value four times in five, so that late checks are reached as well."""
    return st.sampled_from([usual] * 4 * len(others) + list(others))


_SCAN_IDS = _mostly(None, "s-1", "s-2")
_PERSONS = _mostly(1, 2, 3, 5)
_STATES = _mostly(
    "paid", "pending", "pending_admissible", "pending_approval", "cancelled", "payment_expired"
)
_STAGES = _mostly(
    "active", "published", "draft", "pending_approval", "completed", "archived", "cancelled"
)


@st.composite
def raw_cases(draw: st.DrawFn) -> dict[str, Any]:
    """Draw whole cases: few ids and near instants, so that they meet."""
    timezone, around = draw(st.sampled_from(ODD_DAYS))
    return {"id": "drawn", **draw(_cases_of(timezone, around))}


@functools.cache
def _cases_of(timezone: str, around: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw all but a case's name. Made once for each day: making one costs more than drawing."""
    times = _times(around)
    maybe_time = st.one_of(st.none(), st.none(), times)
    event = {
        "timezone": st.just(timezone),
        "starts_at": times,
        "ends_at": maybe_time,
        "doors_at": maybe_time,
        "state": _STAGES,
    }
    return st.fixed_dictionaries(
        {
            "event": st.fixed_dictionaries(event),
            "ticket": _raw_tickets(maybe_time),
            "zone": _raw_zones(around),
            "prior_scans": st.lists(_raw_prior_scans(times), max_size=5),
            "scan": _raw_scans(times),
        }
    )


def _raw_tickets(maybe_time: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    medium = st.fixed_dictionaries({"active": _mostly(True, False), "expires_at": maybe_time})
    kinds = ("unsigned", "signed_bad_signature", "medium", "medium")
    return st.fixed_dictionaries(
        {
            "known": _mostly(True, False),
            "event": _mostly("E1", "E2"),
            "occurrence": _mostly("sat", "fri", None),
            "ticket_type": _mostly("standing", "vip"),
            "variant": st.sampled_from([None, "a", "b"]),
            "state": _STATES,
            "valid_from": maybe_time,
            "valid_until": maybe_time,
            "blocked": _mostly(False, True),
            "revoked": _mostly(False, True),
            "credential": _mostly("signed_valid", *kinds),
            "medium": st.one_of(st.none(), medium),
            "persons": _PERSONS,
        }
    )


def _raw_zones(around: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "event": st.just("E1"),
            "occurrence": st.sampled_from([None, "sat"]),
            "ticket_types": _mostly(None, ["standing"], ["standing", "vip"], ["vip"], []),
            "admit_pending": st.booleans(),
            "multiple_entries": _mostly(False, True),
            "reentry_after_exit": st.booleans(),
            "strict_anti_passback": _mostly(False, True),
            "rule": st.one_of(st.none(), raw_rules(around)),
        }
    )


def _raw_prior_scans(times: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "direction": _mostly("in", "out", "out"),
            "at": times,
            "zone": _mostly("same", "other"),
            "scan_id": _SCAN_IDS,
            "annulled": _mostly(False, True),
            "count": _PERSONS,
        }
    )


def _raw_scans(times: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "direction": _mostly("in", "out"),
            "at": times,
            "gate": st.sampled_from(["north", "south", None]),
            "scan_id": _SCAN_IDS,
            "count": _PERSONS,
            "forced": _mostly(False, True),
            "pending_acknowledged": st.booleans(),
            "gate_direction": _mostly(None, "both", "in", "out"),
        }
    )
