"""Finds policies of row-level security that somebody has altered under the names of ours.

A policy's name says the version of its text, so that what stands is left alone at each start. What
`ALTER POLICY` did to it since, or another policy beside it, would then go unseen for ever, and
with it that one organization's rows can be read by another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shared.kernel.errors import StoreFault

NAMED_MAX: Final = 5
"""Policies that the sentence names; there may be a hundred more."""
_TWIN: Final = "tenant_twin"
_STANDING: Final = text(
    "SELECT c.relname, p.polname, p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}',"
    " p.polpermissive AND 0 = ANY(p.polroles),"
    " pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)"
    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE pg_table_is_visible(c.oid)"
)
"""Of each policy: its table and name, whether it binds everybody in all, whether it lets everybody
through what it allows, and what it allows, as PostgreSQL writes it."""
_CAST: Final = re.compile(r"::(character varying|text)|\bas current_setting\b|[\s()]")


def refuse_altered(connection: Connection, wanted: Mapping[str, tuple[str, str]]) -> None:
    """Stop where a policy of ours says something else by now, or another one lets more through.

    Args:
        connection: To PostgreSQL, in a transaction.
        wanted: By table, the policy's name and what it allows, as it was made.

    Raises:
        StoreFault: naming the policies, and what to do.
    """
    found = [
        f"{policy} ON {table}"
        for table, policy, is_plain, lets_through, *says in connection.execute(_STANDING)
        if table in wanted
        and _is_altered(connection, table, (policy, is_plain, lets_through, says), wanted[table])
    ]
    if found:
        more = len(found) - NAMED_MAX
        named = "; ".join(f"DROP POLICY {one}" for one in sorted(found)[:NAMED_MAX])
        raise StoreFault(
            "row-level security, which keeps organizations apart, is not as this program made it:"
            f" {len(found)} of its policies were altered or stand beside its own. See who did"
            f" that, then: {named}{f'; and {more} more' if more > 0 else ''}. With the next start"
            " this program's own are made anew"
        )


def _is_altered(
    connection: Connection,
    table: str,
    standing: tuple[str, bool, bool, Sequence[Any]],
    wanted: tuple[str, str],
) -> bool:
    policy, is_plain, lets_through, says = standing
    name, allowed = wanted
    if policy != name:
        return lets_through and not policy.startswith("tenant")  # those are replaced
    if not is_plain:
        return True
    if all(one is not None and _bare(one) == _bare(allowed) for one in says):
        return False
    # Perhaps only this version of PostgreSQL writes it otherwise: it says so itself.
    return list(says) != _as_written(connection, table, allowed)


def _bare(expression: str) -> str:
    """Return an expression without blanks, brackets, and the casts that PostgreSQL adds."""
    return _CAST.sub("", expression.lower())


def _as_written(connection: Connection, table: str, allowed: str) -> list[Any] | None:
    """Have PostgreSQL write what a policy of ours allows; None where it lets us make none."""
    name = connection.dialect.identifier_preparer.quote(table)
    making = f"CREATE POLICY {_TWIN} ON {name} USING {allowed} WITH CHECK {allowed}"
    attempt = connection.begin_nested()
    try:
        connection.execute(text(making))
        rows: Iterable[Any] = connection.execute(_STANDING)
        return next(list(row[4:]) for row in rows if (row[0], row[1]) == (table, _TWIN))
    except DBAPIError:
        return None
    finally:
        attempt.rollback()
