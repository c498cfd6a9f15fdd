"""Mail servers that offer no TLS, or one that nobody vouches for, are slow, or answer oddly.

Of each what its answer means: whether the mail may be out, and whether that was a try of ours.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import server.cancelling.routes as cancelling
from server.jobs.job_outcomes import Done, Failed, Outcome, Refused, Unreachable
from server.jobs.runner import JOB_LEASE
from server.mail import order_mail_routes, smtp
from server.mail.headers import begin_mail
from server.mail.smtp import HANDED, SILENT, SmtpSender, open_mail_sender
from server.serving.own_tls import keep_own_tls
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, SECOND, Instant
from shared.wire.work_reasons import WorkReason
from tests.factories.waiting import PATIENCE_S
from tests.fakes.entropy import SeededEntropy
from tests.fakes.mail_server import mail_server
from tests.integration.server.mail.test_notices import Promoter
from tests.integration.server.mail.test_order_mail import SENDER, posting

ELSEWHERE = "127.1"
"""This machine by a name of which nothing says that it is: as another machine's."""
NO_TLS = Unreachable(WorkReason("mail.no_tls"))
LATER = Failed(WorkReason("mail.later", {"code": 451}))
GOOD = {"MAIL": b"250 ok", "RCPT": b"250 ok", "DATA": b"354 go", ".": b"250 ok"}


def later(code: int) -> Failed:
    return Failed(WorkReason("mail.later", {"code": code}))


@asynccontextmanager
async def answering(
    words: dict[str, bytes], pauses: dict[str, float] | None = None
) -> AsyncIterator[str]:
    """Run a mail server that answers each word as it is told, after a while; gives its address."""
    pauses = pauses or {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 there\r\n")
        while line := await reader.readline():
            word = line[:4].upper().strip().decode(errors="replace")
            if word == "DATA" and words["DATA"][:1] == b"3":
                writer.write(words["DATA"] + b"\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                word = "."
            await asyncio.sleep(pauses.get(word, 0))
            writer.write(words.get(word, b"250 there") + b"\r\n")
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        yield f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def hand_in(url: str, recipient: str = "klara@example.org") -> Outcome:
    """Hand one mail to whoever is there."""
    sender = open_mail_sender(url, SENDER)
    assert isinstance(sender, SmtpSender)
    head = sender.head("1", "Probe", recipient)
    message = begin_mail(head, subject="Tickets", language="en", text="Here they are.\n")
    return await sender.send(message)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ({}, Done(HANDED)),
        ({".": b"250 \xfc\xff"}, Done(HANDED)),
        ({".": b"251 elsewhere"}, Failed(SILENT)),
        ({".": b"\xff\xfeOK"}, Failed(SILENT)),
        ({".": b"-99 odd"}, Failed(SILENT)),
        ({".": b"250-more\r\n" * 9_000}, Failed(SILENT)),
        ({".": b"452 full"}, later(452)),
        ({".": b"554 spam"}, Refused(WorkReason("mail.refused", {"code": 554}))),
        ({"DATA": b"421 going"}, later(421)),
        ({"RCPT": b"hello"}, LATER),
        ({"RCPT": b"252 perhaps"}, LATER),
        ({"MAIL": b"\xff"}, LATER),
        ({"EHLO": b"\xff", "HELO": b"\xff"}, NO_TLS),
    ],
)
async def test_what_was_answered_to_a_whole_mail_is_no_refusal_unless_it_says_so(
    words: dict[str, bytes], meant: Outcome
) -> None:
    """Tried again as if it were one, it told buyers twice what each is to be told once."""
    async with answering(GOOD | words) as url:
        assert await hand_in(url) == meant


@pytest.mark.parametrize(
    ("word", "meant"), [(".", Done(HANDED)), ("RCPT", LATER)], ids=["mail", "recipient"]
)
async def test_who_looks_at_a_mail_for_long_before_taking_it_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, word: str, meant: Outcome
) -> None:
    """For spam, a minute is usual: buyers had the same mail at each try, eleven times."""
    monkeypatch.setattr(smtp, "MAIL_TIMEOUT_S", 0.2)
    async with answering(GOOD, {word: 0.6}) as url:
        assert await hand_in(url) == meant


@pytest.mark.parametrize(
    ("word", "meant"), [(".", Failed(SILENT)), ("MAIL", LATER)], ids=["after", "before"]
)
async def test_no_mail_is_at_hand_for_longer_than_its_lease(
    monkeypatch: pytest.MonkeyPatch, word: str, meant: Outcome
) -> None:
    """However slow each word is: another worker would hand it over as well meanwhile."""
    assert smtp.HANDING_MAX_S * SECOND < JOB_LEASE
    monkeypatch.setattr(smtp, "HANDING_MAX_S", 0.2)
    async with answering(GOOD, {word: 3_600}) as url:
        assert await asyncio.wait_for(hand_in(url), PATIENCE_S) == meant


async def test_an_address_that_the_mail_server_cannot_be_told_is_refused_at_once() -> None:
    """Which has no SMTPUTF8: nothing changes about that within three days."""
    async with answering(GOOD) as url:
        told = await hand_in(url, "klara@bücher.example")
        assert told == Refused(WorkReason("mail.recipient_refused", {"code": 553}))
    async with answering(GOOD | {"EHLO": b"250-there\r\n250 SMTPUTF8"}) as url:
        assert await hand_in(url, "klara@bücher.example") == Done(HANDED)


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """Give a mail server's TLS, by a certificate that nobody on this machine vouches for."""
    own = keep_own_tls(tmp_path / "own", Instant(0), SeededEntropy("mail"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own.certificate)
    return context


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("speaks", [True, False], ids=["unvouched", "none"])
async def test_no_mail_goes_to_another_machine_whose_tls_is_none_or_vouched_for_by_nobody(
    tls: ssl.SSLContext, scheme: str, speaks: bool
) -> None:
    """It waits, and whoever looks is told why; no try is counted."""
    more: dict[str, Any] = {}
    if speaks:
        more = {"tls_context": tls} if scheme == "smtp" else {"ssl_context": tls}
    with mail_server(**more) as post:
        assert await hand_in(f"{scheme}://{ELSEWHERE}:{post.port}") == NO_TLS
    assert post.taken == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_this_machines_own_mail_server_needs_nobody_to_vouch_for_it(
    tls: ssl.SSLContext, scheme: str
) -> None:
    """Debian's offers STARTTLS by a certificate that it has made itself."""
    more: dict[str, Any] = {"tls_context": tls} if scheme == "smtp" else {"ssl_context": tls}
    with mail_server(**more) as post:
        assert await hand_in(f"{scheme}://127.0.0.1:{post.port}") == Done(HANDED)
    assert len(post.taken) == 1


async def test_buyers_are_told_once_their_mail_server_offers_tls(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None was handed over: the desk called all of them doubtful, and nobody was told anything."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    monkeypatch.setattr(cancelling, "REFUND_POLL_S", 3_600)
    with mail_server() as post:
        async with posting(sqlite_url, tmp_path, f"smtp://{ELSEWHERE}:{post.port}") as office:
            owner = await office.person()
            event_id = EventId(await office.event(owner))
            kind = await office.ticket_type(owner, event_id)
            promoter = Promoter(office, owner, event_id, kind)
            await promoter.sell("klara@example.org")
            await promoter.call_off()
            await promoter.spread()
            for _ in range(3):
                await promoter.mail()
                office.clock.advance(HOUR)
            told = await promoter.notice()
            assert (told["waiting"], told["doubtful"], told["refused"]) == (1, 0, 0)
