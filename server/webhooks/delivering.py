"""Sending what is due: several messages at a time, so that a slow receiver holds up no other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import delete, select, update

from server.background.repeating import FORGOTTEN_EVERY, find_steady_time
from server.data_seal import DataSeal
from server.db.periodic_turns import RareTurn
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, locked
from server.how_long_records_are_kept import WEBHOOK_KEPT
from server.jobs.job_outcomes import Done, Failed, Outcome
from server.jobs.retry_delays_of_jobs_and_webhooks import JOB_DELAYS
from server.jobs.runner import JobRunner, LeasedJob
from server.webhooks.allowed_addresses import Network, parse_target
from server.webhooks.fair_turns import Turns
from server.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookMessage
from server.webhooks.outbox import ACTIVE, HELD, JOB, PAUSED, WAITING, set_going
from server.webhooks.receiver_connection import WEBHOOK_LANES, Reply, Sender, Unsent
from server.webhooks.webhook_signatures import ID_HEADER, SIGNATURE_HEADER, TIME_HEADER, sign
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import DAY, MILLISECOND, MINUTE, SECOND, Duration

WEBHOOK_POLL_S: Final = 2
"""Seconds between two looks at what is to be sent."""
WEBHOOK_RELEASE_S: Final = 10
"""After so long what was held while a webhook was paused goes on."""

WEBHOOK_FAILURES_MAX: Final = 5
"""After so many in a row a worker asks a receiver once a minute only."""
WEBHOOK_REST: Final[Duration] = MINUTE
WEBHOOK_FAILING_MAX: Final[Duration] = 3 * DAY
"""After so long with nothing but failures a webhook is paused; its messages are held."""
WEBHOOK_RETRY_AFTER_MAX: Final[Duration] = DAY
"""As far as a receiver's `Retry-After` is followed."""

TAKEN: Final = "taken"
FAILED: Final = "failed"
GONE: Final = 410
_OK: Final = range(200, 300)
_BROKEN: Final = "Something went wrong on our side; the operator’s log has details."
_RELEASED_AT_ONCE: Final = 200
_WAIT_S: Final = 1.0


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message with all that sending it needs."""

    webhook_id: str
    message_id: str
    url: str
    sealed: Sequence[bytes]
    body: bytes


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended.

    Attributes:
        pause: How long the receiver wants not to be asked.
    """

    ms: int
    said: str
    status: int | None = None
    answer: str = ""
    pause: Duration | None = None

    @property
    def is_taken(self) -> bool:
        """Tell whether the receiver has it."""
        return self.status is not None and self.status in _OK


class WebhookHandler:
    """Makes one attempt at a time of what a job names."""

    def __init__(
        self, context: Context, seal: DataSeal, sender: Sender, networks: Sequence[Network]
    ) -> None:
        """Read from `context`, open secrets by `seal`, send by `sender`."""
        self._context = context
        self._seal = seal
        self._sender = sender
        self._networks = networks
        self.failed_in_a_row: Counter[str] = Counter()
        """By webhook, as this worker has seen it."""

    async def do(self, job: LeasedJob) -> Outcome:
        """Send a message, unless its webhook is gone or paused."""
        async with self._context.write(job.organization_id) as unit:
            letter = await self._open(unit, job)
        if isinstance(letter, str):
            return Done(letter)
        attempt = await self._attempt(letter)
        is_last = job.attempts >= len(JOB_DELAYS)
        async with self._context.write(job.organization_id) as unit:
            is_held = await self._note(unit, letter, attempt, is_last=is_last)
        if attempt.is_taken:
            self.failed_in_a_row.pop(letter.webhook_id, None)
            return Done(attempt.said)
        self.failed_in_a_row[letter.webhook_id] += 1
        return Done(attempt.said) if is_held else Failed(attempt.said, attempt.pause)

    async def give_up(self, job: LeasedJob) -> None:
        """Say that a message has failed whose job fails on our side, or ends whoever does it."""
        subject = job.subject
        async with self._context.write(job.organization_id) as unit:
            delivery = await _delivery(unit, subject["webhook_id"], subject["message_id"])
            if delivery is not None and delivery.state == WAITING:
                delivery.state, delivery.said = FAILED, _BROKEN

    async def _open(self, unit: Unit, job: LeasedJob) -> Letter | str:
        webhook_id, message_id = job.subject["webhook_id"], job.subject["message_id"]
        webhook = await unit.find(select(Webhook).where(Webhook.id == webhook_id))
        message = await unit.find(select(WebhookMessage).where(WebhookMessage.id == message_id))
        delivery = await _delivery(unit, webhook_id, message_id)
        if webhook is None or message is None or delivery is None:
            return "Nothing to send: the webhook was removed."
        if delivery.state != WAITING:
            return "Nothing to send: it has arrived or is on hold."
        if webhook.state != ACTIVE:
            delivery.state = HELD
            return "On hold: the webhook is paused."
        sealed = [webhook.secret]
        if webhook.old_secret is not None and (webhook.old_until or 0) > unit.now:
            sealed.append(webhook.old_secret)
        return Letter(
            webhook_id=webhook.id,
            message_id=message.id,
            url=webhook.url,
            sealed=sealed,
            body=message.body,
        )

    async def _attempt(self, letter: Letter) -> DeliveryAttempt:
        begun = self._context.clock.monotonic()

        def ms() -> int:
            return max(0, self._context.clock.monotonic() - begun) // MILLISECOND

        try:
            target = parse_target(letter.url, self._networks)
            reply = await self._sender.send(target, self._headers(letter), letter.body)
        except BadInput as error:
            return DeliveryAttempt(ms=ms(), said=f"The webhook's address {error}.")
        except StoreFault:
            return DeliveryAttempt(
                ms=ms(), said="Its secret cannot be opened here; draw another one."
            )
        except Unsent as error:
            return DeliveryAttempt(ms=ms(), said=str(error))
        return DeliveryAttempt(
            ms=ms(),
            said=_said(reply.status),
            status=reply.status,
            answer=reply.shown,
            pause=_pause(reply),
        )

    def _headers(self, letter: Letter) -> dict[str, str]:
        now_s = self._context.clock.wall() // SECOND
        secrets = [self._seal.open(one, letter.webhook_id.encode()) for one in letter.sealed]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Gatekeeper-Webhooks/1",
            ID_HEADER: letter.message_id,
            TIME_HEADER: str(now_s),
            SIGNATURE_HEADER: sign(secrets, letter.message_id, now_s, letter.body),
        }

    async def _note(
        self, unit: Unit, letter: Letter, attempt: DeliveryAttempt, *, is_last: bool
    ) -> bool:
        """Keep how an attempt ended; tells whether the message is held from now on."""
        query = select(Webhook).where(Webhook.id == letter.webhook_id)
        webhook = await unit.find(locked(query))
        delivery = await _delivery(unit, letter.webhook_id, letter.message_id)
        if webhook is None or delivery is None:
            return True
        delivery.attempts += 1
        delivery.tried_at = unit.now
        delivery.status, delivery.said = attempt.status, attempt.said
        unit.session.add(
            WebhookAttempt(
                webhook_id=letter.webhook_id,
                message_id=letter.message_id,
                number=delivery.attempts,
                at=unit.now,
                ms=attempt.ms,
                status=attempt.status,
                said=attempt.said,
                answer=attempt.answer,
            )
        )
        if attempt.is_taken:
            delivery.state = TAKEN
            webhook.failures, webhook.failing_since = 0, None
            webhook.last_taken_at = unit.now
            return False
        webhook.failures += 1
        if webhook.failing_since is None or webhook.failing_since > unit.now:
            webhook.failing_since = unit.now
        if webhook.state == ACTIVE and attempt.status == GONE:
            webhook.state, webhook.paused_because = PAUSED, "gone"
        elif webhook.state == ACTIVE and unit.now - webhook.failing_since >= WEBHOOK_FAILING_MAX:
            webhook.state, webhook.paused_because = PAUSED, "failing"
        if webhook.state == PAUSED:
            delivery.state = HELD
        elif is_last:
            delivery.state = FAILED
        return webhook.state == PAUSED


class WebhookLanes:
    """Leases what is due and sends it, so many at a time; one for each worker."""

    def __init__(self, context: Context, handler: WebhookHandler) -> None:
        self._context = context
        self._handler = handler
        self.turns = Turns()
        self._runner = JobRunner(
            context,
            {JOB: handler},
            give_up={JOB: handler.give_up},
            besides=lambda: self.turns.besides(context.clock.monotonic()),
            order=self.turns.order,
        )
        self._forgetting = RareTurn(context, "webhooks.forgetting", FORGOTTEN_EVERY, self._forget)

    async def work(self) -> int:
        """Send all that is due.

        Returns:
            How many tries were made.
        """
        await self._release()
        tries, tasks = 0, set[asyncio.Task[None]]()
        try:
            while True:
                job = await self._runner.lease() if len(tasks) < WEBHOOK_LANES else None
                if job is not None:
                    tries += 1
                    tasks.add(asyncio.create_task(self._one(job)))
                    # It is under way before the next is chosen.
                    await asyncio.sleep(0)
                    continue
                if not tasks:
                    break
                done, tasks = await asyncio.wait(
                    tasks, timeout=_WAIT_S, return_when=asyncio.FIRST_COMPLETED
                )
                for one in done:
                    one.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._forgetting.take()
        return tries

    async def _one(self, job: LeasedJob) -> None:
        webhook_id, organization_id = job.subject["webhook_id"], job.organization_id
        self.turns.begin(organization_id, webhook_id)
        try:
            await self._runner.do(job)
        finally:
            self.turns.end(organization_id, webhook_id)
        if self._handler.failed_in_a_row[webhook_id] >= WEBHOOK_FAILURES_MAX:
            self.turns.rest(webhook_id, self._context.clock.monotonic() + WEBHOOK_REST)

    async def _release(self) -> None:
        """Set going what was held of webhooks that are no longer paused."""
        query = (
            select(
                WebhookDelivery.organization_id,
                WebhookDelivery.webhook_id,
                WebhookDelivery.message_id,
            )
            .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
            .where(WebhookDelivery.state == HELD, Webhook.state == ACTIVE)
            # As a sum: else SQLite reads all deliveries in their order for the few that are held.
            .order_by(WebhookDelivery.created_at + 0)
            .limit(_RELEASED_AT_ONCE)
        )
        async with self._context.database.read(org=SYSTEM) as session:
            found = (await session.execute(query)).all()
        for organization_id, webhook_id, message_id in found:
            async with self._context.write(organization_id) as unit:
                delivery = await _delivery(unit, webhook_id, message_id)
                if delivery is not None and delivery.state == HELD:
                    await set_going(unit, [delivery])

    async def _forget(self) -> None:
        """Delete what is older than anybody looks at; a clock that leaps makes nothing older."""
        steady_at = await find_steady_time(self._context)
        if steady_at is None:
            return
        before = steady_at - WEBHOOK_KEPT
        messages = select(WebhookMessage.id).where(WebhookMessage.created_at < before)
        old: list[Any] = [
            # By its message's age: what was tried again late would be left behind.
            delete(WebhookAttempt).where(WebhookAttempt.message_id.in_(messages)),
            delete(WebhookAttempt).where(WebhookAttempt.at < before),
            delete(WebhookDelivery).where(WebhookDelivery.created_at < before),
            delete(WebhookMessage).where(WebhookMessage.created_at < before),
            update(Webhook)
            .where(Webhook.old_until < steady_at)
            .values(old_secret=None, old_until=None),
        ]
        async with self._context.database.write(org=SYSTEM, is_audited=False) as session:
            for one in old:
                await session.execute(one.execution_options(synchronize_session=False))


async def _delivery(unit: Unit, webhook_id: str, message_id: str) -> WebhookDelivery | None:
    query = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.message_id == message_id
    )
    return await unit.find(query.with_for_update())


def _said(status: int) -> str:
    if status in _OK:
        return f"Taken ({status})."
    if status == GONE:
        return f"The receiver says it is permanently gone ({status})."
    if status in range(300, 400):
        return f"The receiver redirects ({status}), and redirects are not followed."
    return f"The receiver did not accept it ({status})."


def _pause(reply: Reply) -> Duration | None:
    text = reply.retry_after
    if reply.status in _OK or not text.isascii() or not text.isdigit():
        return None
    return min(int(text[:9]) * SECOND, WEBHOOK_RETRY_AFTER_MAX)
