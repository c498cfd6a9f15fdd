"""The OpenAPI document: exact schemas, texts beside their fields, examples, problem answers.

The problem format is documented here for every operation, so that no route can forget it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
from litestar import Litestar, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.typing import FieldDefinition

from server.http.etags import IF_MATCH
from server.http.examples import Examples
from server.http.list_search_and_filters import sortable_fields
from server.http.page_cursors import FIELDS_MAX, SORT_SIZE_MAX, SORTS
from server.problem_answers import MEDIA_TYPE, TITLES, ProblemBody

TITLE: Final = "Gatekeeper"
VERSION: Final = "1"
ABOUT: Final = (
    "Sell, publish, admit, reconcile. Errors are RFC 9457 problem details. Every answer carries"
    " `X-Request-ID`; where requests are counted, `RateLimit` and `RateLimit-Policy` say how many"
    " are left."
)
"""With which the description of the whole API begins."""
TEXT_BODY: Final = "text_body"
"""Under this a handler says, in its `opt`, which text it takes: content type and an example."""
_COMMON: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
_JSON: Final = "application/json"
_FILES: Final = (
    "text/csv",
    "application/pdf",
    "application/jsonl",
    "application/vnd.",
    "application/zip",
    "image/",
)
_ON_PROBLEMS: Final = {
    "401": ("WWW-Authenticate", "How to sign in; not on requests that devices prove."),
    "429": ("Retry-After", "Seconds after which there is room again."),
    "503": ("Retry-After", "Seconds after which to try again, where that is known."),
}
_ATTRIBUTES: Final = "\nAttributes:\n"
_ATTRIBUTE: Final = re.compile(r"^    (\w[\w, ]*): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def configure(
    public_url: str,
    *,
    path: str,
    plugins: Sequence[OpenAPIRenderPlugin],
    router: Router,
) -> OpenAPIConfig:
    """Say what the document has of the API as a whole: title, servers, who may ask.

    Args:
        public_url: Where the server is reached.
        path: Under which the document and its page are served.
        plugins: What serves them.
        router: What they are served by.
    """
    return OpenAPIConfig(
        title=TITLE,
        version=VERSION,
        description=ABOUT,
        path=path,
        servers=[Server(url=public_url)],
        use_handler_docstrings=True,
        render_plugins=plugins,
        openapi_router=router,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="An access token, or an API key `gks_…`.",
                )
            }
        ),
        security=[{"bearer": []}],
    )


def describe(app: Litestar) -> dict[str, Any]:
    """Return the OpenAPI document as plain values, bounds and problems included."""
    return complete(app, app.openapi_schema.to_schema())


def complete(app: Litestar, document: dict[str, Any]) -> dict[str, Any]:
    """Describe bodies exactly, with examples, and add the problem answers; idempotent.

    The framework's own schemas lose the bounds of list items and of optional fields, and a
    minimum of 0; msgspec, which checks the bodies, describes what it checks.
    """
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_exact_schemas(app))
    for schema in schemas.values():
        _move_texts(schema)
    examples = Examples(document)
    _add_text_bodies(app, document)
    _add_sorts(app, document)
    _add_needs(app, document)
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                _add_examples(operation, examples)
                _add_problems(operation)
                _add_headers(operation, schemas)
    return document


def _exact_schemas(app: Litestar) -> dict[str, Any]:
    found: dict[Any, None] = {ProblemBody: None}
    for _, handler in _handlers_of(app):
        for field in (handler.parsed_data_field, handler.parsed_return_field):
            if field is not None and handler.resolve_include_in_schema():
                found |= dict.fromkeys(_structs_of(field))
    _, components = msgspec.json.schema_components(
        list(found), ref_template="#/components/schemas/{name}"
    )
    return components


def _structs_of(field: FieldDefinition) -> Iterator[Any]:
    """Yield the structs within lists, pages and responses."""
    annotation = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for inner in field.inner_types:
        yield from _structs_of(inner)


def _move_texts(schema: dict[str, Any]) -> None:
    """Put what a class says of its attributes beside the fields that they are."""
    text = inspect.cleandoc(str(schema.get("description", "")))
    about, _, attributes = text.partition(_ATTRIBUTES)
    if about:
        schema["description"] = about.strip()
    fields = schema.get("properties", {})
    for names, words in _ATTRIBUTE.findall(attributes):
        for name in names.split(", "):
            if name in fields:
                fields[name]["description"] = " ".join(words.split())


def _add_examples(operation: dict[str, Any], examples: Examples) -> None:
    body = operation.get("requestBody", {}).get("content", {}).get(_JSON)
    if body is not None:
        body["example"] = examples.body(body["schema"])
    for parameter in operation.get("parameters", ()):
        parameter["example"] = examples.parameter(parameter)
    for answer in operation["responses"].values():
        content = answer.get("content", {}).get(_JSON)
        if content is not None and "schema" in content:
            content["example"] = examples.answer(content["schema"])


def _add_text_bodies(app: Litestar, document: dict[str, Any]) -> None:
    for path, handler in _handlers_of(app):
        if TEXT_BODY not in handler.opt:
            continue
        kind, example = handler.opt[TEXT_BODY]
        for method in handler.http_methods:
            document["paths"][path][method.lower()]["requestBody"] = {
                "required": True,
                "content": {kind: {"schema": {"type": "string"}, "example": example}},
            }


def _add_sorts(app: Litestar, document: dict[str, Any]) -> None:
    """Say of each list by which fields it can be ordered."""
    for path, handler in _handlers_of(app):
        operations = document["paths"].get(path, {})
        order = handler.opt.get(SORTS)
        whole = [one for one in handler.parsed_return_field.inner_types if order is None]
        asked = (operations.get(method.lower(), {}) for method in handler.http_methods)
        for parameter in chain.from_iterable(one.get("parameters", ()) for one in asked):
            if parameter["name"] == "sort" and parameter["in"] == "query":
                names = order.names if order else sortable_fields(whole[0].annotation)
                _name_sorts(parameter, names)


def _add_needs(app: Litestar, document: dict[str, Any]) -> None:
    """Say of each operation who may ask for it, as its guards do."""
    for path, handler in _handlers_of(app):
        told = [getattr(guard, "needs", "") for guard in handler.resolve_guards()]
        for method in handler.http_methods if any(told) else ():
            operation = document["paths"].get(path, {}).get(method.lower())
            if operation is not None and told[0] not in operation["description"]:
                operation["description"] += "\n\n" + " ".join(told)


def _handlers_of(app: Litestar) -> Iterator[tuple[str, Any]]:
    """Yield each handler of HTTP with its path as the document has it."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            yield getattr(route, "path_format", ""), handler


def _name_sorts(parameter: dict[str, Any], names: Sequence[str]) -> None:
    one_of = f"-?({'|'.join(names)})"
    more = f"(,{one_of}){{0,{FIELDS_MAX - 1}}}"
    parameter["schema"] = {
        "type": "string",
        "pattern": f"^{one_of}{more}$",
        "maxLength": SORT_SIZE_MAX,
    }
    parameter["description"] = f"{parameter['description']}; of {', '.join(names)}"
    parameter["x-fields"] = list(names)
    parameter["example"] = f"-{names[0]}"


def _add_problems(operation: dict[str, Any]) -> None:
    operation["responses"].get("204", {}).pop("content", None)  # there is none
    titles = dict(reversed(list(TITLES.values())))
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    for status in (*_COMMON, *((412,) if IF_MATCH in names else ())):
        operation["responses"][str(status)] = {
            "description": titles[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
        }


def _add_headers(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Name the headers that answers of this kind have beside those that all have."""
    for status, answer in operation["responses"].items():
        if status in _ON_PROBLEMS:
            _add_header(answer, *_ON_PROBLEMS[status])
        for kind, content in answer.get("content", {}).items():
            named = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if "etag" in schemas.get(named, {}).get("properties", {}):
                _add_header(answer, "ETag", "Send it as `If-Match` with a change of this.")
            if kind.startswith("image/"):
                _add_header(answer, "ETag", "Send it as `If-None-Match` when asking again.")
            if kind.startswith(_FILES):
                _add_header(answer, "Content-Disposition", "A name for the file.")


def _add_header(answer: dict[str, Any], name: str, about: str) -> None:
    told = {"description": about, "schema": {"type": "string"}, "required": False}
    answer.setdefault("headers", {}).setdefault(name, told)
