"""Which sockets a worker lets go: the strangers' first, the slow ones, never a known one's."""

from __future__ import annotations

import pytest

from server.serving.connection_limits_and_deadlines import (
    BODY_GRACE_S,
    BODY_RATE,
    HEAD_S,
    IDLE_KNOWN_S,
    IDLE_STRANGER_S,
    KNOWN_EACH_MAX,
    OPENED_AT_ONCE,
    OPENED_EACH_S,
    STRANGERS_MAX,
    OpenSocket,
    Phase,
    Sockets,
    is_overdue,
)


class Site:
    """A worker's sockets, and the names of those that were cut off."""

    def __init__(self, *proxies: str) -> None:
        self.sockets = Sockets(frozenset(proxies))
        self.ended: list[str] = []

    def open(self, address: str, name: str = "") -> OpenSocket:
        return self.sockets.open(address, 0.0, lambda: self.ended.append(name or address))


def test_a_full_worker_closes_the_oldest_of_the_greediest_stranger() -> None:
    """Whoever fills the worker meets only himself; another stranger comes and stays."""
    site = Site()
    site.open("198.51.100.7")
    for number in range(STRANGERS_MAX + 5):
        site.open("203.0.113.9", str(number))
    assert site.ended == ["0", "1", "2", "3", "4", "5"]
    assert site.sockets._stranger_count == STRANGERS_MAX


def test_sockets_of_one_ipv6_network_are_one_strangers() -> None:
    """A host that draws an address for each socket is no crowd."""
    site = Site()
    site.open("2001:db8:1::1")
    for number in range(STRANGERS_MAX):
        site.open(f"2001:db8:2::{number + 1:x}", str(number))
    assert site.ended == ["0"]


def test_known_callers_are_not_among_the_strangers() -> None:
    """A venue is one address: its gates' sockets are neither counted nor closed for strangers."""
    site = Site()
    for number in range(2 * STRANGERS_MAX):
        site.open("198.51.100.7", f"gate {number}").know(f"dv_{number}")
    for number in range(STRANGERS_MAX + 1):
        site.open("198.51.100.7", str(number))
    assert site.ended == ["0"]


def test_one_caller_has_a_limit_of_its_own() -> None:
    """A stolen token fills no worker: beyond the limit its own oldest socket goes."""
    site = Site()
    for number in range(KNOWN_EACH_MAX + 2):
        site.open("203.0.113.9", str(number)).know("dv_stolen")
    assert site.ended == ["0", "1"]


def test_a_trusted_proxy_is_no_stranger() -> None:
    """It carries many callers' requests on its connections, and limits them itself."""
    site = Site("10.0.0.1")
    for _ in range(2 * STRANGERS_MAX):
        site.open("10.0.0.1")
    assert site.ended == []


def test_closing_twice_changes_nothing() -> None:
    """A connection that was cut off also reports its end."""
    site = Site()
    one, other = site.open("203.0.113.9"), site.open("203.0.113.9")
    one.close()
    one.close()
    one.know("dv_late")
    assert site.sockets._stranger_count == 1
    other.know("dv_1")
    other.close()
    other.close()
    assert len(site.sockets) == 0


@pytest.mark.parametrize(
    ("phase", "caller", "lasts"),
    [
        (Phase.HEAD, None, HEAD_S),
        (Phase.HEAD, "dv_1", HEAD_S),
        (Phase.IDLE, None, IDLE_STRANGER_S),
        (Phase.IDLE, "dv_1", IDLE_KNOWN_S),
        (Phase.BODY, "dv_1", BODY_GRACE_S),
        (Phase.MESSAGES, None, HEAD_S),
    ],
)
def test_what_is_waited_for_has_a_deadline(phase: Phase, caller: str | None, lasts: float) -> None:
    """Heads, pauses, bodies and a stranger's WebSocket end; a device's are waited for longer."""
    one = Site().open("203.0.113.9")
    one.enter(phase, 100.0)
    one.caller = caller
    assert not is_overdue(one, 100.0 + lasts)
    assert is_overdue(one, 100.0 + lasts + 1)


def test_a_body_that_keeps_its_rate_is_waited_for() -> None:
    """What counts is the mean since the head: a venue's slow uplink is no attack."""
    one = Site().open("203.0.113.9")
    one.enter(Phase.BODY, 0.0)
    one.received = 60 * BODY_RATE
    assert not is_overdue(one, 60.0 + BODY_GRACE_S)
    assert is_overdue(one, 61.0 + BODY_GRACE_S)


def test_a_known_callers_long_answer_and_its_websocket_have_no_deadline() -> None:
    """A manifest over a bad link may take minutes; pings watch over a WebSocket."""
    one = Site().open("203.0.113.9")
    one.know("dv_1")
    for phase in (Phase.ANSWER, Phase.MESSAGES):
        one.enter(phase, 0.0)
        assert not is_overdue(one, 3_600.0)


def test_a_network_that_opens_connections_without_end_keeps_nobody_else_waiting() -> None:
    """A thousand gates come back through one address; then its pace counts, its own alone."""
    sockets = Sockets(frozenset({"192.0.2.2"}))
    opened = [sockets.may_open("192.0.2.7", 5.0) for _ in range(OPENED_AT_ONCE + 100)]
    assert sum(opened) == pytest.approx(OPENED_AT_ONCE, abs=1)
    assert sockets.may_open("192.0.2.8", 5.0)
    flood = [sockets.may_open("192.0.2.7", 5.0 + at / 1_000) for at in range(1_000)]
    assert sum(flood) == pytest.approx(OPENED_EACH_S, abs=2)
    sockets.sweep(5.0 + 2 * OPENED_AT_ONCE / OPENED_EACH_S)
    again = [sockets.may_open("192.0.2.7", 60.0) for _ in range(OPENED_AT_ONCE - 1)]
    assert all(again)


@pytest.mark.parametrize("address", ["192.0.2.2", "127.0.0.1", "::1"])
def test_who_opens_connections_for_others_is_not_counted(address: str) -> None:
    """A proxy that the operator trusts, or one on this machine, may open one for each request."""
    sockets = Sockets(frozenset({"192.0.2.2"}))
    assert all(sockets.may_open(address, 5.0) for _ in range(2 * OPENED_AT_ONCE))
