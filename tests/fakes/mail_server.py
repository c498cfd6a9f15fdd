"""A mail server on the loopback that keeps what it is handed, and fails as it is told."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.factories.free_ports import free_port


class MailServer:
    """What it has taken, and how it behaves.

    Attributes:
        port: Where it listens.
        taken: Mails, in order.
        sender_answer: Answer to every sender, instead of taking it.
        refusals: Answers to the next recipients, such as `550 unknown`, the first one first.
        data_answers: Answers to the next mails, instead of taking them.
        drops: How many of the next mails are taken without a word: the line is cut in DATA.
        hang_ups: At how many of the next recipients the line is cut: nothing of a mail was said.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[EmailMessage] = []
        self.sender_answer = ""
        self.refusals: list[str] = []
        self.data_answers: list[str] = []
        self.drops = 0
        self.hang_ups = 0

    @property
    def url(self) -> str:
        """Return what the operator sets."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Take a sender, or refuse it."""
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Take a recipient, or refuse it, or hang up."""
        if self.hang_ups:
            self.hang_ups -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or refuse it, or fall silent."""
        if self.data_answers:
            return self.data_answers.pop(0)
        assert isinstance(envelope.content, bytes)
        found = email.message_from_bytes(envelope.content, policy=SMTP_POLICY)
        assert isinstance(found, EmailMessage)
        self.taken.append(found)
        if self.drops:
            self.drops -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"


@contextmanager
def mail_server(port: int | None = None, password: str = "", **more: Any) -> Iterator[MailServer]:
    """Run a mail server during the block; with a password, for those alone who know it.

    `more` is the library's: `tls_context` to offer TLS, `ssl_context` to begin with it.
    """
    server = MailServer(port or free_port())

    def know(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: Any) -> Any:
        return AuthResult(success=said.password.decode() == password, handled=False)

    asking: dict[str, Any] = {"authenticator": know, "auth_require_tls": False}
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, **(asking if password else {}), **more
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def post() -> Iterator[MailServer]:
    """Run a mail server."""
    with mail_server() as running:
        yield running
