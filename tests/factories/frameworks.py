"""Keeps built frameworks for the next test: reading every route's signature takes 0.25 s."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from litestar import Litestar

from server.app import create_framework
from server.settings import Settings

_idle: dict[tuple[str, frozenset[str]], list[Litestar]] = {}


@contextmanager
def idle_framework(settings: Settings) -> Iterator[Litestar]:
    """Give a framework that serves nobody else until the block ends."""
    shelf = _idle.setdefault((settings.public_url, frozenset(settings.allowed_origins)), [])
    framework = shelf.pop() if shelf else create_framework(settings)
    yield framework
    # Not after a failure: what did not stop properly is not given to another test.
    shelf.append(framework)
