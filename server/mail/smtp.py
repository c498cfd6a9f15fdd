"""Handing one mail to the operator's mail server, and what its answers mean for a job.

Codes are those of SMTP (RFC 5321, section 4.2.1): 4yz may succeed later, 5yz never as it stands.
What a server says besides may repeat an address, so nothing of it is kept but the code.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from server.jobs.job_outcomes import Done, Failed, Outcome, Refused, Unreachable
from server.mail.headers import MailHead
from shared.kernel.errors import BadInput
from shared.wire.work_reasons import WorkReason

MAIL_TIMEOUT_S: Final = 15
"""For each word of the mail server but its last one: many look for spam before they say it."""
HANDING_MAX_S: Final = 100
"""For all of them: a mail stays within its job's lease, beyond which another worker sends it."""

_PORTS: Final = {"smtp": 587, "smtps": 465}
_SIGN_IN_FIRST: Final = 530
"""Of RFC 4954, section 6: it says nothing of the mail."""
_AS_IF: Final = 451
"""Of RFC 5321, section 3.8: a line that is cut is taken for this answer."""
_NO_SUCH_NAME: Final = 553
"""Of RFC 6531, section 3.5: what a server without SMTPUTF8 says to an address that needs it."""
SILENT: Final = WorkReason("mail.silent")
"""Said of a mail of which nobody knows whether it is out."""
HANDED: Final = "Handed to the mail server."
"""Said of a mail that a mail server has taken."""
_MALFORMED: Final = (
    "GATEKEEPER_MAIL_SERVER must be smtp://USER:PASSWORD@HOST:PORT, or smtps:// where the server"
    " speaks TLS from the first byte"
)


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where mails are handed in.

    Attributes:
        host: Its name or address.
        port: 587 or 465 unless said otherwise.
        user, password: None where it asks for none.
        is_tls: TLS from the first byte; else STARTTLS, without which nothing is sent, except to
            this very machine.
    """

    host: str
    port: int
    user: str | None
    password: str | None
    is_tls: bool

    @property
    def is_local(self) -> bool:
        """Tell whether it is this machine, so that nobody can listen on the way."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_mail_server(text: str) -> MailServer:
    """Read `smtp://…` or `smtps://…`.

    Raises:
        BadInput: if it is neither; the text is not repeated, for it may hold a password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadInput(_MALFORMED) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise BadInput(_MALFORMED)
    if (parts.username is None) != (parts.password is None):
        raise BadInput(_MALFORMED)
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        is_tls=parts.scheme == "smtps",
    )


def open_mail_sender(mail_server: str | None, mail_from: str | None) -> SmtpSender | None:
    """Return where mails are handed in, or None where none is set up.

    Raises:
        BadInput: if only one of the two settings is there, or one has no meaning.
    """
    if mail_server is None and mail_from is None:
        return None
    if mail_server is None or mail_from is None:
        raise BadInput("set GATEKEEPER_MAIL_SERVER and GATEKEEPER_MAIL_FROM both, or neither")
    if re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", mail_from) is None:
        raise BadInput("GATEKEEPER_MAIL_FROM must be an address, such as tickets@example.org")
    return SmtpSender(parse_mail_server(mail_server), mail_from)


class _Client(aiosmtplib.SMTP):
    """Hands one mail in; knows whether anything of it was said.

    Attributes:
        has_begun: DATA was asked for; before it, a mail server has nothing that it could deliver.
    """

    has_begun = False

    async def data(self, message: str | bytes, /, **more: Any) -> aiosmtplib.SMTPResponse:
        """See the library; only the limit for all of a mail bounds the answer."""
        self.has_begun = True
        return await super().data(message, **(more | {"timeout": None}))

    async def rset(self, **_more: Any) -> aiosmtplib.SMTPResponse:
        """Say nothing: the line ends with its mail, and who falls silent now has refused it."""
        return aiosmtplib.SMTPResponse(250, "")


class SmtpSender:
    """Hands mails in, one connection each."""

    def __init__(self, server: MailServer, sender: str) -> None:
        """Prepare; nothing is opened.

        Args:
            server: Where to.
            sender: The address that mails come from.
        """
        self._server = server
        self.sender = sender

    def head(self, name: str, organization: str, recipient: str) -> MailHead:
        """Return the head of a mail from here."""
        return MailHead(name, self.sender, organization, recipient)

    async def send(self, message: EmailMessage) -> Outcome:
        """Hand a mail in; what it means is the outcome, never an exception of the network."""
        if message["To"] is None:
            return Refused(WorkReason("mail.no_address"))
        server = self._server
        client = _Client(
            hostname=server.host,
            port=server.port,
            timeout=MAIL_TIMEOUT_S,
            use_tls=server.is_tls,
            start_tls=None if server.is_local or server.is_tls else True,
            validate_certs=not server.is_local,
        )
        try:
            async with asyncio.timeout(HANDING_MAX_S):
                return (
                    await _connect(client)
                    or await self._sign_in(client)
                    or await _hand_in(client, message)
                )
        except TimeoutError:
            return _unanswered(client)
        finally:
            client.close()

    async def _sign_in(self, client: _Client) -> Outcome | None:
        """Show our password, where we have one; nothing of the mail has been said yet."""
        server = self._server
        if server.user is None or server.password is None:
            return None
        try:
            await client.login(server.user, server.password)
        except OSError:
            return Unreachable(WorkReason("mail.unreached"))
        except (aiosmtplib.SMTPException, ValueError):  # what it asks may be no question
            return Unreachable(WorkReason("mail.password"))
        return None


async def _connect(client: _Client) -> Outcome | None:
    """Greet a mail server, behind TLS where that is wanted; nothing of the mail was said yet."""
    try:
        await client.connect()
    except (aiosmtplib.SMTPResponseException, ssl.SSLError):
        return Unreachable(WorkReason("mail.no_tls"))
    except OSError as error:
        is_tls = isinstance(error.__cause__, ssl.SSLError)
        return Unreachable(WorkReason("mail.no_tls" if is_tls else "mail.unreached"))
    except aiosmtplib.SMTPException:
        return Unreachable(WorkReason("mail.no_tls"))
    return None


async def _hand_in(client: _Client, message: EmailMessage) -> Outcome:
    try:
        await client.send_message(message)
    except aiosmtplib.SMTPNotSupported:
        return _meaning(client, _NO_SUCH_NAME, "mail.recipient_refused")
    except aiosmtplib.SMTPSenderRefused as refused:
        if refused.code == _SIGN_IN_FIRST:
            return Unreachable(WorkReason("mail.password"))
        return _meaning(client, refused.code, "mail.refused")
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return _meaning(client, refused.recipients[0].code, "mail.recipient_refused")
    except aiosmtplib.SMTPResponseException as refused:
        return _meaning(client, refused.code, "mail.refused")
    except (OSError, aiosmtplib.SMTPException):
        return _unanswered(client)
    return Done(HANDED)


def _meaning(client: _Client, code: int, refused_as: str) -> Outcome:
    match code // 100:
        case 5:
            return Refused(WorkReason(refused_as, {"code": code}))
        case 4:
            return Failed(WorkReason("mail.later", {"code": code}))
        case _:  # neither yes nor no
            return _unanswered(client)


def _unanswered(client: _Client) -> Outcome:
    """Say what it means that a mail was neither taken nor refused."""
    if client.has_begun:
        # Whether it arrived is unknown; it keeps its Message-ID, by which a second is known.
        return Failed(SILENT)
    return Failed(WorkReason("mail.later", {"code": _AS_IF}))
