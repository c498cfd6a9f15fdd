"""What all tables are made from: the metadata, column kinds and names of constraints."""

from __future__ import annotations

import re
from typing import Any, ClassVar, TypeVar

from sqlalchemy import JSON, BigInteger, Index, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from server.db.column_types import JsonValue

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""How a constraint is called on both databases that says no name, in a model or in a migration."""

metadata = MetaData(naming_convention=NAMING)


class Model(DeclarativeBase):
    """Base of every table.

    `str` columns are TEXT, `int` columns are BIGINT (instants in µs, money in minor units). A
    table is called like its class, `ZoneCount` is `zone_count`, unless the class says otherwise.
    """

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, TypeEngine[Any] | type[TypeEngine[Any]]]] = {
        str: Text,
        int: BigInteger,
        JsonValue: JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
    }

    def __init_subclass__(cls, **more: Any) -> None:
        if "__tablename__" not in vars(cls):
            cls.__tablename__ = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        super().__init_subclass__(**more)


M = TypeVar("M", bound=Model)


def row_of(kind: type[M], source: object, /, **others: Any) -> M:
    """Make a row of what another thing has under its columns' names; added by nobody yet.

    Args:
        kind: The row's table.
        source: Has an attribute for each column that is not given, but for whose row it is.
        others: Columns that are not the source's, or not as it has them.
    """
    names = kind.__table__.columns.keys() - others.keys() - {"organization_id"}
    return kind(**{name: getattr(source, name) for name in names}, **others)


def index_where(
    condition: str, *columns: str, name: str | None = None, is_unique: bool = False
) -> Index:
    """Index the rows alone that fit a condition, whichever database it is."""
    where = text(condition)
    return Index(name, *columns, unique=is_unique, postgresql_where=where, sqlite_where=where)
