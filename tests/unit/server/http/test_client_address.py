"""Whose a request is that came by a proxy."""

from __future__ import annotations

import pytest

from server.http.asgi import Scope
from server.http.client_address import client_address


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("203.0.113.7:4711, 10.0.0.2:80", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
def test_a_client_is_its_address_whatever_port_it_comes_from(said: str, address: str) -> None:
    """With the port each connection was somebody new to the limits of guesses."""
    scope: Scope = {
        "type": "http",
        "client": ("10.0.0.2", 5),
        "headers": [(b"x-forwarded-for", said.encode())],
    }
    assert client_address(scope, frozenset({"10.0.0.2"})) == address
