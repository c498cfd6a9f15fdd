"""Keeps built frameworks for the next test: to read each route's signature takes half a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litestar import Litestar
from litestar.openapi.spec import Server

from server import app
from server.app import create_framework
from server.settings import Settings

_idle: dict[tuple[str, frozenset[str]], list[Litestar]] = {}


@contextmanager
def idle_framework(settings: Settings) -> Iterator[Litestar]:
    """Give a framework that serves nobody else until the block ends."""
    kept = _idle.setdefault((settings.public_url, frozenset(settings.allowed_origins)), [])
    framework = kept.pop() if kept else create_framework(settings)
    yield framework
    # Not after a failure: what did not stop properly is not given to another test.
    kept.append(framework)


def begin_with_built() -> None:
    """Build a framework now: each fork of this process serves by it first, and builds others."""
    plain = Settings(database="", data_folder=Path())
    with idle_framework(plain):
        pass
    built = _idle.popitem()[1]

    def give(settings: Settings) -> Litestar:
        if settings.allowed_origins or not built:
            return create_framework(settings)
        framework = built.pop()
        assert framework.openapi_config is not None
        framework.openapi_config.servers = [Server(url=settings.public_url)]
        return framework

    app.create_framework = give
