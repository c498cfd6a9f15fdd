"""Finds the handlers that modules of routes define: what is decorated is served."""

from __future__ import annotations

from types import ModuleType

from litestar.handlers import BaseRouteHandler


def handlers_of(*modules: ModuleType) -> list[BaseRouteHandler]:
    """Return the modules' own handlers, in the order in which they stand there."""
    return [
        found
        for module in modules
        for found in vars(module).values()
        if isinstance(found, BaseRouteHandler) and found.fn.__module__ == module.__name__
    ]
