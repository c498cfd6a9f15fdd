"""Addresses of people without an account: confirmed by a code that is mailed there.

Reports say what an organization earns: a mistyped address must not get them for ever, and nobody
is written to again and again who has not said a code back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from server import quotas
from server.db.unit import Context, Unit, locked
from server.jobs.enqueuing import Job, enqueue
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import LeasedJob
from server.mail.headers import begin_mail
from server.mail.mail_texts import Wording
from server.mail.smtp import SmtpSender
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import Problem, wrong_field
from server.quotas import REPORT_ADDRESSES_MAX, REPORT_CODES_A_DAY_MAX
from server.report_schedules.models import ReportAddress
from server.report_schedules.schedules_and_runs import read_answering
from shared.kernel import ids
from shared.kernel.email_address import email_key
from shared.kernel.instant import DAY
from shared.wire.work_reasons import WorkReason

REPORT_CODE_TRIES_MAX: Final = 5
"""Wrong codes, of eight digits each; then another one has to be mailed."""

__all__ = ["ReportAddress"]
"""The rows that are shown."""

CODE: Final = "mail.report_code"
_DIGITS: Final = 8
_BYTES: Final = 16


async def list_addresses(unit: Unit) -> Sequence[ReportAddress]:
    """Return the addresses, confirmed or not."""
    return await unit.all(select(ReportAddress).order_by(ReportAddress.email_key))


async def lock_address(unit: Unit, address_id: str) -> ReportAddress:
    """Return one as it is now, locked.

    Raises:
        Problem: `not-found`.
    """
    query = select(ReportAddress).where(ReportAddress.id == address_id)
    return await unit.get(locked(query), "address")


async def add_address(
    unit: Unit, email: str, *, language: str, has_mail: bool, actor: str
) -> ReportAddress:
    """Have a code mailed to an address, or another one; one that is confirmed stays so.

    Raises:
        Problem: `no-mail-server`; `quota-exceeded`.
    """
    if not has_mail:
        raise Problem("no-mail-server", "An operator sets GATEKEEPER_MAIL_SERVER.")
    key = email_key(email)
    query = select(ReportAddress).where(ReportAddress.email_key == key).with_for_update()
    row = await unit.find(query)
    if row is not None and row.created_by not in await read_answering(unit):
        row.created_by, row.confirmed_at = actor, None
    if row is not None and row.confirmed_at is not None:
        return row
    mailed = select(func.count()).where(Job.kind == CODE, Job.created_at > unit.now - DAY)
    count = (await unit.session.execute(mailed)).scalar_one()
    quotas.check(count, REPORT_CODES_A_DAY_MAX, "codes a day that are mailed to addresses")
    if row is None:
        known = (
            await unit.session.execute(select(func.count()).select_from(ReportAddress))
        ).scalar_one()
        quotas.check(known, REPORT_ADDRESSES_MAX, "addresses for reports; remove one")
        row = ReportAddress(
            id=ids.new_id(ids.REPORT_ADDRESS, unit.entropy),
            email=email.strip(),
            email_key=key,
            code_hash="",
            tries=0,
            confirmed_at=None,
            created_by=actor,
            created_at=unit.now,
        )
        await unit.add(row)
    await enqueue(unit, CODE, {"address_id": row.id, "language": language})
    return row


async def confirm_address(unit: Unit, address_id: str, code: str) -> tuple[ReportAddress, bool]:
    """Take the code that was mailed there; returns whether it was that one.

    The try counts either way, so the transaction has to be committed.

    Raises:
        Problem: `not-found`; `conflict` where none is out, or too many were wrong.
    """
    row = await lock_address(unit, address_id)
    if row.confirmed_at is not None:
        return row, True
    if not row.code_hash or row.tries >= REPORT_CODE_TRIES_MAX:
        raise Problem("conflict", "No code is out for this address; have another one mailed.")
    row.tries += 1
    said = "".join(code.split())
    if hmac.compare_digest(_hash(row.id, said), row.code_hash):
        row.confirmed_at, row.code_hash = unit.now, ""
    await unit.session.flush()
    return row, row.confirmed_at is not None


def wrong_code() -> Problem:
    """Return what is said of a code that is not the one."""
    because = WorkReason("field.mailed_code")
    return wrong_field("code", "is not the code that was mailed there last", because)


async def remove_address(unit: Unit, address_id: str) -> None:
    """Mail nothing more to an address.

    Raises:
        Problem: `not-found`.
    """
    await unit.session.delete(await lock_address(unit, address_id))
    await unit.session.flush()


def _hash(address_id: str, code: str) -> str:
    return hashlib.sha256(f"{address_id}\0{code}".encode()).hexdigest()


class CodeMailer:
    """Does the jobs that mail a code: drawn when it is sent, so that no job's row has one."""

    def __init__(self, context: Context, mail_sender: SmtpSender) -> None:
        """Write to `context`, send by `mail_sender`."""
        self._context, self._mail_sender = context, mail_sender

    async def do(self, job: LeasedJob) -> Outcome:
        """Draw a code, and mail it; a code of before holds no more."""
        drawn = int.from_bytes(self._context.entropy.random_bytes(_BYTES)) % 10**_DIGITS
        code = f"{drawn:0{_DIGITS}}"
        async with self._context.write(job.organization_id) as unit:
            query = select(ReportAddress).where(ReportAddress.id == job.subject["address_id"])
            row = await unit.find(query.with_for_update())
            if row is None or row.confirmed_at is not None:
                return Done("Nothing to send: the address is confirmed, or not wanted any more.")
            row.code_hash, row.tries = _hash(row.id, code), 0
            recipient = row.email
            organization = (await get_organization(unit)).name
        wording = Wording(job.subject["language"])
        shown = f"{code[:4]} {code[4:]}"
        lead = wording.say("report_code", organization=organization)
        footer = wording.say("from", organization=organization)
        message = begin_mail(
            self._mail_sender.head(f"{job.id}.{job.attempts}", organization, recipient),
            subject=wording.say("report_code_subject", organization=organization),
            language=wording.language,
            text=f"{lead}\n\n{shown}\n\n{footer}\n",
        )
        return await self._mail_sender.send(message)
