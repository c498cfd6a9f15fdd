"""No alarm is judged by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.alarms import routes


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nothing be judged but when a test says so."""
    monkeypatch.setattr(routes, "ALARM_POLL_S", 3_600)
    return iter(())
