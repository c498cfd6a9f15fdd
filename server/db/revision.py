"""Which revision of the database this program was written for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory

SCRIPTS: Final = Path(__file__).parent / "migrations"


@cache
def head_revision() -> str:
    """Return the revision that this program was written for."""
    head = ScriptDirectory.from_config(migrations_config()).get_current_head()
    assert head is not None
    return head


def migrations_config() -> Config:
    """Say where the migrations lie."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
