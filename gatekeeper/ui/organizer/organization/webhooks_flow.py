"""What happens at the page of other programs: set up, tried, paused, renewed, removed."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.organization.webhooks_client import (
    Log,
    Message,
    NewSecret,
    Program,
    SentMessage,
    WebhookClient,
    append_log,
    join_log,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.webhook_words import spell_webhook_refusal, words_of_programs
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.organization.api_keys_flow import ApiKeysFlow
from gatekeeper.ui.organizer.organization.webhooks_page import WebhooksPage
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

Look = tuple[tuple[Program, ...], Log | None, SentMessage | None]


class WebhooksFlow(QObject):
    """Does what the page of programs is asked for, and looks how they stand meanwhile."""

    def __init__(self, page: WebhooksPage, session: DeskSession) -> None:
        super().__init__(page)
        page.setEnabled(False)  # until it is known whose they are
        self._page, self._api, self._say = page, session.api, session.say
        self._work = PageWork(page, session, spell_webhook_refusal)
        self.keys = ApiKeysFlow(page.keys, session)
        self._client: WebhookClient | None = None
        self._clash = EditClash(
            page.clash, lambda program: program.fields, self._save, self._refill
        )
        page.added.connect(self._add)
        page.saved.connect(self._save)
        page.paused.connect(self._pause)
        page.tried.connect(self._try_out)
        page.renewed.connect(self._renew)
        page.removed.connect(self._remove)
        page.chose.connect(self._look_anew)
        page.log.opened.connect(lambda _id: self._look_anew())
        page.log.again.connect(self._send_again)
        page.log.earlier.connect(self._read_earlier)

    def enter(self, site: EventSite) -> None:
        """Look how programs stand: they are the organization's, whatever event is chosen."""
        if self._client is None or self._client.organization_id != site.organization_id:
            self._client = WebhookClient(self._api, site)
            self._work.forget()
            self._page.forget()
            self._page.setEnabled(True)
        if not self._work.is_asking:
            self._look()
        self.keys.enter(site)

    def _look_anew(self) -> None:
        """Look for what is chosen now, whatever was asked before."""
        if not self._work.is_acting and self._client is not None:
            self._look()

    def _look(self) -> None:
        client, page = entered(self._client), self._page
        program = page.program if page.is_log_shown else None
        message_id = page.log.chosen

        async def read() -> Look:
            programs = await client.list_programs()
            if program is None or program.id not in {one.id for one in programs}:
                return programs, None, None
            log = await client.read_log(program)
            sent = await client.read_sent(program, message_id) if message_id else None
            return programs, log, sent

        def show(found: Look) -> None:
            programs, log, sent = found
            page.show_programs(programs)
            is_same = page.program is not None and program and page.program.id == program.id
            if log is not None and is_same:
                page.log.show_log(join_log(page.log.log, log))
                page.log.show_sent(sent)
            self._say("", "bad")

        self._work.do(read, show, is_act=False)

    def _add(self, fields: Fields) -> None:
        self._work.do(
            lambda: entered(self._client).add(fields),
            lambda made: self._show_secret(made, "added"),
        )

    def _renew(self, program: Program) -> None:
        def show(made: NewSecret | Clash) -> None:
            if isinstance(made, Clash):  # whoever draws one decides anew, as who removes
                self._page.say(spell_clash(made, ORGANIZATION_CLOCK), "bad")
                self._look()
            else:
                self._show_secret(made, "renewed")

        self._work.do(lambda: entered(self._client).renew(program), show)

    def _show_secret(self, made: NewSecret, key: str) -> None:
        page = self._page
        page.show_program(made.webhook)
        page.show_secret(made.secret, is_second=key == "renewed")
        page.say(TEXTS.say(f"programs.{key}"), "good")
        self._look()

    def _save(self, program: Program, fields: Fields, etag: str = "") -> None:
        page = self._page

        def show(clash: Clash | None) -> None:
            if clash is not None:
                self._clash.meet(program, fields, clash, words_of_programs())
                return
            page.say(TEXTS.say("programs.saved"), "good")
            self._refill()

        self._work.do(lambda: entered(self._client).save(program, fields, etag), show)

    def _refill(self) -> None:
        """Show the program as the server has it, whatever stands in the form."""
        client, page = entered(self._client), self._page

        def show(programs: tuple[Program, ...]) -> None:
            shown = page.program
            now = next((one for one in programs if shown and one.id == shown.id), None)
            if now is not None:
                page.form.show_program(now)
            page.show_programs(programs)

        self._work.do(client.list_programs, show, is_act=False)

    def _pause(self, program: Program, is_paused: bool) -> None:  # noqa: FBT001 - a signal's
        key = "programs.paused_now" if is_paused else "programs.goes_on"
        self._work.do(
            lambda: entered(self._client).pause(program, is_paused=is_paused),
            lambda _none: self._end_act(key),
        )

    def _try_out(self, program: Program) -> None:
        def show(_message: Message) -> None:
            self._page.program_tabs.setCurrentIndex(1)
            self._end_act("programs.tried")

        self._work.do(lambda: entered(self._client).try_out(program), show)

    def _send_again(self, message_id: str) -> None:
        program = self._page.program
        if program is not None:
            self._work.do(
                lambda: entered(self._client).send_again(program, message_id),
                lambda _message: self._end_act("programs.sent_again"),
            )

    def _remove(self, program: Program) -> None:
        page = self._page

        def show(clash: Clash | None) -> None:
            if clash is None:
                page.show_program(None)
                page.say(TEXTS.say("programs.removed", name=program.name), "good")
            else:  # whoever removes decides anew, upon what the list shows now
                page.say(spell_clash(clash, ORGANIZATION_CLOCK), "bad")
            self._look()

        self._work.do(lambda: entered(self._client).remove(program), show)

    def _read_earlier(self) -> None:
        page = self._page
        program, log = page.program, page.log.log
        if program is None or log.next is None:
            return
        after = log.next
        self._work.do(
            lambda: entered(self._client).read_log(program, after),
            lambda earlier: page.log.show_log(append_log(page.log.log, earlier)),
        )

    def _end_act(self, key: str) -> None:
        self._page.say(TEXTS.say(key), "good")
        self._look()
