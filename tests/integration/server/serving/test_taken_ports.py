"""A server's port is its own: another one that is started at the same moment is refused there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.commands.serve import _held_port
from server.serving.workers import Listening, Workers
from shared.kernel.errors import EnvironmentFault

HOST = "127.0.0.1"


@contextmanager
def workers(port: int) -> Iterator[Workers]:
    """Bind for two workers, and start none."""
    bound = Workers(Listening(HOST, port), 2)
    try:
        yield bound
    finally:
        for one in bound._sockets:
            one.close()


def test_two_servers_that_start_at_once_never_share_a_port() -> None:
    """Both found it free. Each would have answered every other request, by its own accounts."""
    with (
        _held_port(HOST, 0) as port,
        _held_port(HOST, port),
        workers(port),
        pytest.raises(EnvironmentFault, match="choose another --port"),
        workers(port),
    ):
        pytest.fail("both serve")


def test_each_worker_gets_connections_of_the_port() -> None:
    """The first binds it alone, and the others share it all the same."""
    with _held_port(HOST, 0) as port, workers(port) as bound:
        for listening in bound._sockets:
            listening.setblocking(False)
        opened = [socket.create_connection((HOST, port)) for _ in range(64)]
        counts = [_accept_all(listening) for listening in bound._sockets]
        for one in opened:
            one.close()
    assert sum(counts) == len(opened)
    assert all(counts)


def test_a_free_port_is_given_to_nobody_else_until_the_workers_listen() -> None:
    """A server prepares its database meanwhile, which may take long."""
    with (
        _held_port(HOST, 0) as port,
        socket.socket() as other,
        pytest.raises(OSError, match="in use"),
    ):
        other.bind((HOST, port))


def _accept_all(listening: socket.socket) -> int:
    count = 0
    try:
        while True:
            listening.accept()[0].close()
            count += 1
    except BlockingIOError:
        return count
