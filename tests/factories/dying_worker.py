"""A worker whose process ends between two transactions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

from server.db.unit import Context, Unit
from server.jobs.job_outcomes import Outcome
from server.mail.smtp import SmtpSender
from shared.kernel.id_types import OrganizationId


class Killed(BaseException):
    """The worker's process is gone."""


class CutContext(Context, frozen=True, kw_only=True):
    """Opens so many transactions, then its process is gone.

    Attributes:
        left: As long as what may still be opened.
    """

    left: list[None]

    @asynccontextmanager
    async def write(
        self, organization_id: OrganizationId, *, is_audited: bool = True
    ) -> AsyncIterator[Unit]:
        """Open a transaction, or die."""
        if not self.left:
            raise Killed
        self.left.pop()
        async with super().write(organization_id, is_audited=is_audited) as unit:
            yield unit


class DyingPostbox(SmtpSender):
    """Hands a mail over, and its process dies before that is written down."""

    async def send(self, message: EmailMessage) -> Outcome:
        """Send, and die."""
        await super().send(message)
        raise Killed
