"""Links: lost, late, twice, out of order, one way; and answers lost after the deed."""

from __future__ import annotations

import asyncio

import pytest

from shared.kernel.instant import MILLISECOND, SECOND, Duration
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process, SimLoop
from simulator.kernel.network import LinkFaults, Network, Refused, Request, Response
from simulator.kernel.trace import Trace

ASK = Request("POST", "/ask", (), b"question")


class Venue:
    """A gate and a server that counts what it was asked."""

    def __init__(self) -> None:
        dice = Dice("network")
        self.loop = SimLoop(dice.stream("loop"))
        self.trace = Trace(lambda: self.loop.now_us)
        self.network = Network(self.loop, dice.stream("network"), self.trace)
        self.gate, self.server = Process("gate"), Process("server")
        self.asked = 0
        self.network.listen(self.server, serve=self.serve)

    async def serve(self, _source: str, request: Request) -> Response:
        self.asked += 1
        await asyncio.sleep(0.001)
        return Response(200, (), request.body[::-1])

    async def ask(self, seconds: float = 1.0) -> Response | None:
        try:
            async with asyncio.timeout(seconds):
                return await self.network.request(self.gate, "server", ASK)
        except TimeoutError:
            return None


def test_a_request_is_answered_after_the_time_on_the_way() -> None:
    """Both ways take their time, and so does the server."""
    venue = Venue()
    venue.network.faults = LinkFaults(delay_min=10 * MILLISECOND)
    response = venue.loop.run(venue.ask())
    assert response == Response(200, (), b"noitseuq")
    assert 21 * MILLISECOND <= venue.loop.now_us < 60 * MILLISECOND


def test_loss_takes_requests_and_answers() -> None:
    """Some questions never arrive, and some answers are lost after the server has acted."""
    venue = Venue()
    venue.network.faults = LinkFaults(loss=0.3)

    async def main() -> list[Response | None]:
        return [await venue.ask() for _ in range(200)]

    answered = sum(response is not None for response in venue.loop.run(main()))
    assert 70 < answered < 130
    assert answered < venue.asked < 170
    assert venue.network.counts.dropped == 200 - answered


def test_duplicates_are_served_twice_and_answered_once() -> None:
    """A repeated request reaches the server again; the caller sees one answer."""
    venue = Venue()
    venue.network.faults = LinkFaults(duplication=1.0)

    async def main() -> Response | None:
        response = await venue.ask()
        await asyncio.sleep(1)
        return response

    assert venue.loop.run(main()) is not None
    assert venue.asked == 2


def test_a_partition_may_be_one_way_and_cuts_add_up() -> None:
    """The server hears the gate and the gate hears nothing, until both cuts are mended."""
    venue = Venue()

    async def main() -> None:
        venue.network.cut("server", "gate")
        venue.network.cut("server", "gate")
        assert await venue.ask() is None
        assert venue.asked == 1
        venue.network.mend("server", "gate")
        assert await venue.ask() is None
        venue.network.mend("server", "gate")
        assert await venue.ask() is not None

    venue.loop.run(main())


def test_a_stopped_program_refuses_and_a_dark_machine_is_silent() -> None:
    """A crash is answered at once by the machine; without power there is no answer."""
    venue = Venue()

    async def main() -> None:
        venue.network.silence("server", is_dark=False)
        with pytest.raises(Refused):
            await venue.ask()
        venue.network.silence("server", is_dark=True)
        assert await venue.ask() is None

    venue.loop.run(main())


def test_datagrams_arrive_out_of_order_without_a_word() -> None:
    """Delays differ, so order is lost; nothing comes back."""
    venue = Venue()
    heard: list[bytes] = []
    venue.network.faults = LinkFaults(delay_mean=20 * MILLISECOND)
    peer = Process("peer")
    venue.network.listen(peer, take_datagram=lambda _source, datagram: heard.append(datagram))

    async def main() -> None:
        for number in range(50):
            venue.network.send(venue.gate, "peer", bytes([number]))
        await asyncio.sleep(5)

    venue.loop.run(main())
    assert sorted(heard) == [bytes([number]) for number in range(50)]
    assert heard != sorted(heard)


def test_a_trace_is_the_same_for_the_same_seed() -> None:
    """Two runs of one seed have one hash."""

    async def main(venue: Venue) -> None:
        venue.network.faults = LinkFaults(loss=0.2, duplication=0.2)
        for _ in range(20):
            await venue.ask()

    digests = set()
    for _ in range(2):
        venue = Venue()
        venue.loop.run(main(venue))
        digests.add(venue.trace.digest)
    assert len(digests) == 1


def test_a_message_that_is_late_ends_the_calm() -> None:
    """Whose answer was too long on the way was not in reach, though nothing was lost."""
    venue = Venue()
    venue.network.listen(venue.gate)

    async def main() -> tuple[Response | None, bool]:
        await asyncio.sleep(100)
        since = venue.network.calm_since("gate", "server")
        assert since is not None
        venue.network.faults = LinkFaults(delay_min=3 * SECOND)
        began = venue.loop.now_us
        answer = await venue.ask(2.0)
        calm = venue.network.calm_since("gate", "server")
        return answer, calm is not None and calm > began

    assert venue.loop.run(main()) == (None, True)


def test_what_hangs_in_a_cut_cable_comes_later_and_ends_the_calm() -> None:
    """Whoever sent it has given up; what was sent besides is lost, and mended all is in reach."""
    venue = Venue()
    venue.network.listen(venue.gate)
    held = [Duration(30 * SECOND), Duration(0)]
    venue.network.hold = lambda _source, _target: held.pop(0)

    async def main() -> None:
        venue.network.cut("gate", "server")
        assert [await venue.ask(), await venue.ask()] == [None, None]
        assert (venue.asked, venue.network.has_hung, held) == (0, True, [])
        venue.network.mend("gate", "server")
        assert await venue.ask() is not None
        await asyncio.sleep(40)
        assert (venue.asked, venue.network.has_hung) == (2, False)
        calm = venue.network.calm_since("gate", "server")
        assert calm is not None
        assert calm >= 30 * SECOND

    venue.loop.run(main())


def test_what_comes_while_its_program_stands_still_lies_unread() -> None:
    """Whoever waits by the clock alone finds its end and the answer at the same instant."""
    venue = Venue()
    venue.network.listen(venue.gate)

    async def ask() -> tuple[bool, int]:
        asked = asyncio.ensure_future(venue.network.request(venue.gate, "server", ASK))
        await asyncio.sleep(0)
        venue.loop.stand_still(venue.gate, 2 * SECOND)
        was_read = asked.done()
        await asked
        return was_read, venue.loop.now_us

    assert venue.loop.run(venue.loop.outcome(venue.gate, ask())) == (True, (False, 2 * SECOND))
    assert venue.asked == 1


def test_nobody_is_sure_of_an_answer_from_a_node_that_keeps_them_waiting() -> None:
    """It is in reach again when it does so no more, and not for as long as before."""
    venue = Venue()
    venue.network.listen(venue.gate)

    async def main() -> list[Duration | None]:
        found = []
        for is_so in (True, False):
            await asyncio.sleep(30)
            venue.network.keep_waiting("server", is_so=is_so)
            found.append(venue.network.quick_since("gate", "server"))
        return found

    assert venue.loop.run(main()) == [None, 60 * SECOND]
