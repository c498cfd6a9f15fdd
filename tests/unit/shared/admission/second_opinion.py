"""The decision once more, naive and slow, written from the contract alone.

It reads the JSON of a case as it stands, thinks in `datetime`, and shares no line with the
product. Where the two differ, one of them misread the contract. Besides the contract's words it
holds four decisions of ours: groups, strict anti-passback, retries in any zone, and gates that
serve one way only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Raw = dict[str, Any]


def second_opinion(case: Raw) -> tuple[bool, str]:
    """Answer a case with `admit` and `reason`."""
    scan, ticket = case["scan"], case["ticket"]
    reason = next(iter(_reasons(case)), None)
    good = "exit" if scan["direction"] == "out" else "ok"
    if reason == "retry":
        return True, "ok"
    if reason is None or (scan["forced"] and ticket["known"]):
        return True, good
    return False, reason


def _reasons(case: Raw) -> list[str]:
    """All reasons that apply, in the contract's order."""
    ticket, zone, scan = case["ticket"], case["zone"], case["scan"]
    now, is_in = _read(scan["at"]), scan["direction"] == "in"
    unknown = not ticket["known"] and ticket["credential"] in ("unsigned", "medium")
    medium: Raw = (
        (ticket["medium"] or {}) if ticket["credential"] == "medium" else {"active": True}
    )
    state = ticket["state"] if ticket["known"] else "paid"  # no credential says it
    stage = case["event"].get("state")
    until = medium.get("expires_at")
    table: list[tuple[bool, str]] = [
        (_is_retry(case), "retry"),
        (ticket["credential"] == "signed_bad_signature", "bad_signature"),
        (unknown, "unknown_ticket"),
        (ticket["revoked"], "superseded"),
        (not medium.get("active"), "blocked"),
        (until is not None and _read(until) < now, "expired"),
        (state in ("cancelled", "payment_expired"), "cancelled"),
        (ticket["blocked"], "blocked"),
        (state == "pending_approval", "unpaid"),
        (is_in and stage in ("draft", "pending_approval"), "not_yet_valid"),
        (is_in and stage in ("completed", "archived"), "expired"),
        (is_in and stage == "cancelled", "cancelled"),
        (is_in and _is_before(now, ticket["valid_from"]), "not_yet_valid"),
        (is_in and _is_after(now, ticket["valid_until"]), "expired"),
        (ticket["event"] != zone["event"], "wrong_event"),
        (zone["occurrence"] not in (None, ticket["occurrence"]), "wrong_event"),
        (scan["gate_direction"] not in (None, "both", scan["direction"]), "wrong_gate"),
        (
            zone["ticket_types"] is not None and ticket["ticket_type"] not in zone["ticket_types"],
            "wrong_ticket_type",
        ),
        (
            state == "pending" and not (zone["admit_pending"] and scan["pending_acknowledged"]),
            "unpaid",
        ),
        (is_in and zone["rule"] is not None and not _holds(zone["rule"], case), "rules_denied"),
        (is_in and _is_used(case), "already_used"),
        (
            not is_in and zone["strict_anti_passback"] and _inside(case, 10**9) == 0,
            "not_inside",
        ),
    ]
    return [reason for applies, reason in table if applies]


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _is_before(now: datetime, text: str | None) -> bool:
    return text is not None and now < _read(text)


def _is_after(now: datetime, text: str | None) -> bool:
    return text is not None and now > _read(text)


def _is_retry(case: Raw) -> bool:
    mine = case["scan"]["scan_id"]
    return mine is not None and mine in [prior["scan_id"] for prior in case["prior_scans"]]


def _here(case: Raw) -> list[Raw]:
    priors = [p for p in case["prior_scans"] if p["zone"] == "same" and not p["annulled"]]
    return sorted(priors, key=lambda prior: _read(prior["at"]))


def _entries(case: Raw) -> list[datetime]:
    return [_read(prior["at"]) for prior in _here(case) if prior["direction"] == "in"]


def _inside(case: Raw, room: int) -> int:
    """One by one, persons go in while there is room and out while there is somebody."""
    inside = 0
    for prior in _here(case):
        for _ in range(prior["count"]):
            if prior["direction"] == "in" and inside < room:
                inside += 1
            elif prior["direction"] == "out" and inside > 0:
                inside -= 1
    return inside


def _is_used(case: Raw) -> bool:
    zone, wanted = case["zone"], case["scan"]["count"]
    if zone["multiple_entries"]:
        return False
    if zone["reentry_after_exit"]:
        used = _inside(case, case["ticket"]["persons"])
    else:
        used = sum(prior["count"] for prior in _here(case) if prior["direction"] == "in")
    return bool(used + wanted > case["ticket"]["persons"])


def _holds(rule: Raw, case: Raw) -> bool:
    if "all" in rule:
        return all(_holds(part, case) for part in rule["all"])
    if "any" in rule:
        return any(_holds(part, case) for part in rule["any"])
    if "const" in rule:
        return bool(rule["const"])
    now, fact, value = _read(case["scan"]["at"]), rule["fact"], rule["value"]
    if fact == "now":
        slack = timedelta(minutes=rule.get("tolerance_min", 0))
        moment = _moment(value, case)
        return now > moment - slack if rule["cmp"] == "after" else now < moment + slack
    if fact in ("ticket_type", "variant"):
        return case["ticket"][fact] in value
    if fact == "gate":
        return case["scan"]["gate"] in value
    if fact == "presence":
        latest = [prior["direction"] for prior in _here(case)][-1:]
        return (latest == ["in"]) is (value == "present")
    number = _number(fact, rule, case)
    if number is None:
        return False
    below, same = number < value, number == value
    return bool(
        {"<": below, "<=": below or same, "==": same, ">=": not below}.get(
            rule["cmp"], not (below or same)
        )
    )


def _number(fact: str, rule: Raw, case: Raw) -> float | None:
    now, entries = _read(case["scan"]["at"]), _entries(case)
    if fact == "weekday":
        return 1 + _local(now, case).weekday()
    if fact.startswith("minutes_since"):
        if not entries:
            return None
        entry = min(entries) if "first" in fact else max(entries)
        return (now - entry) // timedelta(minutes=1)
    if fact.endswith("_since"):
        entries = [at for at in entries if not at < _moment(rule["since"], case)]
    if fact.endswith("_before"):
        entries = [at for at in entries if at < _moment(rule["since"], case)]
    if fact.endswith("_today"):
        entries = [at for at in entries if _local(at, case).date() == _local(now, case).date()]
    if fact.startswith("entry_days"):
        return len({_local(at, case).date() for at in entries})
    return len(entries)


def _local(moment: datetime, case: Raw) -> datetime:
    return moment.astimezone(ZoneInfo(case["event"]["timezone"]))


def _moment(text: str, case: Raw) -> datetime:
    event = case["event"]
    if text.startswith("event:"):
        own = event[{"event:end": "ends_at", "event:doors": "doors_at"}.get(text, "starts_at")]
        return _read(own or event["starts_at"])
    if text.startswith("local:"):
        _, hour, minute, second = text.split(":")
        local = _local(_read(case["scan"]["at"]), case)
        return local.replace(
            hour=int(hour), minute=int(minute), second=int(second), microsecond=0, fold=0
        ).astimezone(UTC)
    return _read(text)
