"""A mail server that the world's server hands mails to, over SMTP as it is spoken, and that fails.

It stands beside the world's server, as that one's own. It drops lines, falls silent, says "later",
is away, and knows addresses that are none; what it was handed is kept as bytes.

Source:
    RFC 5321, sections 3.3 and 4.5.2: a mail is handed over when its last line was answered.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import msgspec

from shared.kernel.instant import MILLISECOND, Duration, Instant
from simulator.further_events.mails.record import (
    AddressKind,
    Fate,
    MailRecord,
    Mishap,
    Talk,
    TalkPoint,
)
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process
from simulator.kernel.sockets import StreamEnd
from simulator.kernel.stage import Stage
from simulator.nodes.server_image import ServerImage
from simulator.planted_bugs.planted_bug import Replacement

MAIL: Final = "mail"
HOST: Final = "127.0.0.1"
"""No line that leaves a machine goes without TLS, which no world has."""
PORT: Final = 2_525
SENDER: Final = "tickets@server.example"
WRONG: Final = 0.3
"""The share of talks in which something goes wrong that is not the address's fault."""
FATES: Final = (
    Fate(TalkPoint.GREETED, Mishap.DROPS),
    Fate(TalkPoint.GREETED, Mishap.PUTS_OFF),
    Fate(TalkPoint.NAMED, Mishap.DROPS),
    Fate(TalkPoint.NAMED, Mishap.PUTS_OFF),
    Fate(TalkPoint.BEGUN, Mishap.DROPS),
    Fate(TalkPoint.BEGUN, Mishap.KILLS),
    Fate(TalkPoint.TAKEN, Mishap.DROPS),
    Fate(TalkPoint.TAKEN, Mishap.DROPS),
    Fate(TalkPoint.TAKEN, Mishap.KILLS),
    Fate(TalkPoint.TAKEN, Mishap.IS_SILENT),
)
AGAIN: Final[Duration] = 100 * MILLISECOND
DOT: Final = b"\r\n.\r\n"


def own_name() -> str:
    """Stand for the name of the server's machine, which it tells a mail server."""
    return "server.example"


OWN_NAME: Final = Replacement(socket, "getfqdn", lambda _original: own_name)


def set_up_mail(image: ServerImage) -> ServerImage:
    """Let a server know the mail server."""
    settings = msgspec.structs.replace(
        image.settings, mail_server=f"smtp://{HOST}:{PORT}", mail_from=SENDER
    )
    return msgspec.structs.replace(image, settings=settings)


class MailHost:
    """The mail server's machine.

    Attributes:
        natures: What it makes of an address; of others it takes mails.
        is_kind: Nothing goes wrong any more but what lies in an address.
    """

    def __init__(
        self, stage: Stage, dice: Dice, record: MailRecord, kill: Callable[[], bool]
    ) -> None:
        """Set the machine up; nothing runs yet.

        Args:
            stage: Where it stands.
            dice: What goes wrong.
            record: Where talks are noted.
            kill: Ends the server's program, which has just read the last answer; False while it
                cannot be ended.
        """
        self._stage, self._dice, self._record, self._kill_server = stage, dice, record, kill
        self._process: Process | None = None
        self.natures: dict[str, AddressKind] = {}
        self._put_off: dict[str, int] = {}
        self.is_kind = False
        stage.sockets.find_at(HOST, MAIL)

    @property
    def is_up(self) -> bool:
        """Whether it runs."""
        return self._process is not None

    def start(self) -> None:
        """Listen."""
        assert self._process is None
        process = self._process = Process(MAIL)
        self._stage.network.listen(process)
        process.context().run(self._stage.sockets.listen, self._answer, PORT)
        self._stage.trace.note(MAIL, "is there")

    def stop(self, *, is_dark: bool) -> None:
        """End its program, or its machine."""
        assert self._process is not None
        self._process.end()
        self._process = None
        self._stage.network.silence(MAIL, is_dark=is_dark)
        self._stage.trace.note(MAIL, "is away")

    def note_in(self, record: MailRecord) -> None:
        """Note talks elsewhere from here on."""
        self._record = record

    def _answer(self) -> SmtpTalk:
        fate = None
        if not self.is_kind and self._dice.chance(WRONG):
            fate = self._dice.pick(FATES)
        return SmtpTalk(self, fate)

    def begin(self, fate: Fate | None) -> Talk:
        """Note that somebody has called."""
        return self._record.begin(fate, self._stage.now())

    def now(self) -> Instant:
        """Return true time."""
        return self._stage.now()

    def meets(self, address: str) -> AddressKind:
        """Say what becomes of the next mail to an address."""
        nature = self.natures.get(address, AddressKind.GOOD)
        if nature is not AddressKind.SLOW:
            return nature
        left = self._put_off.setdefault(address, self._dice.between(1, 3))
        self._put_off[address] = left - 1
        return AddressKind.SLOW if left > 0 else AddressKind.GOOD

    def note(self, text: str) -> None:
        """Say in the trace what has happened."""
        self._stage.trace.note(MAIL, text)

    def kill(self, client: Process) -> None:
        """End the server's program that has called, as soon as it can be ended."""

        def strike() -> None:
            if client.is_alive and not self._kill_server():
                self._stage.loop.call_after(AGAIN, strike)

        self._stage.loop.call_after(Duration(0), strike)


class SmtpTalk(asyncio.Protocol):
    """One connection."""

    def __init__(self, house: MailHost, fate: Fate | None) -> None:
        self._house, self._fate = house, fate
        self._transport: StreamEnd
        self._client: Process
        self._talk: Talk
        self._read = b""
        self._has_data = self._is_deaf = False
        self._verdict = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, StreamEnd)
        assert transport.other is not None
        self._transport, self._client = transport, transport.other.process
        self._talk = self._house.begin(self._fate)
        if not self._meets_fate(TalkPoint.GREETED):
            self._say("220 mail.example")

    def data_received(self, data: bytes) -> None:
        """Answer line by line, and a mail when its last line is there."""
        if self._is_deaf:
            return
        self._hear()
        self._read += data
        while self._read and not self._is_deaf:
            if self._has_data:
                if self._meets_fate(TalkPoint.BEGUN) or not self._take_mail():
                    return
            else:
                line, is_whole, rest = self._read.partition(b"\r\n")
                if not is_whole:
                    return
                self._read = rest
                self._take_line(line)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the other side has hung up, unless we did."""
        if exc is None and not self._is_deaf:
            self._hear()

    def _hear(self) -> None:
        """Note that the other side goes on, and so has read what was answered."""
        if self._talk.replied_at is not None and self._talk.heard_at is None:
            self._talk.heard_at = self._house.now()

    def _take_line(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._take_recipient(line.partition(b"<")[2].partition(b">")[0].decode())
        elif verb == b"DATA":
            self._has_data = True
            self._say("354 go on")
        elif verb in {b"EHLO", b"HELO"}:
            self._say("250-mail.example\r\n250 8BITMIME")
        else:
            self._say("250 so be it" if verb in {b"MAIL", b"RSET", b"NOOP"} else "502 what?")

    def _take_recipient(self, address: str) -> None:
        talk = self._talk
        talk.recipients.append(address)
        nature = self._house.meets(address)
        if nature is AddressKind.DEADLY:
            talk.is_deadly = True
            self._die()
            return
        if self._meets_fate(TalkPoint.NAMED):
            return
        match nature:
            case AddressKind.UNKNOWN:
                self._answer_finally("550 no such address")
            case AddressKind.SLOW:
                self._answer_finally("451 come again")
            case _:
                self._verdict = "554 no such mail" if nature is AddressKind.UNWANTED else ""
                self._say("250 go on")

    def _take_mail(self) -> bool:
        content, is_whole, rest = (b"\r\n" + self._read).partition(DOT)
        if not is_whole:
            return False
        self._has_data, self._read = False, rest
        if self._verdict:
            self._answer_finally(self._verdict)
            return True
        self._talk.content = content[2:].replace(b"\r\n..", b"\r\n.")
        self._talk.taken_at = self._house.now()
        self._house.note(f"has a mail for {self._talk.recipients}")
        if not self._meets_fate(TalkPoint.TAKEN):
            self._answer_finally("250 taken")
        return True

    def _meets_fate(self, point: TalkPoint) -> bool:
        fate = self._fate
        if fate is None or fate.point is not point:
            return False
        match fate.what:
            case Mishap.DROPS:
                self._is_deaf = True
                self._transport.close()
            case Mishap.IS_SILENT:
                self._is_deaf = True
            case Mishap.KILLS:
                self._die()
            case Mishap.PUTS_OFF if point is TalkPoint.GREETED:
                self._say("421 come again")
            case Mishap.PUTS_OFF:
                self._answer_finally("451 come again")
        return True

    def _die(self) -> None:
        self._is_deaf = True
        self._house.note(f"ends the server, on a mail for {self._talk.recipients}")
        self._house.kill(self._client)

    def _answer_finally(self, line: str) -> None:
        """Say what becomes of the mail."""
        self._talk.code, self._talk.replied_at = int(line[:3]), self._house.now()
        self._talk.heard_at = None
        self._house.note(f"says {line[:3]} of a mail for {self._talk.recipients}")
        self._say(line)

    def _say(self, line: str) -> None:
        self._transport.write(line.encode() + b"\r\n")
