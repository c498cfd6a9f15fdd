"""Who did what, as the desk asks an owner's server, page by page and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Final

import msgspec

from gatekeeper.organizer.afterwards.audit_names import AuditNames
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.id_types import OrganizationId
from shared.kernel.spreadsheet_cells import plain_cell

PAGE_LINES: Final = 50
OPERATOR: Final = "operator"
"""Who did something at the server's own machine, by its command line."""
_CSV: Final = "utf-8-sig"
_ROOT: Final = "/api/v1/organizations/{organization_id}"
_THINGS: Final[Mapping[str, str]] = {
    "": "organization",
    "/events": "event",
    "/events/{event_id}/occurrences": "date",
    "/events/{event_id}/zones": "zone",
    "/events/{event_id}/gates": "gate",
    "/events/{event_id}/ticket-types": "type",
    "/events/{event_id}/promotions": "promotion",
    "/events/{event_id}/holds": "hold",
    "/venues": "venue",
    "/supervisors": "supervisor",
    "/cashiers": "cashier",
    "/invitations": "invitation",
    "/api-keys": "api_key",
    "/webhooks": "webhook",
    "/report-schedules": "schedule",
    "/report-addresses": "address",
    "/vouchers": "voucher",
}
"""What is made at a route; what is changed or removed one part below it."""
_VERBS: Final[Mapping[str, str]] = {"PUT": "changed", "PATCH": "changed", "DELETE": "removed"}
_MORE_THINGS: Final[Mapping[str, tuple[str, str]]] = {
    "PATCH ": ("changed", "organization"),
    "PUT /members/{user_id}": ("changed", "member"),
    "PUT /venues/{venue_id}/seats": ("changed", "seats"),
    "PUT /events/{event_id}/seats/map": ("changed", "seats"),
    "POST /supervisors/{supervisor_id}/badge": ("made", "badge"),
    "DELETE /supervisors/{supervisor_id}/badge": ("removed", "badge"),
    "POST /cashiers/{cashier_id}/badge": ("made", "badge"),
    "DELETE /cashiers/{cashier_id}/badge": ("removed", "badge"),
    "PUT /events/{event_id}/alarm-limits": ("changed", "alarms"),
    "PUT /alarm-mail": ("changed", "alarm_mail"),
    "POST /events/{event_id}/occurrences/series": ("made", "dates"),
}
_EVENT: Final[Mapping[str, str]] = {
    "POST /state": "state",
    "POST /plan": "venue_copied",
    "POST /copy": "event_copied",
    "PUT /look": "look_changed",
    "DELETE /look": "look_plain",
    "POST /seats/kill": "seats_killed",
    "POST /seats/unkill": "seats_back",
    "POST /holds/{hold_id}/release": "hold_released",
    "POST /homes/moves": "homes_moved",
    "POST /homes/spread": "homes_spread",
    "POST /handover": "handover",
    "POST /freeze/lift": "lift",
    "POST /orders": "sold",
    "POST /orders/{order_id}/paid": "paid",
    "POST /orders/{order_id}/payments": "payment",
    "POST /orders/{order_id}/payments/{payment_id}/facts": "payment",
    "POST /orders/{order_id}/payouts": "payout",
    "POST /orders/{order_id}/payouts/{payout_id}/facts": "payout",
    "POST /orders/{order_id}/cancel": "order_cancelled",
    "DELETE /orders/{order_id}/buyer": "buyer_forgotten",
    "POST /orders/{order_id}/mail": "mailed",
    "DELETE /tickets/{ticket_id}": "ticket_cancelled",
    "PUT /tickets/{ticket_id}/block": "blocked",
    "POST /tickets/{ticket_id}/reissue": "reissued",
    "PUT /tickets/{ticket_id}/holder": "renamed",
    "DELETE /tickets/{ticket_id}/holder": "holder_forgotten",
    "POST /tickets/{ticket_id}/refund": "refunded",
    "POST /tickets/import": "codes_taken",
    "POST /tickets/import/csv": "list_taken",
    "POST /imports": "list_sent",
    "POST /imports/{import_id}/check": "list_checked",
    "POST /imports/{import_id}/start": "list_taken",
    "POST /imports/{import_id}/cancel": "list_stopped",
    "POST /imports/{import_id}/undo": "list_undone",
    "POST /ticket-files": "tickets_written",
    "POST /ticket-files/{file_id}/cancel": "tickets_given_up",
    "POST /cancellation": "called_off",
    "POST /occurrences/{occurrence_id}/cancellation": "date_called_off",
    "POST /cancellation/stop": "refunds_stopped",
    "POST /occurrences/{occurrence_id}/cancellation/stop": "refunds_stopped",
    "POST /move": "moved",
    "POST /devices/{device_id}/lost": "lost",
    "PUT /till-stock/{device_id}": "stock",
    "POST /till-stock/{device_id}/reserved": "seats_given",
    "POST /till-stock/{device_id}/reserved/free": "seats_freed",
    **dict.fromkeys(("PUT /gates/{gate_id}/pause", "PUT /zones/{zone_id}/pause"), "paused"),
    **dict.fromkeys(("DELETE /gates/{gate_id}/pause", "DELETE /zones/{zone_id}/pause"), "resumed"),
    "POST /evacuations": "evacuation",
    "POST /evacuations/rulings": "evacuation",
    "POST /conflicts/{conflict_id}/disposition": "settled",
    "POST /alarms/{alarm_id}/seen": "seen",
}
"""Acts at an event, below its own route."""
_ACTS: Final[Mapping[str, str]] = {
    "PUT /approval": "approval",
    "PUT /second-factor": "factor",
    "DELETE /members/{user_id}": "left",
    "POST /devices/codes": "code",
    "DELETE /devices/codes/{code_id}": "code_taken_back",
    "PUT /devices/{device_id}/assignment": "assigned",
    "POST /devices/{device_id}/revoke": "revoked",
    "POST /devices/{device_id}/unconfirmed/accept": "entries_accepted",
    "POST /devices/{device_id}/unconfirmed/dismiss": "entries_dismissed",
    "POST /supervisors/pins": "pins_drawn",
    "POST /vouchers/{voucher_id}/withdraw": "voucher_withdrawn",
    "POST /pictures": "picture_brought",
    "DELETE /pictures/{picture_id}": "picture_removed",
    "POST /jobs/{job_id}/again": "job_again",
    "POST /webhooks/{webhook_id}/secret": "secret_renewed",
    "POST /webhooks/{webhook_id}/test": "trial_sent",
    "POST /webhooks/{webhook_id}/deliveries/{message_id}/again": "message_again",
    "POST /keys/{key_name}/rotate": "key_rotated",
    "POST /keys/{key_name}/bound": "key_bounded",
    "POST /keys/{key_name}/compromise": "key_lost",
    "POST /persons/find": "found",
    "POST /persons/held": "held",
    "POST /persons/export": "exported",
    "POST /persons/erase": "erased",
    "PUT /retention": "retention",
    "POST /report-schedules/{schedule_id}/runs": "report_mailed",
    "POST /report-addresses/{address_id}/confirmation": "address_confirmed",
}
_ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {
    "POST /api/v1/organizations": ("made", "organization"),
    "POST /api/v1/users": ("account", ""),
    "POST /api/v1/invitations/accept": ("joined", ""),
    "POST /sync/v1/enrol": ("paired", ""),
    "COMMAND gatekeeper-server/keys/rotate": ("key_rotated", ""),
    "COMMAND gatekeeper-server/keys/bound": ("key_bounded", ""),
    "COMMAND gatekeeper-server/keys/compromise": ("key_lost", ""),
    "COMMAND gatekeeper-server/supervisors/pins": ("pins_drawn", ""),
    "COMMAND gatekeeper-server/supervisors/badge": ("made", "badge"),
    "COMMAND gatekeeper-server/supervisors/withdraw": ("removed", "badge"),
    "COMMAND gatekeeper-server/epoch/absent": ("absent", ""),
}
_SAID: Final[Mapping[str, str]] = {
    "phase": "evacuation",
    "ruling": "evacuation",
    "blocked": "blocked",
    "state": "state",
}
"""What a line's targets tell of one route that is gone for several acts, and what it is an act of.

Lines of earlier versions do not tell it: they are said by their route alone.
"""
ACTS: Final = (
    *_MORE_THINGS,
    *_ACTS,
    *(f"{key.partition(' ')[0]} /events/{{event_id}}{key.partition(' ')[2]}" for key in _EVENT),
    *(f"POST {path}" for path in _THINGS if path),
)
"""Every request with words of its own, but those that change or remove one of many things."""
KINDS: Final[Mapping[str, str]] = {
    "state": "/state",
    "handover": "/handover",
    "orders": "/orders",
    "tickets": "/tickets/",
    "refund": "/refund",
    "imports": "/imports",
    "occurrences": "/occurrences",
    "zones": "/zones",
    "types": "/ticket-types",
    "cancellation": "/cancellation",
    "devices": "/devices",
    "members": "/members",
    "supervisors": "/supervisors",
    "cashiers": "/cashiers",
    "persons": "/persons",
    "keys": "/keys/",
}
"""By which part of the route each kind of act is found."""


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """A request that changed something.

    Attributes:
        actor: Id of the person or API key; "" for whoever had no account yet; `OPERATOR`.
        by: Their name; "" where it is not known any more.
        route: The route's template.
        targets: Ids of the path, `name=id`; then what was said, and of which zone.
        request_id: As in the server's log.
    """

    at: datetime
    actor: str
    by: str
    method: str
    route: str
    targets: Sequence[str]
    request_id: str

    def target(self, name: str) -> str:
        """Return the id of a part of the path; "" if it has none."""
        return self.parts.get(name, "")

    @property
    def parts(self) -> Mapping[str, str]:
        """The ids of the path by the names of its parts."""
        return parts_of(self.targets)

    @property
    def last_target(self) -> str:
        """The id of what the request was about; "" of the organization or the event itself."""
        about = [name for name in self.parts if name not in _SAID]
        name = about[-1] if about else ""
        return "" if name in {"organization_id", "event_id"} else self.target(name)

    @property
    def act(self) -> tuple[str, str]:
        """What was done, and to which kind of thing; both "" for what has no words of its own."""
        if (found := _ELSEWHERE.get(f"{self.method} {self.route}")) is not None:
            return found
        if not self.route.startswith(_ROOT):
            return ("", "")
        for name, act in _SAID.items():
            if said := self.target(name):
                return (f"{act}.{said}", "")
        path = self.route.removeprefix(_ROOT)
        key = f"{self.method} {path}"
        below = f"{self.method} {path.removeprefix('/events/{event_id}')}"
        if (found := _MORE_THINGS.get(key)) is not None:
            return found
        acts = _EVENT if path.startswith("/events/{event_id}/") else _ACTS
        if act := acts.get(below if acts is _EVENT else key, ""):
            return (act, "")
        if self.method == "POST":
            return ("made", _THINGS[path]) if path in _THINGS else ("", "")
        parent, _, part = path.rpartition("/")
        is_one = part.startswith("{") and parent in _THINGS and self.method in _VERBS
        return (_VERBS[self.method], _THINGS[parent]) if is_one else ("", "")


class Days(msgspec.Struct, frozen=True):
    """From a first to a last day, both in it; None without an end."""

    since: date | None = None
    until: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the last one is before the first."""
        return self.since is not None and self.until is not None and self.until < self.since


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines: "" and no days leave nothing out.

    Attributes:
        kind: One of `KINDS`.
    """

    event_id: str = ""
    actor: str = ""
    kind: str = ""
    days: Days = Days()


class AuditFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What lines are narrowed by, and shown with.

    Attributes:
        events: Their names by their ids, the newest first.
        people: Names of members and API keys by their ids.
        zone: The organization's time zone.
    """

    events: Mapping[str, str]
    people: Mapping[str, str]
    zone: str


class AuditLines(msgspec.Struct, frozen=True):
    """Some lines, the newest first, and from where to read on; "" at the end.

    Attributes:
        names: What ids of the lines stand for, as far as that is known.
    """

    lines: Sequence[AuditLine]
    next: str
    names: Mapping[str, str] = {}


class AuditClient:
    """What an owner can ask about an organization's audit."""

    def __init__(self, api: ServerApi, organization_id: OrganizationId) -> None:
        self._api = api
        self.organization_id = organization_id
        self._root = f"/organizations/{organization_id}"
        self._names = AuditNames(api, self._root)

    async def read_facts(self) -> AuditFacts:
        """Return events, people and the zone."""
        organization = await self._api.get(self._root)
        events = await self._api.list_all(f"{self._root}/events")
        members = await self._api.get(f"{self._root}/members")
        keys = await self._api.get(f"{self._root}/api-keys")
        newest_first = sorted(events, key=lambda one: str(one["created_at"]), reverse=True)
        people = {one["user_id"]: one["name"] for one in members}
        return AuditFacts(
            events={one["id"]: one["name"] for one in newest_first},
            people=people | {one["id"]: one["name"] for one in keys},
            zone=str(organization["timezone"]),
        )

    async def read(self, wanted: AuditFilter, zone: str, after: str = "") -> AuditLines:
        """Return a page of lines.

        Args:
            wanted: Which ones.
            zone: Whose days are meant.
            after: `next` of the page before.
        """
        query = _query(wanted, zone) | ({"after": after} if after else {})
        page = await self._api.get(f"{self._root}/audit", limit=PAGE_LINES, **query)
        lines = msgspec.convert(page["items"], list[AuditLine])
        names = await self._names.read([one.parts for one in lines])
        return AuditLines(lines, page["next"] or "", names)

    async def read_file(self, wanted: AuditFilter, zone: str) -> bytes:
        """Return the lines as CSV, up to `AUDIT_LINES_MAX` of them, with the names beside the ids.

        Of orders and tickets those that were shown have their numbers.
        """
        pieces = self._api.stream(f"{self._root}/audit.csv", **_query(wanted, zone))
        rows = list(csv.reader(StringIO(b"".join([one async for one in pieces]).decode(_CSV))))
        at = rows[0].index("targets")
        parts = [parts_of(row[at].split()) for row in rows[1:]]
        names = await self._names.read(parts, has_single=False)
        text = StringIO(newline="")
        table = csv.writer(text)
        table.writerow([*rows[0], "names"])
        for row, of in zip(rows[1:], parts, strict=True):
            said = [names[one] for one in of.values() if one in names]
            table.writerow([*row, plain_cell(", ".join(said))])
        return text.getvalue().encode(_CSV)


def parts_of(targets: Iterable[str]) -> dict[str, str]:
    """Return ids by the parts of a route that hold them, of `name=id`."""
    return {part: value for part, _, value in (one.partition("=") for one in targets)}


def count_lines(file: bytes) -> int:
    """Count the lines of such a file below its head; no cell of it has two lines."""
    return max(file.count(b"\r\n") - 1, 0)


def _query(wanted: AuditFilter, zone: str) -> dict[str, str]:
    since, until = wanted.days.since, wanted.days.until
    found = {
        "event_id": wanted.event_id,
        "actor": wanted.actor,
        "what": KINDS.get(wanted.kind, ""),
        "since": "" if since is None else _begin(since, zone),
        "until": "" if until is None else _begin(until + timedelta(days=1), zone),
    }
    return {name: value for name, value in found.items() if value}


def _begin(day: date, zone: str) -> str:
    """Return a day's first moment where the organization is."""
    return datetime.combine(day, time(), zone_named(zone)).astimezone(UTC).isoformat()
