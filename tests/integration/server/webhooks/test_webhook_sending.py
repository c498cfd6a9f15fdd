"""One attempt over real sockets: what a receiver may do, and where a message never goes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from server.serving.own_tls import keep_own_tls
from server.webhooks.allowed_addresses import Network, Target, parse_networks
from server.webhooks.receiver_connection import Lookup, Reply, Sender, Unsent
from shared.wire.enrol import LEDGER_NAME
from tests.fakes.entropy import SeededEntropy
from tests.fakes.webhook_receiver import Receiver, answer, receiving

LOOPBACK = parse_networks(["127.0.0.0/8"])
HEADERS = {"webhook-id": "ms_1"}


def at(receiver: Receiver, host: str = "127.0.0.1", *, is_tls: bool = False) -> Target:
    return Target(is_tls=is_tls, host=host, port=receiver.port, path="/in?token=1")


async def send(
    target: Target,
    networks: Sequence[Network] = LOOPBACK,
    *,
    lookup: Lookup | None = None,
    trust: ssl.SSLContext | None = None,
    total_s: float = 15,
) -> Reply:
    more = {} if lookup is None else {"lookup": lookup}
    sender = Sender(networks, trust=trust, total_s=total_s, **more)
    try:
        return await sender.send(target, HEADERS, b'{"type": "x"}')
    finally:
        sender.close()


async def test_a_message_arrives_with_its_headers_and_the_answer_is_shown() -> None:
    """The status, what the receiver asks for, and the first of its words."""
    async with receiving() as receiver:
        receiver.answers = [answer(503, b"later\0" + b"x" * 70_000, Retry_After="120")]
        reply = await send(at(receiver))
        assert (reply.status, reply.retry_after) == (503, "120")
        assert reply.shown.startswith("later\ufffdxxx")
        assert len(reply.shown) == 1_024
        (taken,) = receiver.taken
        assert (taken.path, taken.body) == ("/in?token=1", b'{"type": "x"}')
        assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert taken.headers["webhook-id"] == "ms_1"


async def test_an_early_hint_is_no_answer() -> None:
    """What informs comes before the answer."""
    async with receiving() as receiver:
        receiver.answers = [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(200)]
        assert (await send(at(receiver))).status == 200


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nmore", "not HTTP"),
        (b"HTTP/1.1 200", "without an answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000, "without an answer"),
    ],
)
async def test_what_is_no_answer_is_said_to_be_none(said: bytes, why: str) -> None:
    """Nothing, another protocol, at once or from now on, half a head, a head without an end."""
    async with receiving() as receiver:
        receiver.answers = [said]
        with pytest.raises(Unsent, match=why):
            await send(at(receiver))


async def test_a_receiver_that_says_nothing_is_left_after_a_time() -> None:
    """Other messages have their turn."""
    async with receiving() as receiver:
        receiver.answers = [None]
        with pytest.raises(Unsent, match="in time"):
            await send(at(receiver), total_s=0.2)


async def test_a_body_that_never_ends_changes_nothing_of_the_answer() -> None:
    """Its status has come; the rest is only shown."""
    async with receiving() as receiver:
        receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 99_999]
        assert (await send(at(receiver))).status == 200


async def test_a_name_is_looked_up_once_and_its_address_is_the_one_that_was_checked() -> None:
    """A name that stands for another address at the second look leads nowhere else."""
    looks = []

    def change_its_mind(host: str, port: int) -> list[str]:
        looks.append((host, port))
        return ["127.0.0.1"] if len(looks) == 1 else ["10.0.0.1"]

    async with receiving() as receiver:
        assert (await send(at(receiver, "in.example"), lookup=change_its_mind)).status == 204
        assert looks == [("in.example", receiver.port)]
        assert receiver.taken[0].headers["host"] == f"in.example:{receiver.port}"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["fe80::1%eth0"],
        ["0.0.0.0"],
    ],
)
async def test_a_name_of_this_network_is_never_connected_to(addresses: list[str]) -> None:
    """Also one that stands for an address of the internet besides."""
    async with receiving() as receiver:
        with pytest.raises(Unsent, match="nothing was sent"):
            await send(at(receiver, "in.example"), (), lookup=lambda _h, _p: addresses)
        assert receiver.taken == []


async def test_to_the_internet_only_https_at_its_usual_port_is_spoken() -> None:
    """A name that was of the operator's network when it was said, and is not any more."""
    target = Target(is_tls=False, host="in.example", port=80, path="/")
    with pytest.raises(Unsent, match="https at its usual port"):
        await send(target, lookup=lambda _h, _p: ["93.184.216.34"])


async def test_numbers_that_spell_the_loopback_are_refused_like_it() -> None:
    """As the system's resolver reads them."""
    async with receiving() as receiver:
        for host in ("2130706433", "0x7f.1", "localhost", "127.1"):
            with pytest.raises(Unsent):
                await send(at(receiver, host), ())
        assert receiver.taken == []


async def test_a_certificate_is_verified_for_its_name(tmp_path: Path) -> None:
    """An unknown authority, and a known one's certificate for another name: nothing is sent."""
    own = keep_own_tls(tmp_path, SystemClock().wall(), SeededEntropy())
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(own.certificate)
    trust = ssl.create_default_context(cadata=own.authority_pem)

    def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with receiving(theirs) as receiver:
        for context, name in ((None, LEDGER_NAME), (trust, "in.example")):
            with pytest.raises(Unsent, match="certificate is not valid"):
                await send(at(receiver, name, is_tls=True), lookup=here, trust=context)
        assert receiver.taken == []
        found = await send(at(receiver, LEDGER_NAME, is_tls=True), lookup=here, trust=trust)
        assert found.status == 204


async def test_nobody_there_is_said(unused_tcp_port: int) -> None:
    """In words that an organizer understands."""
    target = Target(is_tls=False, host="127.0.0.1", port=unused_tcp_port, path="/")
    with pytest.raises(Unsent, match="refuses connections"):
        await send(target)
    await asyncio.sleep(0)


async def test_names_that_nobody_answers_for_take_no_more_threads_than_their_lanes() -> None:
    """Whoever is told that nothing was found has given the thread back; others have theirs."""
    go_on = threading.Event()
    hanging: list[str] = []

    def hang(host: str, _port: int) -> list[str]:
        hanging.append(host)
        assert go_on.wait(30)
        raise OSError

    sender = Sender(LOOPBACK, lookup=hang, total_s=0.05)
    slow = Target(is_tls=False, host="slow.example", port=80, path="/")

    async def lane() -> None:
        while not go_on.is_set():
            with pytest.raises(Unsent):
                await sender.send(slow, HEADERS, b"{}")

    lanes = [asyncio.create_task(lane()) for _ in range(2)]
    try:
        await asyncio.sleep(0.3)
        assert len(hanging) <= len(lanes)
    finally:
        go_on.set()
        await asyncio.gather(*lanes)
        sender.close()
