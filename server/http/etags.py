"""Edits of what somebody has read: refused where another one changed it meanwhile.

Each answer that can be edited carries a tag of what is editable in it, in its `etag` and in the
header `ETag`. Whoever sends it back as `If-Match` with a change is refused (412) if the thing is
another one by then, and told who changed it; without the header the last one wins, as ever.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ClassVar, Concatenate, Final, ParamSpec

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter

from server.db.unit import Unit
from server.http.body_and_answer_types import Answer
from server.problem_answers import Change, FieldError, Problem

P = ParamSpec("P")

IF_MATCH: Final = "If-Match"
FIND_CHANGE: Final = "find_change"
"""Under this the application's state has who tells of a thing's last change."""
_TAGS: Final = re.compile(r'\s*(W/)?("[^"\x00-\x20\x7f]*")\s*(?:,|$)')
_TAG_BYTES: Final = 12
_WEAK: Final = "W/"
_WEAKENED: Final = (
    "Nothing was changed: a proxy on the way made the tag a weak one (W/), which matches nothing."
    " Send the `etag` of the answer's body, or let the proxy compress no JSON."
)
_HEADER_MAX: Final = 2_000

FindChange = Callable[[Unit, str, str], Awaitable[Change | None]]
"""Tells who changed what a route (its template) and an id name, and when; None if not known."""


class Tagged(Answer):
    """An answer about a thing that can be edited, with the tag of the version that was read.

    Attributes:
        etag: Sent as `If-Match` with a change, it keeps others' changes from being overwritten.
    """

    MADE_HERE: ClassVar[frozenset[str]] = frozenset({"etag"})
    BY_ITSELF: ClassVar[frozenset[str]] = frozenset()
    """Fields that no edit sets, such as counts; what becomes of them makes it no other thing."""

    etag: str = ""

    def __post_init__(self) -> None:
        """Tag what can be edited, unless it is tagged."""
        if self.etag:
            return
        left = {"etag", *self.BY_ITSELF}
        told = {name: getattr(self, name) for name in self.__struct_fields__ if name not in left}
        self.etag = tag_of(told)

    def tag_also(self, *untold: object) -> None:
        """Let another one of what is told to nobody, such as a badge, make it another thing."""
        self.etag = tag_of((self.etag, untold))


def tag_of(told: object) -> str:
    """Return the tag of what can be edited."""
    digest = hashlib.blake2b(msgspec.json.encode(told), digest_size=_TAG_BYTES)
    return f'"{digest.hexdigest()}"'


class Expected:
    """The version of a thing that a request means to change, by its `If-Match`.

    Args:
        tags: Of `If-Match`; None where anything is taken. A weak one matches nothing.
        route: The request's own, as a template.
        find_change: Tells of the thing's last change.
    """

    def __init__(self, tags: frozenset[str] | None, route: str, find_change: FindChange) -> None:
        self._tags, self._route, self._find_change = tags, route, find_change

    async def check(
        self,
        unit: Unit,
        target: str,
        present: Callable[Concatenate[Unit, P], Awaitable[Tagged]],
        *which: P.args,
        **how: P.kwargs,
    ) -> None:
        """Refuse a change of what somebody else has changed since it was read.

        Args:
            unit: The transaction of the change.
            target: The thing's id.
            present: Reads it as it is, locked until the transaction ends.
            which: By what `present` finds it.
            how: Likewise, by name.

        Raises:
            Problem: `changed-meanwhile`, with who and when as far as known; what `present` raises.
        """
        if self._tags is None:
            return
        tag = (await present(unit, *which, **how)).etag
        if tag in self._tags:
            return
        if _WEAK + tag in self._tags:
            raise Problem("changed-meanwhile", _WEAKENED)
        change = await self._find_change(unit, self._route, target)
        by = "Somebody" if change is None or not change.by else change.by
        at = "" if change is None else f" at {change.at:%Y-%m-%d %H:%M:%S} UTC"
        detail = (
            f"{by} changed this{at}, after you read it. Read it again; your change was not made."
        )
        raise Problem("changed-meanwhile", detail, change=change)


def provide_expected(
    request: Request[Any, Any, Any],
    if_match: Annotated[
        str | None,
        HeaderParameter(
            name=IF_MATCH,
            max_length=_HEADER_MAX,
            description="`etag` of what was read; if it has changed since: 412",
        ),
    ] = None,
) -> Expected:
    """Read what a change is based on.

    Raises:
        Problem: if the header is none.
    """
    route = str(request.scope.get("path_template", ""))
    return Expected(read_tags(if_match), route, request.app.state[FIND_CHANGE])


def read_tags(header: str | None) -> frozenset[str] | None:
    """Return the tags of an `If-Match`; None where anything is taken.

    A weak tag keeps its mark, so that it matches nothing (RFC 9110, section 13.1.1).

    Raises:
        Problem: if it is no list of tags.
    """
    if header is None or header.strip() == "*":
        return None
    found, place = set(), 0
    while place < len(header):
        tag = _TAGS.match(header, place)
        if tag is None:
            break
        found.add((tag[1] or "") + tag[2])
        place = tag.end()
    if place < len(header) or not header.strip():
        wrong = FieldError(IF_MATCH, 'is no list of tags in quotes, such as "3f2a…", nor *')
        raise Problem("bad-request", "A header cannot be read.", errors=[wrong])
    return frozenset(found)


async def tag_answer(response: Response[Any]) -> Response[Any]:
    """Give the answer about one thing its `ETag`; a plain function would be sent to a thread."""
    if isinstance(response.content, Tagged):
        response.headers["ETag"] = response.content.etag
    return response
