"""Examples for the API's description, made from its own schemas. Pure.

A request's example has the fields that it must have (all of them, if none is a must), so that it
can be sent as it stands once its ids are those of the sender; `test_docs_page.py` decodes each as
its route does.
"""

from __future__ import annotations

import re
from typing import Any, Final

_PICTURE: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAAA1BMVEV6H1xRm8MdAAAADElEQVR42mNg"
    "IA0AAAAwAAEodEl9AAAAAElFTkSuQmCC"
)
"""A square of one colour, as PNG in base64."""
_VALUES: Final[dict[str, Any]] = {
    "email": "ada@example.org",
    "buyer_email": "klara@example.org",
    "name": "Summer Fair",
    "buyer_name": "Klara Novák",
    "buyer_phone": "+420 602 123 456",
    "label": "North gate",
    "slug": "summer-fair",
    "url": "https://example.org/gatekeeper",
    "currency": "EUR",
    "country": "CH",
    "timezone": "Europe/Berlin",
    "password": "seven lamps over the gate",
    "current_password": "seven lamps over the gate",
    "new_password": "nine bridges over a calm river",
    "pin": "483920",
    "reason": "Bought twice by mistake",
    "clock": "08:00",
    "recipient": "ada@example.org",
    "scopes": ["events:read"],
    "price_minor": 2500,
    "quantity": 2,
    "public_key": "00" * 32,
    "boot": "00" * 8,
    "codes": ["LN-100000", "LN-100001"],
    "uids": ["04A1B2C3D4E5F6"],
}
"""What a field of this name usually holds, where that fits its schema."""
_NAMES: Final = {
    "ApiKey": "Box office script",
    "Enrol": "North gate",
    "Gate": "North",
    "Holder": "Klara Novák",
    "Occurrence": "Saturday",
    "Registration": "Ada Lindqvist",
    "Schedule": "Each morning",
    "Supervisor": "Sam Okafor",
    "TicketType": "Adult",
    "Ticket": "Klara Novák",
    "User": "Ada Lindqvist",
    "Member": "Ada Lindqvist",
    "Venue": "Fairground",
    "Webhook": "Bookkeeping",
    "Zone": "Grounds",
}
"""Whom or what a `name` names, by a part of its schema's name; else the event."""
_WHOLE: Final = {
    "EventSeatsBody": {"venue_id": "THE_VENUE_ID"},
    "LookBody": {"accent": "#7a1f5c", "note": "No re-entry.", "hidden": ["price"]},
    "PictureBody": {"content": _PICTURE},
    "HoldBody": {"name": "Band", "reason": "Guests", "seats": ["Stalls-A-1", "Stalls-A-2"]},
    "PersonBody": {"name": "Klara Novák", "email": "klara@example.org"},
    "ErasureBody": {"name": "Klara Novák", "email": "klara@example.org"},
    "PersonSearchBody": {"text": "klara"},
    "SeriesBody": {
        "name": "Saturday",
        "starts_local": "2027-10-02T19:30",
        "rule": "FREQ=WEEKLY;BYDAY=SA;COUNT=8",
        "except_days": ["2027-10-16"],
        "minutes": 150,
    },
    "ReleaseBody": {"seats": ["Stalls-A-2"]},
    "SeatMapBody": {"form": "csv", "text": "section,row,seat\nStalls,A,1\nStalls,A,2\n"},
    "ImportBody": {"ticket_type_id": "THE_TICKET_TYPE_ID", "codes": ["LN-100000", "LN-100001"]},
}
"""Bodies that need one of several optional fields."""
_TICKET: Final = "15a9d0ed9c151117"
_MOMENT: Final = "2026-07-04T18:00:00Z"
_DAY: Final = "2026-07-04"
_DEPTH_MAX: Final = 8


class Examples:
    """Makes examples over one document's schemas."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = document["components"]["schemas"]

    def body(self, schema: dict[str, Any]) -> Any:
        """Return a request's body."""
        return self._value(schema, "", 0, is_answer=False)

    def answer(self, schema: dict[str, Any]) -> Any:
        """Return an answer's body, with all its fields."""
        return self._value(schema, "", 0, is_answer=True)

    def parameter(self, parameter: dict[str, Any]) -> Any:
        """Return a parameter's value."""
        return self._value(parameter.get("schema", {}), parameter["name"], 0, is_answer=False)

    def _value(self, schema: dict[str, Any], name: str, depth: int, *, is_answer: bool) -> Any:
        if "$ref" in schema:
            named = schema["$ref"].rpartition("/")[2]
            return self._named(named, name, depth, is_answer=is_answer)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                parts = [part for part in schema[key] if part.get("type") != "null"]
                return self._value(parts[0], name, depth, is_answer=is_answer)
        if schema.get("enum"):
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "string")
        if kind == "object" or "properties" in schema:
            return self._object(schema, depth, is_answer=is_answer)
        if name in _VALUES and _fits(_VALUES[name], kind, schema):
            return _VALUES[name]
        if kind == "array":
            return self._list(schema, name, depth, is_answer=is_answer)
        return _plain(kind, name, schema)

    def _named(self, named: str, name: str, depth: int, *, is_answer: bool) -> Any:
        if not is_answer and named in _WHOLE:
            return _WHOLE[named]
        found = self._value(self._schemas[named], name, depth, is_answer=is_answer)
        if isinstance(found, dict) and "name" in found:
            fitting = (text for part, text in _NAMES.items() if part in named)
            found["name"] = next(fitting, found["name"])
        return found

    def _list(self, schema: dict[str, Any], name: str, depth: int, *, is_answer: bool) -> Any:
        if depth >= _DEPTH_MAX:
            return []
        items, singular = schema.get("items", {}), name.removesuffix("s")
        inner = self._value(items, singular, depth + 1, is_answer=is_answer)
        return [inner] * max(1, schema.get("minItems", 1))

    def _object(self, schema: dict[str, Any], depth: int, *, is_answer: bool) -> Any:
        fields = schema.get("properties", {})
        wanted = fields if is_answer else schema.get("required") or fields
        if depth >= _DEPTH_MAX:
            return {}
        return {
            field: self._value(fields[field], field, depth + 1, is_answer=is_answer)
            for field in wanted
            if field in fields
        }


def _plain(kind: Any, name: str, schema: dict[str, Any]) -> Any:
    if kind in {"integer", "number"}:
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return max(1, least) if schema.get("maximum", 1) >= 1 else schema["maximum"]
    if kind == "boolean":
        return True
    if schema.get("format") == "date-time":
        return _MOMENT
    if schema.get("format") == "date":
        return _DAY
    if kind == "string":
        return _text(name, schema)
    return {}


def _text(name: str, schema: dict[str, Any]) -> str:
    length_min, length_max = schema.get("minLength", 0), schema.get("maxLength", 1 << 16)
    if name.startswith("ticket_id") and "type" not in name:
        found = _TICKET
    elif name.endswith("_at"):
        found = _MOMENT
    elif name == "direction":
        found = "in"
    elif name == "id" or name.endswith("_id"):
        found = f"THE_{name.upper()}" if name != "id" else "THE_ID"
    else:
        found = name.replace("_", " ") or "text"
    pattern = schema.get("pattern")
    if pattern is not None and not re.search(pattern, found):
        hexadecimal = re.search(r"\{(\d+)\}", pattern)
        found = "0" * int(hexadecimal[1]) if hexadecimal else "483920"
    return found.ljust(length_min, "x")[:length_max]


def _fits(value: Any, kind: Any, schema: dict[str, Any]) -> bool:
    if isinstance(value, int):
        return bool(kind == "integer" and value <= schema.get("maximum", value))
    if isinstance(value, list):
        return bool(kind == "array")
    length_max = schema.get("maxLength", len(value))
    return bool(kind == "string" and "format" not in schema and len(value) <= length_max)
