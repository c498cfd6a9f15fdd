"""Every field that a client may send has bounds, in the description that clients read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.everything import body_schema, fill, make_world, operations
from tests.factories.office import Office
from tests.factories.openapi_bodies import example_body

pytestmark = pytest.mark.either_database


FREE = {"rule"}
"""Trees that their own parser bounds, in depth and in nodes."""


def unbounded(document: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the paths of a request schema where anything of any size could stand."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    for key in ("oneOf", "anyOf"):
        for part in schema.get(key, ()):
            yield from unbounded(document, part, path)
    if "enum" in schema or "const" in schema or path.rpartition(".")[2] in FREE:
        return
    match schema.get("type"):
        case "string" if "maxLength" not in schema and "format" not in schema:
            yield f"{path}: a string without maxLength"
        case "integer" | "number" if "minimum" not in schema or "maximum" not in schema:
            yield f"{path}: a number without bounds"
        case "array":
            if "maxItems" not in schema:
                yield f"{path}: a list without maxItems"
            yield from unbounded(document, schema["items"], f"{path}[]")
        case "object":
            for name, inside in schema.get("properties", {}).items():
                yield from unbounded(document, inside, f"{path}.{name}")
        case _:
            pass


async def test_every_field_of_a_request_is_bounded(office: Office) -> None:
    """Strings, numbers and lists of each request body of the REST API."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    found: list[str] = []
    bodies = 0
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            if schema is not None and path.startswith("/api/"):
                bodies += 1
                found += unbounded(document, schema, f"{method} {path}")
    assert bodies > 20
    assert found == []


BEYOND_UTC = ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59")
"""Times that their own zone can write, and UTC cannot."""


async def test_a_time_that_utc_cannot_write_is_refused_everywhere(office: Office) -> None:
    """No answer could tell one that was kept, nor any list that holds it."""
    world = await make_world(office, "x")
    document = (await office.call("GET", "/docs/openapi.json")).json()
    tried = 0
    for method, path, operation, _ in operations(document):
        schema = body_schema(operation)
        if schema is None or not path.startswith("/api/"):
            continue
        sound = example_body(document, schema)
        for field in moments_of(document, schema):
            for wrong in BEYOND_UTC:
                body = sound | {field: wrong}
                answer = await office.call(method, fill(path, world.ids), world.person, json=body)
                assert answer.status_code == 422, (method, path, field, answer.text)
                assert field in {one["field"] for one in answer.json()["errors"]}
                tried += 1
    assert tried > 20


def moments_of(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Name the fields of a body that take a time."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [
        name
        for name, field in schema.get("properties", {}).items()
        if any(part.get("format") == "date-time" for part in (field, *field.get("anyOf", ())))
    ]


async def test_an_unknown_field_is_refused_everywhere(office: Office) -> None:
    """A misspelt field, a price, a state or an owner is refused, never ignored."""
    person = await office.person()
    for extra in ("nmae", "organization_id", "state", "price"):
        body = {"name": "Fest", "timezone": "UTC", extra: "x"}
        answer = await office.call("POST", f"{person.path}/events", person, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": extra, "message": "is not a field of this request"}
        ]
