"""JSON bodies, decoded strictly, with every wrong field named.

Left to itself the framework decodes leniently ("5" is taken for 5) and names only the first
wrong field. So bodies are decoded here, once by msgspec at full speed; only if that fails, again
field by field to find all that is wrong. Whoever has no right to ask may send bodies, too: of
large ones only the first wrong field is named.
"""

from __future__ import annotations

import types
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, ClassVar, Final, Union, get_args, get_origin

import msgspec
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from server.http.body_sizes import BODY_SIZE_MAX
from server.http.validation_messages import fields_of, required_fields, words_of, words_of_no_json
from server.problem_answers import FieldError, Problem, wrong_fields
from shared.kernel.duplicate_names import find_names_twice
from shared.kernel.undecodable import UNDECODABLE

ERRORS_MAX = 50
LOOKED_AT_MAX: Final = 1_000
"""Elements of a list that are looked at one by one for what is wrong. A body of `BODY_SIZE_MAX`
has a hundred thousand, and all who wait for an answer wait meanwhile."""
EXPLAINED_MAX: Final = 64 * 1024
"""Bytes of a body of which all that is wrong is named. A megabyte of empty lists takes a tenth of
a second to be read without knowing what is wanted; a stranger may send ten of them in a second."""
_ZERO: Final = rb"\u0000"
_NAME_MAX: Final = 64
"""Letters of a name of the request's own that an answer repeats."""
_PATH_MAX: Final = 256
"""Letters of a path of such names."""


class StrictBody(AbstractDTO[Any]):
    """Decodes the `data` of every handler; set once, on the application."""

    config = DTOConfig()
    model_type = object
    _types: ClassVar[dict[str, Any]] = {}

    def decode_bytes(self, value: bytes) -> Any:
        """Decode a request's body to the handler's type.

        Raises:
            Problem: naming all that is wrong.
        """
        wanted = self._types[str(self.asgi_connection.route_handler.handler_id)]
        decoded = decode_body(value, wanted)
        if len(value) <= BODY_SIZE_MAX:
            refuse_names_twice(value)
        return decoded

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Take every struct."""
        return _struct_of(field_definition.annotation) is not None

    @classmethod
    def create_for_field_definition(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,
        backend_cls: Any = None,
    ) -> None:
        """Remember what a handler wants."""
        del backend_cls
        cls._types[handler_id] = field_definition.annotation

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        """Describe the struct as it is."""
        del handler_id
        plain = FieldDefinition.from_annotation(field_definition.annotation)
        schema: Reference | Schema = schema_creator.for_field_definition(plain)
        return schema

    @classmethod
    def generate_field_definitions(
        cls, model_type: type[Any]
    ) -> Generator[DTOFieldDefinition, None, None]:
        """Yield nothing: no transfer model is built."""
        del model_type
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Say no: no transfer model is built."""
        del field_definition
        return False


def decode_body(body: bytes, wanted: Any) -> Any:
    """Decode JSON to `wanted`.

    Raises:
        Problem: `bad-request` if it is no JSON, `invalid-fields` with every wrong field.
    """
    if not body:
        raise missing_body(wanted)
    # After an even number of backslashes these are letters.
    if _ZERO in body and _ZERO in body.replace(rb"\\", b""):
        raise _zero_character(body)
    try:
        decoded = msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        # It would keep this frame, which keeps it, and so the body until garbage is looked for.
        first = error.with_traceback(None)
    except UNDECODABLE as error:
        raise _no_json(error) from None
    else:
        _refuse_moments_beyond_utc(decoded)
        return decoded
    if len(body) > EXPLAINED_MAX:
        try:
            msgspec.json.decode(body, type=msgspec.Raw)  # is it JSON? nothing is made of it
        except UNDECODABLE as error:
            raise _no_json(error) from None
        wrong = _field_error(first, "", wanted)
        raise Problem("invalid-fields", "Correct the named field.", errors=[wrong])
    try:
        raw = msgspec.json.decode(body)
    except UNDECODABLE as error:
        raise _no_json(error) from None
    found = list(islice(find_errors(raw, wanted, ""), ERRORS_MAX))
    found = found or [_field_error(first, "", wanted)]
    raise wrong_fields(found)


def refuse_names_twice(body: bytes) -> None:
    """Refuse a body with a name that stands twice in one object.

    Not called for seat maps of many megabytes, which would hold others up, nor for claims: they
    change neither money nor who may do what.

    Args:
        body: Valid JSON.

    Raises:
        Problem: `bad-request`, with each such name.
    """
    try:
        found = find_names_twice(body)[:ERRORS_MAX]
    except RecursionError as error:  # a level or two deeper than msgspec goes
        raise _no_json(error) from None
    if found:
        errors = [FieldError(path[:_PATH_MAX], "appears more than once") for path in found]
        raise Problem("bad-request", "Send each name of an object once.", errors=errors)


def _refuse_moments_beyond_utc(decoded: object) -> None:
    """Refuse a time that its own zone can write and UTC cannot; no answer could tell it."""
    found = [
        FieldError(path, "is outside the years 1 to 9999 in UTC")
        for path, moment in _moments_in(decoded, "")
        if not _is_in_utc(moment)
    ]
    if found:
        raise wrong_fields(found[:ERRORS_MAX])


def _moments_in(value: object, path: str) -> Iterator[tuple[str, datetime]]:
    if isinstance(value, datetime):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _moments_in(getattr(value, name), _within(path, name))
    elif isinstance(value, (list, tuple)):
        for place, one in enumerate(value):
            yield from _moments_in(one, f"{path}[{place}]")


def _within(path: str, name: str) -> str:
    """Return where a name leads within a path, cut short where the request chose it."""
    cut = name[:_NAME_MAX]
    return f"{path}.{cut}" if path else cut


def _is_in_utc(moment: datetime) -> bool:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def missing_body(wanted: Any) -> Problem:
    """Make the answer for a request without the body that it needs."""
    struct = _struct_of(wanted)
    needed = [] if struct is None else required_fields(struct)
    missing = [FieldError("body", "is missing; send a JSON object as application/json")]
    missing += [FieldError(name, "is missing") for name in needed]
    return Problem("bad-request", "Send a JSON body with the named fields.", errors=missing)


def _zero_character(body: bytes) -> Problem:
    """Say where a body has text with U+0000, which PostgreSQL cannot keep."""
    found = [FieldError("body", "holds the character U+0000")]
    if len(body) <= EXPLAINED_MAX:
        try:
            raw = msgspec.json.decode(body)
        except UNDECODABLE as error:
            return _no_json(error)
        found = list(islice(_zero_characters(raw, ""), ERRORS_MAX)) or found
    return wrong_fields(found)


def _zero_characters(value: Any, path: str) -> Iterator[FieldError]:
    if isinstance(value, str) and "\0" in value:
        yield FieldError(path or "body", "holds the character U+0000")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _zero_characters(inner, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            clean = name.replace("\0", "")[:_NAME_MAX]
            at = _within(path, clean)
            if clean != name[:_NAME_MAX]:
                yield FieldError(at, "holds the character U+0000 in its name")
            yield from _zero_characters(inner, at)


def _no_json(error: Exception) -> Problem:
    """Say that a body is no JSON, and where it stops being any."""
    wrong = FieldError("body", words_of_no_json(error))
    return Problem("bad-request", "The body is not valid JSON.", errors=[wrong])


def find_errors(value: Any, wanted: Any, path: str) -> Iterator[FieldError]:
    """Yield every wrong field of a decoded body, in the order of the declaration.

    In lists and maps those among the first `LOOKED_AT_MAX`; behind them the first one alone.
    """
    try:
        msgspec.convert(value, wanted)
        return
    except msgspec.ValidationError as error:
        whole = _field_error(error, path, wanted)
    inner: Iterator[FieldError] = iter(())
    struct, item, pair = _struct_of(wanted), _item_of(wanted), _pair_of(wanted)
    if struct is not None and isinstance(value, dict):
        inner = _struct_errors(value, struct, path)
    elif item is not None and isinstance(value, list):
        inner = _item_errors(value, item, path)
    elif pair is not None and isinstance(value, dict):
        inner = _map_errors(value, pair, path)
    first = next(inner, None)
    yield first or whole
    yield from inner


def _item_errors(value: list[Any], item: Any, path: str) -> Iterator[FieldError]:
    for index, element in enumerate(value[:LOOKED_AT_MAX]):
        yield from find_errors(element, item, f"{path}[{index}]")


def _struct_errors(value: dict[str, Any], struct: Any, path: str) -> Iterator[FieldError]:
    known = set()
    for field in fields_of(struct):
        known.add(field.encode_name)
        inner = _within(path, field.encode_name)
        if field.encode_name in value:
            yield from find_errors(value[field.encode_name], field.type, inner)
        elif field.required:
            yield FieldError(inner, "is missing")
    if struct.__struct_config__.forbid_unknown_fields:
        for name in value:
            if name not in known:
                inner = _within(path, name)
                yield FieldError(inner, "is not a field of this request")


def _map_errors(value: dict[str, Any], pair: tuple[Any, Any], path: str) -> Iterator[FieldError]:
    for name, element in islice(value.items(), LOOKED_AT_MAX):
        inner = _within(path, name)
        for error in find_errors(name, pair[0], inner):
            yield FieldError(inner, f"has a name that {error.message}")
        yield from find_errors(element, pair[1], inner)


def _field_error(error: msgspec.ValidationError, path: str, wanted: Any) -> FieldError:
    """Turn msgspec's "Expected … - at `$.x`" into a field and a message in words."""
    message, _, tail = str(error).partition(" - at `")
    inner = tail.rstrip("`").removeprefix("$").removeprefix("." if not path else "")
    return FieldError(path + inner or "body", words_of(message, wanted))


def _struct_of(wanted: Any) -> Any | None:
    """Return the struct within optional and annotated types, if there is exactly one."""
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return wanted
    if get_origin(wanted) in {Union, types.UnionType, Annotated}:
        found = [inner for part in get_args(wanted) if (inner := _struct_of(part))]
        return found[0] if len(found) == 1 else None
    return None


def _item_of(wanted: Any) -> Any | None:
    """Return what a list within optional and annotated types holds."""
    origin = get_origin(wanted)
    if origin in {Union, types.UnionType, Annotated}:
        found = [inner for part in get_args(wanted) if (inner := _item_of(part))]
        return found[0] if len(found) == 1 else None
    if origin is tuple:
        args = get_args(wanted)
        return args[0] if args[1:] == (...,) else None
    return get_args(wanted)[0] if origin is list else None


def _pair_of(wanted: Any) -> tuple[Any, Any] | None:
    """Return what names and values are of a map within optional and annotated types."""
    origin = get_origin(wanted)
    if origin in {Union, types.UnionType, Annotated}:
        found = [inner for part in get_args(wanted) if (inner := _pair_of(part))]
        return found[0] if len(found) == 1 else None
    return get_args(wanted) if origin in {dict, Mapping} else None
