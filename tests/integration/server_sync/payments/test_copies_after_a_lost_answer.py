"""A till prints a ticket again of which the ledger may have taken the right: it never heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from shared.kernel.errors import ServerFault
from shared.kernel.trouble import TroubleKind
from tests.factories.counters import Counter, counter, prepared_counter, published
from tests.factories.wired_gates import open_again

__all__ = ["counter", "prepared_counter", "published"]

pytestmark = pytest.mark.either_database

BROKE_OFF = ServerFault("lost on its way back", kind=TroubleKind.BROKE_OFF)


class _Killed(BaseException):
    """The till is gone."""


@contextmanager
def lost_answers(counter: Counter, fault: BaseException) -> Iterator[None]:
    """Let the ledger decide, and nobody hear it."""
    wire = counter.till.wire
    send = wire.send

    async def lose(method: str, path: str, *body: bytes, **how: Any) -> Any:
        answer = await send(method, path, *body, **how)
        if "claims" in path:
            raise fault
        return answer

    with pytest.MonkeyPatch.context() as lost:
        lost.setattr(wire, "send", lose)
        yield


async def rise(counter: Counter, folder: Path, *, is_cut: bool) -> None:
    """Start the till's program again."""
    till = counter.till
    await till.session.close()
    risen = await open_again(counter.office, folder / till.id, till.device)
    risen.session.keep_drawer()
    if is_cut:
        await risen.cut()
    counter.till, counter.lines = risen, lines_of(risen.session)


async def holds_the_newest(counter: Counter, sold: dict[str, Any]) -> None:
    """Connected again, the ticket is printed anew, and that one lets in."""
    await counter.till.mend()
    await counter.till.sync()
    again = await counter.ok(reprint=sold["ticket_id"])
    await counter.gate.sync()
    assert (await counter.gate.scan(sold["digits"])).reason == "superseded"
    assert (await counter.gate.scan(again["tickets"][0]["digits"])).reason == "ok"


async def test_a_ticket_that_may_have_been_replaced_is_not_copied(counter: Counter) -> None:
    """The server's answer was lost: gates may take its old code no more."""
    sold = await counter.sell(1)
    await counter.till.sync()
    with lost_answers(counter, BROKE_OFF):
        for _ in range(2):
            no = await counter.say(reprint=sold["ticket_id"])
            assert not no["ok"]
            assert "answer was lost" in no["text"]
    await holds_the_newest(counter, sold)


@pytest.mark.parametrize("was_heard", [True, False], ids=["broke off", "killed"])
async def test_nor_after_the_till_was_started_again(
    counter: Counter, tmp_path: Path, *, was_heard: bool
) -> None:
    """What was asked for is on its disk, also where it died before anybody could be told."""
    sold = await counter.sell(1)
    await counter.till.sync()
    if was_heard:
        with lost_answers(counter, BROKE_OFF):
            assert not (await counter.say(reprint=sold["ticket_id"]))["ok"]
    else:
        with lost_answers(counter, _Killed()), pytest.raises(_Killed):
            await counter.say(reprint=sold["ticket_id"])
    await rise(counter, tmp_path, is_cut=True)
    no = await counter.say(reprint=sold["ticket_id"])
    assert not no["ok"]
    assert "answer was lost" in no["text"]
    await holds_the_newest(counter, sold)


async def test_nor_one_that_was_to_be_refunded(counter: Counter) -> None:
    """Gates refuse it until the ledger hears that nothing was paid out; then it is good again."""
    sold = await counter.sell(1)
    await counter.till.sync()
    with lost_answers(counter, BROKE_OFF):
        assert not (await counter.say(refund=[sold["ticket_id"]], reason="ill"))["ok"]
    await counter.till.cut()
    no = await counter.say(reprint=sold["ticket_id"])
    assert not no["ok"]
    assert "answer was lost" in no["text"]
    await counter.till.mend()
    await counter.till.sync()
    await counter.till.cut()
    copy = await counter.ok(reprint=sold["ticket_id"])
    await counter.gate.sync()
    assert copy["tickets"][0]["digits"] == sold["digits"]
    assert (await counter.gate.scan(sold["digits"])).reason == "ok"


async def test_one_of_which_nobody_was_asked_is_copied(counter: Counter, tmp_path: Path) -> None:
    """No server was reached: nothing can have happened to it, and no entry says that it might."""
    sold = await counter.sell(1)
    await counter.till.sync()
    await counter.till.cut()
    for _ in range(2):
        assert (await counter.ok(reprint=sold["ticket_id"]))["tickets"][0]["digits"]
    await rise(counter, tmp_path, is_cut=True)
    assert (await counter.ok(reprint=sold["ticket_id"]))["tickets"][0]["digits"]


@pytest.mark.parametrize("was_heard", [True, False], ids=["broke off", "killed"])
async def test_who_shows_the_code_of_before_a_lost_answer_is_handed_a_newer_one(
    counter: Counter, tmp_path: Path, *, was_heard: bool
) -> None:
    """Nobody has the code that the ledger made: they were sent away from gate and till alike."""
    office, code = counter.office, counter.office.codes[0]
    fault = BROKE_OFF if was_heard else _Killed()
    with lost_answers(counter, fault):
        if was_heard:
            assert not (await counter.say(pick_up=code, reason="id"))["ok"]
        else:
            with pytest.raises(_Killed):
                await counter.say(pick_up=code, reason="id")
    await rise(counter, tmp_path, is_cut=False)
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(code)).reason == "superseded"
    anew = (await counter.ok(pick_up=code, reason="id"))["tickets"][0]["digits"]
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.say(pick_up=code, reason="id"))["reason"] == "superseded"
    assert (await counter.gate.scan(code)).reason == "superseded"
    assert (await counter.gate.scan(anew)).reason == "ok"
    await counter.gate.sync()
    assert await office.conflicts() == []
