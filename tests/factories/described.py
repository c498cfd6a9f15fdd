"""Requests made from the API's own description, and what its answers are held against.

Schemathesis makes the requests. Its coverage phase tries each bound of each field on both sides,
leaves each field out, and gives other types and content types; its fuzzing draws whole requests.
What they are about exists: ids in paths, queries and sound bodies are those of an organization
with one of everything, unless the ids are what is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import httpx
import schemathesis
from requests import Request
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Err, Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.access_keys import hash_token
from server.devices.device_tokens import DEVICE_PREFIX
from server.devices.models import Device
from server.problem_answers import TYPE_ROOT
from shared.kernel import ids as new_ids
from tests.factories.everything import World, make_world
from tests.factories.office import Office

MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ON_ALL: Final = frozenset(
    {
        "allow",
        "cache-control",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
        "ratelimit",
        "ratelimit-policy",
        "referrer-policy",
        "set-cookie",
        "vary",
        "x-content-type-options",
        "x-request-id",
    }
)
"""Headers of any answer, which the description tells of once."""


@dataclass(frozen=True)
class Asker:
    """Whom requests are about and who asks: a person, or a thin scanner.

    Attributes:
        scanner: The headers of its requests.
    """

    world: World
    scanner: dict[str, str]


async def make_asker(office: Office) -> Asker:
    """Make an organization with one of everything, and a thin scanner at its gate."""
    world = await make_world(office, "probe")
    token = DEVICE_PREFIX + office.entropy.random_bytes(32).hex()
    async with office.database.write(org=world.person.organization_id) as session:
        session.add(
            Device(
                id=new_ids.new_id(new_ids.DEVICE, office.entropy),
                organization_id=world.person.organization_id,
                name="Scanner",
                role="scanner",
                profile="live",
                program="test",
                public_key=office.entropy.random_bytes(32),
                token_hash=hash_token(token),
                event_id=world.ids["event_id"],
                gate_id=world.ids["gate_id"],
                enrolled_at=0,
            )
        )
    return Asker(world, {"authorization": f"Bearer {token}"})


_BEHIND: Final = f'{{"type":"{TYPE_ROOT}ledger-behind"'
"""What a claim is answered that says it has seen more than the ledger holds; nothing broke."""


def read_operations(document: dict[str, Any]) -> list[Any]:
    """Return the operations of a description."""
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config())
    found = list(schema.get_all_operations())
    unread = [one.err() for one in found if isinstance(one, Err)]
    assert unread == []
    return [one.ok() for one in found if isinstance(one, Ok)]


def coverage_of(operation: Any, most: int | None = None) -> Iterator[Any]:
    """Yield the coverage phase's requests of an operation.

    Args:
        operation: Of `read_operations`.
        most: Of sound and of damaged requests so many each, the first ones: those of three large
            bodies that come last take longer to make than all others together.
    """
    for modes in [[*MODES]] if most is None else [[mode] for mode in MODES]:
        found = operation.schema.iter_coverage_cases(
            operation, generation_modes=modes, generation_config=GenerationConfig()
        )
        yield from islice(found, most)


async def ask(client: httpx.AsyncClient, case: Any, asker: Asker) -> list[str]:
    """Send one request of Schemathesis, and hold the answer against the description.

    Args:
        client: Of the application.
        case: The request; changed to be about what there is.
        asker: Who asks, about what.

    Returns:
        What is wrong with the answer.
    """
    _put_ids(case, asker.world.ids)
    said = dict(case.as_transport_kwargs(base_url=str(client.base_url)))
    said.pop("timeout", None)
    asked: Any = Request(**said).prepare()
    if "authorization" in asked.headers:  # it is left out where that is tried
        is_device = case.operation.path.startswith("/sync/")
        asked.headers.update(asker.scanner if is_device else asker.world.person.headers)
    if "if-match" in asked.headers and not _is_tried(case, ParameterLocation.HEADER):
        asked.headers["if-match"] = "*"
    answer = await client.send(
        httpx.Request(
            asked.method,
            asked.url,
            headers=dict(asked.headers),
            content=asked.body or b"",
        )
    )
    wrong = []
    if answer.status_code >= 500 and not answer.text.startswith(_BEHIND):
        wrong.append(f"server error: {answer.text}")
    wrong += _undescribed_headers(case, answer)
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as found:
        wrong += [str(one) for one in found.exceptions]
    what = f"{case.operation.label}: {asked.method} {asked.url} {asked.body!r:.300}"
    return [f"{what}: {answer.status_code}: {one}" for one in wrong]


def _undescribed_headers(case: Any, answer: httpx.Response) -> list[str]:
    raw = case.operation.definition.raw["responses"].get(str(answer.status_code), {})
    described = {name.lower() for name in raw.get("headers", ())}
    return [
        f"header {name} is not described"
        for name in answer.headers
        if name.lower() not in described | ON_ALL
    ]


def _is_tried(case: Any, location: ParameterLocation) -> bool:
    """Tell whether a part of the request is wrong on purpose."""
    component = case.meta.components.get(location)
    return component is not None and component.mode is GenerationMode.NEGATIVE


def _put_ids(case: Any, ids: dict[str, str]) -> None:
    for location, given in (
        (ParameterLocation.PATH, case.path_parameters),
        (ParameterLocation.QUERY, case.query),
        (ParameterLocation.BODY, case.body),
    ):
        if not _is_tried(case, location):
            _replace(given, ids)


def _replace(given: Any, ids: dict[str, str]) -> None:
    if isinstance(given, list):
        for one in given:
            _replace(one, ids)
    elif isinstance(given, dict):
        for name, value in given.items():
            if isinstance(value, str) and name in ids:
                given[name] = ids[name]
            else:
                _replace(value, ids)
