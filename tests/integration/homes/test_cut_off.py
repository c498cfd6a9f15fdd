"""Everything cut: under `home` nobody gets in twice, and no zone holds more than it may."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.device_as_home import Homes
from gatekeeper.gate.peers_port import HomeWord
from shared.admission.reasons import Reason
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.instant import SECOND
from shared.kernel.ports import Clock
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.manifest.case_of_shown_code import Case
from shared.manifest.event_config import GateConfig
from shared.manifest.signed_document import SignedDocument
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from tests.factories.ledger_office import LedgerOffice
from tests.factories.selling import sell
from tests.factories.wired_gates import WiredGate, open_gate
from tests.factories.zone_limits import limit_zone
from tests.integration.lan.lanes import until

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)

LAN = LanOptions(host="127.0.0.1", budget_ms=5_000, settings=LanSettings(live_window=60 * SECOND))
"""Gates wait for each other, and hold each other for live, however busy the machine is."""


@contextlib.asynccontextmanager
async def open_gates(
    office: LedgerOffice,
    folder: Path,
    places: Sequence[int],
    *,
    role: str = "gate",
    clock: Clock | None = None,
    lan: LanOptions | None = None,
) -> AsyncIterator[list[WiredGate]]:
    """Open gates, publish anew so that they are homes, and let them sync."""
    gates = [
        await open_gate(office, folder, place, role=role, clock=clock, lan=lan) for place in places
    ]
    try:
        await office.office.ok("POST", f"{office.path}/handover", office.owner)
        for _ in range(2):
            for gate in gates:
                await gate.sync()
        yield gates
    finally:
        for gate in gates:
            await gate.session.close()


@contextlib.asynccontextmanager
async def in_step(gates: Sequence[WiredGate]) -> AsyncIterator[None]:
    """Let gates keep in step with the server for as long as the block lasts."""
    serving = [asyncio.create_task(gate.serve()) for gate in gates]
    try:
        yield
    finally:
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def set_policy(office: LedgerOffice, policy: str) -> None:
    """Set the event's offline policy."""
    body = {"policy": {"offline_policy": policy, "claim_budget_ms": 5_000}}
    await office.office.ok("PATCH", office.path, office.owner, json=body)


async def double_uses(office: LedgerOffice) -> int:
    """Count conflicts of any kind but `clock`: this server's time stands still, gates' may not."""
    return len([one for one in await office.conflicts() if one["kind"] != "clock"])


async def test_cut_off_no_ticket_is_admitted_twice_under_home(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Three lanes, two of one gate, and every ticket at each: only its home lets it in, once."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 0, 1)) as gates:
        for gate in gates:
            await gate.cut()
        admitted: Counter[str] = Counter()
        for code in ledger_office.codes:
            for gate in (*gates, *gates):
                answer = await gate.scan(code)
                if answer.verdict == "admit":
                    admitted[code] += 1
                else:
                    assert answer.reason in {"offline_policy", "already_used"}
                if answer.reason == "offline_policy":
                    assert answer.gate in {"North", "South"}
        assert admitted == Counter(ledger_office.codes)
        for gate in gates:
            await gate.mend()
        assert await double_uses(ledger_office) == 0


async def test_a_walk_up_has_a_home_that_every_gate_knows_cut_off(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Sold at a till that nobody hears, it is let in at its one home only, and printed on it."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 0, 1), role="both") as gates:
        for gate in gates:
            await gate.cut()
        sale = await sell(gates[0].session, 1, 4)
        assert {ticket.home_gate for ticket in sale.tickets} <= {"North", "South"}
        for ticket in sale.tickets:
            answers = [await gate.scan(ticket.digits) for gate in (*gates, *gates)]
            assert [one.verdict for one in answers].count("admit") == 1
        for gate in (*gates, *gates):
            await gate.mend()
        assert await double_uses(ledger_office) == 0


async def test_what_the_ledger_brings_a_home_is_given_away_once(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Connected, another gate's guest is let in by the home's word, and then nowhere else."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        async with in_step(gates):
            for code in ledger_office.codes[:4]:
                first = [(await gate.scan(code)).verdict for gate in gates]
                assert sorted(first) == ["admit", "deny"]
        for gate in gates:
            await gate.sync()
            await gate.cut()
        for code in ledger_office.codes[:4]:
            for gate in gates:
                assert (await gate.scan(code)).verdict == "deny"
        for gate in gates:
            await gate.mend()
        assert await double_uses(ledger_office) == 0


async def test_a_home_that_gave_up_its_tickets_admits_nobody(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """After the recall the old home sends everybody to the new one, also cut off."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 1)) as (north, south):
        body = {"from_device_id": north.id, "reason": "this gate closes"}
        path = f"{ledger_office.path}/homes/moves"
        await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
        for gate in (north, north, south, north):
            await gate.sync()
        for gate in (north, south):
            await gate.cut()
        for code in ledger_office.codes:
            assert (await north.scan(code)).reason == "offline_policy"
            assert (await south.scan(code)).reason == "ok"


async def test_a_zone_of_four_cut_off_gates_never_holds_too_many(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Cut off, each gate lets in its share and no more; an exit makes room once, at its gate."""
    await set_policy(ledger_office, "open")
    await limit_zone(ledger_office, 12)
    async with open_gates(ledger_office, tmp_path, (0, 0, 1, 1)) as gates:
        for gate in gates:
            await gate.sync()
            await gate.cut()
        inside: list[tuple[WiredGate, str]] = []
        refused: list[str] = []
        codes = iter(ledger_office.codes)
        for gate in gates:
            for code in (next(codes) for _ in range(5)):
                answer = await gate.scan(code)
                if answer.verdict == "admit":
                    inside.append((gate, code))
                else:
                    assert answer.reason == "capacity_full"
                    refused.append(code)
        assert 4 <= len(inside) <= 12
        gate, code = inside[-1]
        assert (await gate.scan(refused[0])).reason == "capacity_full"
        for _ in range(2):  # the second time nobody is there who could make room
            assert (await gate.scan(code, direction="out")).reason == "exit"
        assert (await gate.scan(refused[0])).reason == "ok"
        assert (await gate.scan(refused[1])).reason == "capacity_full"
        for one in gates:
            await one.mend()
        assert await double_uses(ledger_office) == 0


async def test_connected_a_zone_fills_to_its_last_place(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Shares go back while gates are connected, so that the ledger gives the last places."""
    await limit_zone(ledger_office, 10)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        verdicts = []
        for number, code in enumerate(ledger_office.codes[:14]):
            verdicts.append((await gates[number % 2].scan(code)).verdict)
            for gate in (*gates, *gates):
                await gate.sync()
        assert verdicts.count("admit") == 10
        assert verdicts[:10] == ["admit"] * 10


async def test_a_gate_whose_zone_is_full_at_the_ledger_uses_the_room_that_it_holds(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Connected and without another exchange, both gates fill the zone, and not beyond that."""
    await limit_zone(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        shares = [gate.session.store.shares for gate in gates]
        held = [share.get(ledger_office.event_id, ledger_office.zone_id).left for share in shares]
        assert min(held) > 0
        verdicts = []
        for number, code in enumerate(ledger_office.codes[:12]):
            answer = await gates[number % 2].scan(code)
            verdicts.append(answer.reason)
            assert answer.mode == "online"
        assert verdicts.count("ok") == 8
        for gate in gates:
            await gate.cut()
            assert (await gate.scan(ledger_office.codes[13])).reason == "capacity_full"
            await gate.mend()
        assert await double_uses(ledger_office) == 0


async def test_a_peer_s_uplink_brings_the_room_of_ledger_and_own_share(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Through a peer the ledger lets in what it has room for, then what the gate itself holds."""
    await limit_zone(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1), clock=SystemClock(), lan=LAN) as gates:
        near, far = gates
        links = [gate.session.lan for gate in gates]
        for link in links:
            await link.renew()

        def lends() -> bool:
            rung = links[1].rung
            peer = None if rung is None else rung.peer.presence.peers.get(near.id)
            return bool(links[1].live_of()[0]) and peer is not None and peer.has_uplink

        await until(lends)
        held = near.session.store.shares.get(ledger_office.event_id, ledger_office.zone_id).left
        await far.cut()
        answers = [await far.scan(code) for code in ledger_office.codes[:10]]
        assert {answer.mode for answer in answers} == {"lan"}
        admitted = [answer.verdict for answer in answers].count("admit")
        assert admitted == 8 - held
        assert answers[-1].reason == "capacity_full"
        await far.mend()
        assert await double_uses(ledger_office) == 0


async def test_without_a_server_the_home_gives_an_entry_over_the_venue_s_network(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest at the wrong gate is let in by the home's word, and by nobody after that."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 1), clock=SystemClock(), lan=LAN) as gates:
        links = [gate.session.lan for gate in gates]
        for link in links:
            await link.renew()
        await until(lambda: all(link.live_of()[0] for link in links))
        under_way: list[bool] = []
        for gate in gates:
            await gate.cut()
            watch_home_asks(gate, under_way, monkeypatch)
        for code in ledger_office.codes[:6]:
            answers = [await gate.scan(code) for gate in (*gates, *gates)]
            assert [one.verdict for one in answers] == ["admit", "deny", "deny", "deny"]
            assert {one.reason for one in answers[1:]} == {"already_used"}
        modes = {one.mode for one in gates[0].session.lane.answers if one.verdict == "admit"}
        assert "lan" in modes
        # Else a clean-up in between would give back what the holder is let in on.
        assert under_way
        assert all(under_way)
        for gate in (*gates, *gates):
            await gate.mend()
        assert await double_uses(ledger_office) == 0


async def test_a_home_lets_nobody_in_at_a_gate_that_has_heard_that_cut_off_gates_are_closed(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that came while the home was asked; what it gave goes back."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 1), clock=SystemClock(), lan=LAN) as gates:
        for gate in gates:
            await gate.session.lan.renew()
        await until(lambda: all(gate.session.lan.live_of()[0] for gate in gates))
        home, asker = gates
        numbered = enumerate(ledger_office.tickets)
        number = next(number for number, ticket_id in numbered if is_home(home, ticket_id))
        for gate in gates:
            await gate.cut()
        peers = asker.session.lane.peers
        assert isinstance(peers, LanPeers)
        ask = peers.rung.ask_home

        async def ask_meanwhile(*args: Any) -> Any:
            given = await ask(*args)
            said = {"reason": "Nobody without the server"}
            lift = f"{ledger_office.path}/freeze/lift"
            await ledger_office.office.ok("POST", lift, ledger_office.owner, json=said)
            await set_policy(ledger_office, "closed")
            await ledger_office.office.ok(
                "POST", f"{ledger_office.path}/handover", ledger_office.owner
            )
            await asker.mend()
            await asker.cut()
            return given

        monkeypatch.setattr(peers.rung, "ask_home", ask_meanwhile)
        answer = await asker.scan(ledger_office.codes[number])
        assert (answer.reason, answer.mode) == ("offline_policy", "lan")
        for gate in (*gates, *gates):
            await gate.mend()
        assert (await home.scan(ledger_office.codes[number])).reason == "ok"


@pytest.mark.parametrize("is_honest", [True, False], ids=["honest home", "hostile home"])
async def test_of_two_gates_that_ask_a_home_at_once_one_lets_in(
    ledger_office: LedgerOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_honest: bool,
) -> None:
    """Also where the home gives to both: they ask each other besides. Nobody's guest is lost."""
    await set_policy(ledger_office, "home")
    places, clock = (0, 1, 1), SystemClock()
    async with open_gates(ledger_office, tmp_path, places, clock=clock, lan=LAN) as gates:
        for gate in gates:
            await gate.session.lan.renew()
        await until(lambda: all(gate.session.lan.live_of()[0] == 2 for gate in gates))
        home, *askers = gates
        for gate in gates:
            await gate.cut()
        if not is_honest:
            monkeypatch.setattr(Homes, "_reason", lambda *_: Reason.OK)
        theirs = [
            code
            for code, ticket_id in zip(ledger_office.codes, ledger_office.tickets, strict=True)
            if is_home(home, ticket_id)
        ]
        assert len(theirs) > 3
        for number, code in enumerate(theirs):
            shown_at = askers if number % 2 else (home, askers[0])
            answers = await asyncio.gather(*(gate.scan(code) for gate in shown_at))
            assert sorted(one.verdict for one in answers) == ["admit", "deny"]
            assert [one.reason for one in answers if one.verdict == "deny"] == ["already_used"]


def is_home(gate: WiredGate, ticket_id: TicketId) -> bool:
    """Tell whether a gate is a ticket's home by the list."""
    event = gate.session.knowledge.event
    row = None if event is None else event.find(ticket_id)
    return row is not None and row.facts.home_device_id == gate.id


def watch_home_asks(
    gate: WiredGate, under_way: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Note, whenever a home is asked, whether the claim is known to be under way."""
    lane = gate.session.lane
    ask_home = lane.peers.ask_home

    async def watched(attempt: Attempt, case: Case, at: GateConfig) -> HomeWord | None:
        under_way.append(attempt.claim_id in lane.claims.in_flight)
        return await ask_home(attempt, case, at)

    monkeypatch.setattr(lane.peers, "ask_home", watched)


@pytest.mark.parametrize("is_new", [True, False], ids=["first manifest", "later manifest"])
async def test_new_home_admits_nobody_before_it_has_heard_who_is_inside(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_new: bool
) -> None:
    """The wire was cut between the manifest that names it and the passages before that."""
    await set_policy(ledger_office, "home")
    async with open_gates(ledger_office, tmp_path, (0, 1)) as (north, south):
        heir = await open_gate(ledger_office, tmp_path, 0) if is_new else south
        await north.cut()
        used = [code for code in ledger_office.codes if (await north.scan(code)).reason == "ok"]
        assert used
        await north.mend()
        body = {"from_device_id": north.id, "to_device_id": heir.id, "reason": "it breaks down"}
        path = f"{ledger_office.path}/homes/moves"
        await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
        await north.sync()
        await north.sync()
        await ledger_office.office.ok(
            "POST", f"{ledger_office.path}/handover", ledger_office.owner
        )
        cut_after_manifest(heir, monkeypatch)
        with contextlib.suppress(ServerFault):
            await heir.sync()
        assert heir.session.store.feeds.get(ledger_office.event_id).manifest is not None
        await heir.cut()
        assert {(await heir.scan(code)).verdict for code in used} == {"deny"}
        monkeypatch.undo()
        await heir.mend()
        assert {(await heir.scan(code)).reason for code in used} == {"already_used"}
        if is_new:
            await heir.session.close()


def cut_after_manifest(gate: WiredGate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small pages through, and a manifest, and nothing after it."""
    wire = gate.wire
    fetch, exchange, has_come = wire.fetch_manifest, wire.exchange, []

    async def fetch_manifest(event_id: EventId) -> SignedDocument:
        has_come.append(event_id)
        return await fetch(event_id)

    async def exchange_before(request: ExchangeRequest) -> ExchangeResponse:
        if has_come:
            raise ServerFault("the wire is cut")
        return await exchange(msgspec.structs.replace(request, page_items_max=2))

    monkeypatch.setattr(wire, "fetch_manifest", fetch_manifest)
    monkeypatch.setattr(wire, "exchange", exchange_before)
