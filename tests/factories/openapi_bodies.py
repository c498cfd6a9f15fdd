"""Request bodies made from the API's own description."""

from __future__ import annotations

from typing import Any

BY_NAME: dict[str, Any] = {
    "admits_until": "2099-01-01T00:00:00Z",
    "email": "somebody@example.org",
    "buyer_email": "somebody@example.org",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "slug": "some-name",
    "starts_at": "2026-08-01T18:00:00Z",
    "starts_local": "2026-08-01T20:00",
    "scopes": ["events:read"],
    "password": "a phrase nobody would guess",
    "new_password": "a phrase nobody would guess",
    "state": "cancelled",
    "public_key": "00" * 32,
    "pin": "483920",
}
"""Values of fields whose schema does not say enough."""


def example_body(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Make the smallest body that fits a schema; optional fields are left out."""
    return _example(document, schema, "")


def id_fields(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Return the names of a body's own fields that hold ids, `…_id` and `…_ids`."""
    return [
        name
        for name, inside in _resolve(document, schema).get("properties", {}).items()
        if name.endswith(("_id", "_ids")) and inside.get("type") != "boolean"
    ]


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    return schema


def _example(document: dict[str, Any], schema: dict[str, Any], name: str) -> Any:
    if name in BY_NAME:
        return BY_NAME[name]
    schema = _resolve(document, schema)
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return _example(document, schema[key][0], name)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            return {
                field: _example(document, schema["properties"][field], field) for field in wanted
            }
        case "array":
            count = schema.get("minItems", 0)
            return [_example(document, schema["items"], "") for _ in range(count)]
        case "integer" | "number":
            return int(max(schema.get("minimum", 1), 1))
        case "boolean":
            return True
        case _:
            return "x" * max(int(schema.get("minLength", 1)), 1)
