"""Workers of one machine have few claims decided by one of them; without it each decides."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from command_line.file_lock import FileLock
from server.claims import deciding_for_machine
from server.claims.claim_queue import ClaimQueue
from server.claims.deciding_for_machine import AT_ONCE, FEW, Decide, DecidingForMachine
from server.claims.settling import SettledBatch
from server.claims.statements import WRITING
from server.db.hot_path_connections import PostgresDriver
from server.devices.identity import DeviceIdentity
from server.settings import Settings
from shared.kernel.id_types import ClaimId, DeviceId, GateId, OrganizationId
from shared.wire.claim import ClaimRequest
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.waiting import PATIENCE_S

WAIT_S: Final = 0.05
DEVICE: Final = DeviceIdentity(
    id=DeviceId("d"),
    organization_id=OrganizationId("o"),
    name="North",
    role="both",
    profile="live",
    public_key=bytes(32),
    event_id=None,
    gate_id=None,
    admissions_per_minute=0,
    place_revision=0,
    is_revoked=False,
)


def claim_of(code: str) -> ClaimRequest:
    """Make a claim."""
    return ClaimRequest(
        code=code, gate_id=GateId("g"), direction="in", claim_id=ClaimId(code), scanned_at=""
    )


async def decide(
    _device: DeviceIdentity, request: ClaimRequest, _until: float
) -> tuple[bytes, int]:
    """Answer with what was scanned."""
    return request.code.encode(), 2


def noting(asked: list[str], goes_on: asyncio.Event) -> Decide:
    """Make one who notes what was asked, and answers it when it may go on."""

    async def decide_later(
        _device: DeviceIdentity, request: ClaimRequest, _until: float
    ) -> tuple[bytes, int]:
        asked.append(request.code)
        await goes_on.wait()
        return request.code.encode(), 2

    return decide_later


async def until(fact: Callable[[], bool]) -> None:
    """Wait for a fact."""
    async with asyncio.timeout(PATIENCE_S):
        while not fact():  # noqa: ASYNC110 - it is no one's to tell
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often for who decides."""
    monkeypatch.setattr(deciding_for_machine, "LOOK_S", 0.01)
    monkeypatch.setattr(deciding_for_machine, "WAIT_S", PATIENCE_S)
    monkeypatch.setattr(deciding_for_machine, "ALONE_S", 0)


@asynccontextmanager
async def worker(folder: Path, decides: Decide = decide) -> AsyncIterator[DecidingForMachine]:
    """Let a worker take part until the block ends; those that are there stay what they are."""
    one = DecidingForMachine(folder, decides)
    one.open()
    try:
        await until(lambda: one.has_met)
        yield one
    finally:
        await one.close()


async def test_one_decides_for_all(tmp_path: Path) -> None:
    """The others hear each its own answer, and the one itself asks nobody."""
    async with worker(tmp_path) as one, worker(tmp_path) as two, worker(tmp_path) as three:
        assert await one.ask(DEVICE, claim_of("mine")) is None
        asked = [(by, f"{n}") for n in range(AT_ONCE // 2) for by in (two, three)]
        answers = await asyncio.gather(*(by.ask(DEVICE, claim_of(code)) for by, code in asked))
        assert answers == [code.encode() for _, code in asked]


async def test_another_takes_over(tmp_path: Path) -> None:
    """Whoever waits for one that ends decides at once for itself; then another decides for all."""
    waiting: list[str] = []

    async def never(
        _device: DeviceIdentity, request: ClaimRequest, _until: float
    ) -> tuple[bytes, int]:
        waiting.append(request.code)
        await asyncio.Event().wait()
        return b"", 2

    one = DecidingForMachine(tmp_path, never)
    one.open()
    await until(lambda: one.has_met)
    async with worker(tmp_path) as two:
        asking = [asyncio.create_task(two.ask(DEVICE, claim_of(f"{n}"))) for n in range(3)]
        await until(lambda: len(waiting) == len(asking))
        await asyncio.wait_for(kill(one), PATIENCE_S)
        assert await asyncio.gather(*asking) == [None] * 3
        await until(lambda: two.has_met)
        async with worker(tmp_path) as three:
            assert await three.ask(DEVICE, claim_of("next")) == b"next"


async def kill(one: DecidingForMachine) -> None:
    """End a worker as the system ends it: connections and lock are gone, nothing is said."""
    deciding, one._deciding = one._deciding, set()
    await one.close()
    for task in deciding:
        task.cancel()


async def test_one_that_stands_still_is_asked_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer is waited for once; nothing is handed over until that has come."""
    asked: list[str] = []
    goes_on = asyncio.Event()

    async def stand(
        _device: DeviceIdentity, request: ClaimRequest, _until: float
    ) -> tuple[bytes, int]:
        asked.append(request.code)
        await goes_on.wait()
        return b"late", 2

    monkeypatch.setattr(deciding_for_machine, "WAIT_S", WAIT_S)
    async with worker(tmp_path, stand), worker(tmp_path) as two:
        assert await two.ask(DEVICE, claim_of("first")) is None
        assert await two.ask(DEVICE, claim_of("second")) is None
        assert asked == ["first"]
        goes_on.set()
        monkeypatch.setattr(deciding_for_machine, "WAIT_S", PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            while await two.ask(DEVICE, claim_of("third")) != b"late":  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)


async def test_one_that_answered_late_is_asked_nothing_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database is slow, each claim would be waited for in vain, and decided twice."""
    asked: list[str] = []
    goes_on = asyncio.Event()
    monkeypatch.setattr(deciding_for_machine, "WAIT_S", WAIT_S)
    monkeypatch.setattr(deciding_for_machine, "ALONE_S", PATIENCE_S)
    async with worker(tmp_path, noting(asked, goes_on)), worker(tmp_path) as two:
        assert await two.ask(DEVICE, claim_of("first")) is None
        goes_on.set()
        await until(lambda: not two._overdue)
        assert await two.ask(DEVICE, claim_of("second")) is None
        assert asked == ["first"]


async def test_one_that_ends_answers_what_it_has_and_takes_no_more(tmp_path: Path) -> None:
    """What came while it ends would be decided after its connections to the database are gone."""
    asked: list[str] = []
    goes_on = asyncio.Event()
    one = DecidingForMachine(tmp_path, noting(asked, goes_on))
    one.open()
    await until(lambda: one.has_met)
    async with worker(tmp_path) as two:
        first = asyncio.create_task(two.ask(DEVICE, claim_of("first")))
        await until(lambda: asked == ["first"])
        ending = asyncio.create_task(one.close())
        await until(lambda: one._server is not None and not one._server.is_serving())
        assert await two.ask(DEVICE, claim_of("second")) is None
        goes_on.set()
        assert await first == b"first"
        await ending
    assert asked == ["first"]


@pytest.mark.parametrize("folder", ["missing", "long" * 30])
async def test_each_decides_alone_where_none_can_meet(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is gone, or its path too long for a socket: nobody waits for that."""
    looks: Counter[FileLock] = Counter()
    look = FileLock.try_acquire

    def counted(self: FileLock) -> bool:
        looks[self] += 1
        return look(self)

    monkeypatch.setattr(FileLock, "try_acquire", counted)
    place = tmp_path / folder
    if folder != "missing":
        place.mkdir()
    workers = [DecidingForMachine(place, decide) for _ in range(2)]
    for one in workers:
        one.open()
    await until(lambda: min(looks.values(), default=0) > 1 and len(looks) == len(workers))
    for one in workers:
        assert await one.ask(DEVICE, claim_of("alone")) is None
        assert not one.has_met
        await one.close()


async def test_whoever_asked_meets_a_problem_itself(tmp_path: Path) -> None:
    """An error there, or a text that cannot travel, is no answer, and ends nothing."""

    async def fail(
        _device: DeviceIdentity, request: ClaimRequest, _until: float
    ) -> tuple[bytes, int]:
        if request.code == "bad":
            raise ValueError
        return b"good", 2

    async with worker(tmp_path, fail), worker(tmp_path) as two:
        assert await two.ask(DEVICE, claim_of("bad")) is None
        assert await two.ask(DEVICE, claim_of("\ud800")) is None
        assert await two.ask(DEVICE, claim_of("good")) == b"good"


async def test_who_asks_too_much_or_for_nothing_decides_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more is taken on at once than is bounded, and nothing is handed over that stays alone."""
    asked: list[str] = []
    goes_on = asyncio.Event()

    async def decide_later(
        _device: DeviceIdentity, request: ClaimRequest, _until: float
    ) -> tuple[bytes, int]:
        asked.append(request.code)
        await goes_on.wait()
        return b"alone", 1

    async with worker(tmp_path, decide_later), worker(tmp_path) as two:
        asking = [
            asyncio.create_task(two.ask(DEVICE, claim_of(f"{n}"))) for n in range(AT_ONCE + 3)
        ]
        await until(lambda: sum(one.done() for one in asking) == 3)
        assert len(asked) == AT_ONCE
        monkeypatch.setattr(deciding_for_machine, "ALONE_S", PATIENCE_S)
        goes_on.set()
        answers = await asyncio.gather(*asking)
        assert Counter(answers) == {b"alone": AT_ONCE, None: 3}
        assert await two.ask(DEVICE, claim_of("next")) is None
        assert len(asked) == AT_ONCE


@pytest.mark.parametrize("piece", [b"\0\0\0\1\xc1", b"\0\0\0\2\x91\1", b"\0\0\0\0"])
async def test_what_is_no_claim_ends_that_connection_only(tmp_path: Path, piece: bytes) -> None:
    """A worker of another version may send another shape: it decides for itself."""
    async with worker(tmp_path), worker(tmp_path) as two:
        with socket.socket(socket.AF_UNIX) as other:
            other.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(other, str(tmp_path / "claims.sock"))
            await loop.sock_sendall(other, piece)
            assert await asyncio.wait_for(loop.sock_recv(other, 1), PATIENCE_S) == b""
        assert await two.ask(DEVICE, claim_of("good")) == b"good"


@asynccontextmanager
async def two_offices(
    place: Place, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> AsyncIterator[tuple[LedgerOffice, LedgerOffice, list[ClaimQueue]]]:
    """Open two workers of one machine; gives which of them decides each claim, too."""
    settings: Settings = msgspec.structs.replace(place.settings, workers=2, workers_folder=folder)
    decided: list[ClaimQueue] = []
    settle = ClaimQueue._settle

    async def note(self: ClaimQueue, *more: Any) -> SettledBatch:
        decided.extend(self for _ in more[2])
        return await settle(self, *more)

    monkeypatch.setattr(ClaimQueue, "_settle", note)
    async with open_ledger_office_again(settings, place.office) as one:
        await meet(one)
        async with open_ledger_office_again(settings, place.office) as other:
            await meet(other)
            yield one, other, decided


def queue_of(office: LedgerOffice) -> ClaimQueue:
    """Return a worker's queue of claims."""
    found = office.office.framework.state["claims"]
    assert isinstance(found, ClaimQueue)
    return found


async def meet(office: LedgerOffice) -> None:
    """Wait until a worker decides for the others, or knows who does."""
    machine = queue_of(office)._machine
    assert machine is not None
    await until(lambda: machine.has_met)


async def verdicts(
    office: LedgerOffice, device: GateDevice, codes: list[str], name: str
) -> list[str]:
    """Claim tickets all at once; returns what is said of each."""
    claims = (office.claimed(device, code, f"{name}-{n}") for n, code in enumerate(codes))
    return [answer["verdict"] for answer in await asyncio.gather(*claims)]


async def test_few_are_decided_together_and_many_apart(
    on_postgres: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ticket that is shown at both workers at once is let in once, whoever decides."""
    async with two_offices(on_postgres, monkeypatch, tmp_path) as (one, other, decided):
        gates = await one.enrol(0), await one.enrol(1)
        codes = one.codes[:3]
        said = await asyncio.gather(
            verdicts(one, gates[0], codes, "one"), verdicts(other, gates[1], codes, "other")
        )
        assert [sorted(two) for two in zip(*said, strict=True)] == [["admit", "deny"]] * 3
        assert set(decided) == {queue_of(one)}
        decided.clear()
        monkeypatch.setattr(deciding_for_machine, "ALONE_S", PATIENCE_S)
        await verdicts(other, gates[1], [one.codes[4]] * (FEW + 3), "many")
        assert decided.count(queue_of(other)) == 3
        decided.clear()
        assert await verdicts(other, gates[1], [one.codes[4]], "soon") == ["deny"]
        assert decided == [queue_of(other)]
        uses = await rows_of(one.office, "SELECT ticket_id, count(*) FROM ticket_use GROUP BY 1")
        assert [count for _, count in uses] == [1] * 4


async def test_what_nobody_waits_for_any_more_is_not_decided(
    on_postgres: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waited in vain has decided for itself, and would know of no later grant."""
    async with two_offices(on_postgres, monkeypatch, tmp_path) as (one, other, decided):
        gate = await one.enrol(0)
        monkeypatch.setattr(deciding_for_machine, "WAIT_S", -1)
        assert await verdicts(other, gate, one.codes[:3], "late") == ["admit"] * 3
        itself = queue_of(other)
    assert decided == [itself] * 3


async def test_what_two_workers_decide_at_once_is_decided_once(
    on_postgres: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One had begun as the other gave up waiting: both let in by one use, and nobody else."""
    async with two_offices(on_postgres, monkeypatch, tmp_path) as (one, other, decided):
        gate = await one.enrol(0)
        begun, goes_on = asyncio.Event(), asyncio.Event()
        driver = queue_of(one)._driver
        write = PostgresDriver.run_alone

        async def wait(self: PostgresDriver, org: str, wanted: Any, *more: Any) -> Any:
            if self is driver and wanted is WRITING:
                begun.set()
                await goes_on.wait()
            return await write(self, org, wanted, *more)

        monkeypatch.setattr(PostgresDriver, "run_alone", wait)
        machine = queue_of(other)._machine
        assert machine is not None
        async with asyncio.timeout(PATIENCE_S):
            claiming = asyncio.create_task(other.claimed(gate, one.codes[0], "same"))
            await begun.wait()
            machine._wait_no_more(machine._last)
            said = await claiming
        assert said["reason"] == "ok"
        goes_on.set()
        await until(lambda: not machine._overdue)
        assert decided == [queue_of(one), queue_of(other)]
        assert await one.claimed(gate, one.codes[0], "same") == said
        uses = await rows_of(one.office, "SELECT claim_id, seq FROM ticket_use")
        assert uses == [("same", said["sequence"])]
