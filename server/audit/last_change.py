"""Who changed a thing last, for whoever was about to change it too."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from server.accounts.users import name_actor
from server.db.audit_line import AuditLine
from server.db.unit import Unit
from server.http.body_and_answer_types import moment_of
from server.problem_answers import Change
from shared.kernel.instant import DAY, Duration, Instant

CHANGES_TOLD_FOR: Final[Duration] = 30 * DAY
"""Whoever edits what they read longer ago is told that it changed, but not by whom."""

_ACTS: Final = (
    "",
    "/state",
    "/badge",
    "/secret",
    "/assignment",
    "/revoke",
    "/second-factor",
    "/approval",
)
"""What a thing's own routes end with; what hangs on it, such as a map, is another thing."""


async def find_change(unit: Unit, route: str, target: str) -> Change | None:
    """Tell who changed a thing last and when.

    Args:
        unit: A transaction of its organization.
        route: Template of the route at which it is being changed.
        target: Its id.
    """
    root = route[: route.rfind("}") + 1]
    routes = [root + act for act in _ACTS]
    if route not in routes:  # a venue's seats, an event's map
        routes = [route]
    query = (
        select(AuditLine)
        .where(
            AuditLine.at > unit.now - CHANGES_TOLD_FOR,
            AuditLine.route.in_(routes),
            AuditLine.targets.endswith(f"={target}", autoescape=True),
        )
        .order_by(AuditLine.at.desc(), AuditLine.id.desc())
        .limit(1)
    )
    line = await unit.find(query)
    if line is None:
        return None
    return Change(by=await name_actor(unit.session, line.actor), at=moment_of(Instant(line.at)))
