"""The way to a signed-in desk: join a server, or run one here; remembered for the next start."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QObject, Signal

from gatekeeper.organizer.desk_and_events import Desk, NoOrganization, is_same_seat, open_desk
from gatekeeper.organizer.organization.members_client import Joining
from gatekeeper.organizer.own_server import PORT, OwnServer, known_account, remember_served
from gatekeeper.organizer.own_server_copies import (
    RecoverySheet,
    draw_code,
    is_taken_over,
    reset_password,
    take_over,
)
from gatekeeper.organizer.remembered_server import DeskMemory, load_memory, save_memory
from gatekeeper.organizer.server_api import CODE_WRONG, ServerApi, is_session_over, wants_code
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.sync.server_over_http import fetch_authority
from gatekeeper.this_machine import System
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.laptop_printer import print_here
from gatekeeper.ui.organizer.laptop_time_zone import laptop_zone
from gatekeeper.ui.organizer.sign_in.recovery_sheet_page import SheetPage
from gatekeeper.ui.organizer.sign_in.sign_in_forms import (
    make_join_page,
    make_own_page,
    make_sign_in_page,
)
from gatekeeper.ui.organizer.sign_in.sign_in_pages import (
    ComparePage,
    FormPage,
    ProgressPage,
    ServerChoicePage,
    group_digits,
)
from gatekeeper.ui.organizer.sign_in.take_over_and_reset_pages import (
    TakeOverPage,
    make_code_page,
    make_invited_page,
    make_reset_page,
    spell_without_sheet,
)
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK
from shared.kernel.errors import GatekeeperError, Rejected, ServerFault
from shared.kernel.instant import datetime_from_instant
from shared.kernel.trouble import TroubleKind
from shared.wire.enrol import authority_fingerprint

_SERVER_FOLDER: Final = "server"


class FirstStart(QObject):
    """Asks what it must, and no more; ends with a desk.

    Args:
        window: Where pages are shown.
        thread: Does what takes time.
        folder: What the desk keeps: its memory, and the server that runs here.
        system: This machine.
        url: A server to join, where the command line named one.
    """

    done = Signal(object)
    """A `Desk`; the former one, where the same person signs in again and may do the same."""

    def __init__(
        self,
        window: DeskWindow,
        thread: DeskThread,
        folder: Path,
        system: System,
        url: str | None,
    ) -> None:
        super().__init__(window)
        self._window, self._thread, self._system = window, thread, system
        self._disk = system.open_disk(folder)
        self._folder, self._url = folder, url
        self._again: Callable[[], None] = self.begin
        self._back: Callable[[], object] = self._choose
        self.memory: DeskMemory | None = None
        self._former: Desk | None = None
        self.server: OwnServer | None = None
        self.choice, self.progress = ServerChoicePage(), ProgressPage()
        self.own, self.join, self.sign_in = make_own_page(), make_join_page(), make_sign_in_page()
        self.compare, self.sheet = ComparePage(), SheetPage()
        self._on_taken: Callable[[], object] = self.begin
        self.sheet.taken.connect(self._take_sheet)
        self.sheet.printed.connect(
            lambda paper: print_here(thread, system.clock, paper, self.sheet.say)
        )
        self._met: DeskMemory | None = None
        self.compare.agreed.connect(self._trust)
        self.compare.left.connect(lambda: self._show_form(self.join))
        self.choice.chose_own.connect(lambda: self._show_form(self.own))
        self.choice.chose_join.connect(lambda: self._show_form(self.join))
        self.progress.retried.connect(self._retry)
        self.progress.left.connect(self._leave)
        self.own.submitted.connect(self._make_own)
        self.join.submitted.connect(self._join)
        self.sign_in.submitted.connect(self._sign_in)
        self.take, self.reset = TakeOverPage(), make_reset_page()
        self.choice.chose_take_over.connect(lambda: self._show_form(self.take))
        self.take.submitted.connect(self._take_over)
        self.reset.submitted.connect(self._reset)
        self.reset.left.connect(lambda: self._show_form(self.sign_in))
        for form in (self.own, self.join, self.take):
            form.left.connect(lambda: window.show_page(self.choice))
        self.invited = make_invited_page()
        self.invited.submitted.connect(self._join_organization)
        self.invited.left.connect(lambda: self._show_form(self.sign_in))
        self.sign_in.left.connect(self._ask_reset)
        self.code, self._joining = make_code_page(), Joining()
        self._on_code: Callable[[str], None] = self._forget_code
        self.code.submitted.connect(lambda values: self._on_code(values["code"]))
        self.code.left.connect(lambda: self._show_form(self.sign_in))
        window.keep(self.choice, self.progress, self.own, self.join, self.sign_in, self.compare)
        window.keep(self.sheet, self.take, self.reset, self.invited, self.code)

    def begin(self) -> None:
        """Go on where the desk was left: with its server, or by asking for one."""
        if self._url is not None:
            self._join({"url": self._url})
            return
        try:
            self.memory = load_memory(self._disk)
        except GatekeeperError as fault:
            self._again = self.begin
            self._fail(fault)
            return
        if self.memory is None and OwnServer(self._folder / _SERVER_FOLDER).is_made:
            # A desk that died between making its server and remembering it.
            self._start_own(DeskMemory(url="", port=PORT))
        elif self.memory is None:
            self._window.show_page(self.choice)
        elif self.memory.is_own:
            self._start_own(self.memory)
        else:
            self._ask_who(self.memory)

    def _retry(self) -> None:
        self._again()

    def _leave(self) -> None:
        self._back()

    def ask_again(self, text: str, former: Desk | None = None) -> None:
        """Let the person sign in again, where a session has ended.

        Args:
            text: Why.
            former: The desk at which they sat; it is theirs again.
        """
        assert self.memory is not None, "there was a session"
        self._former = former
        self._ask_who(self.memory)
        self.sign_in.say(text)

    def keep(self, memory: DeskMemory) -> None:
        """Remember from now on; raises `StoreFault` if the disk refuses."""
        save_memory(self._disk, memory)
        self.memory = memory

    # ---- a server of one's own

    def _make_own(self, values: dict[str, str]) -> None:
        self._again = lambda: self._make_own(values)
        self._show_step("desk.own.making")
        server = self.server = OwnServer(self._folder / _SERVER_FOLDER)

        async def make() -> tuple[Desk, str]:
            with known_account():  # of a desk that died at this point; the password is tried below
                await server.make_account(values["name"], values["email"], values["password"])
            code = await draw_code(server)
            await server.start()
            memory = remember_served(server, DeskMemory(url="", email=values["email"].strip()))
            self.keep(memory)
            name = values["organization"].strip()
            return await self._enter(memory, values["password"], name), code

        def show(made: tuple[Desk, str]) -> None:
            desk, code = made
            self._show_sheet(desk, code, lambda: self.done.emit(desk))

        self._thread.ask(make, show, lambda fault: self._fail_form(self.own, fault))

    def make_sheet(self, desk: Desk, on_taken: Callable[[], object]) -> None:
        """Draw a new recovery code and show its sheet."""
        server = self.server
        assert server is not None, "only a server of this laptop has a sheet"
        self._again = lambda: self.make_sheet(desk, on_taken)
        self._thread.ask(
            lambda: draw_code(server),
            lambda code: self._show_sheet(desk, code, on_taken),
            lambda fault: self._fail(fault, on_taken),
        )

    def _show_sheet(self, desk: Desk, code: str, on_taken: Callable[[], object]) -> None:
        server, memory = self.server, self.memory
        assert server is not None, "it runs on this laptop"
        assert memory is not None, "a server was chosen"
        now = datetime_from_instant(self._system.clock.wall())
        digits = group_digits(authority_fingerprint(server.read_authority()))
        self._remember_sheet(has_sheet=False)
        self.sheet.show_sheet(
            RecoverySheet(
                organization=desk.organization.name,
                email=memory.email,
                code=code,
                digits=digits,
                made_on=ORGANIZATION_CLOCK.day(now),
            )
        )
        self._on_taken = on_taken
        self._window.show_page(self.sheet)
        self.sheet.begin()

    def _take_sheet(self) -> None:
        self._remember_sheet(has_sheet=True)
        self._on_taken()

    def _remember_sheet(self, *, has_sheet: bool) -> None:
        assert self.memory is not None, "a server was chosen"
        assert self.server is not None, "it runs here"
        self.memory = msgspec.structs.replace(self.memory, has_sheet=has_sheet)
        self.server.has_sheet = has_sheet
        with contextlib.suppress(GatekeeperError):  # then the board asks for it again
            save_memory(self._disk, self.memory)

    def _start_own(self, memory: DeskMemory) -> None:
        self._again = lambda: self._start_own(memory)
        self._show_step("desk.own.starting")
        server = self.server = OwnServer(self._folder / _SERVER_FOLDER, memory.port)
        server.has_sheet = memory.has_sheet

        async def start() -> DeskMemory:
            await server.start()
            found = remember_served(server, memory)
            if found != memory:
                save_memory(self._disk, found)
            return found

        self._thread.ask(start, self._meet_own, self._fail)

    def _meet_own(self, memory: DeskMemory) -> None:
        """Go on with the server of this laptop, unless another laptop does."""
        server = self.server
        assert server is not None, "it was started"
        self._ask_who(memory)
        place = is_taken_over(server.folder, server.read_authority())
        if place:
            said = TEXTS.say("safe.over.lead", url=place)
            self._show_failure(TEXTS.say("safe.over.title"), said, self._choose)

    def _take_over(self, values: dict[str, str]) -> None:
        self._again = lambda: self._take_over(values)
        self._show_step("safe.take.doing")
        server = self.server = OwnServer(self._folder / _SERVER_FOLDER)
        server.has_sheet = True  # its code has just been typed

        async def take() -> DeskMemory:
            await take_over(server, Path(values["folder"]), values["code"])
            await server.start()
            memory = remember_served(server, DeskMemory(url="", has_sheet=True))
            save_memory(self._disk, memory)
            return memory

        self._thread.ask(take, self._ask_who, lambda fault: self._fail_form(self.take, fault))

    def _join_organization(self, values: dict[str, str], factor: str = "") -> None:
        """Become a member by an invitation, and sit down."""
        memory = self.memory
        assert memory is not None, "a server was chosen"
        self._show_step("safe.invited.doing")
        named = msgspec.structs.replace(memory, email=values["email"].strip())

        async def enter() -> Desk:
            async with self._opening(memory) as api:
                await self._joining.join(
                    api,
                    code=values["code"].strip(),
                    name=values["name"].strip(),
                    email=named.email,
                    password=values["password"],
                    factor=factor,
                )
                self.keep(named)
                return await self._open_desk(api, "")

        def again(typed: str) -> None:
            self._join_organization(values, typed)

        self._thread.ask(
            enter, self.done.emit, lambda fault: self._fail_entry(self.invited, fault, again)
        )

    def _ask_reset(self) -> None:
        if self.memory is not None and not self.memory.is_own:
            self._show_form(self.invited)
        elif self.memory is not None:
            self._show_form(self.reset)
            self.reset.fill({"email": self.memory.email, "code": "", "password": ""})
            if not self.memory.has_sheet:
                folder = self._folder / _SERVER_FOLDER
                self.reset.say(spell_without_sheet(folder, self.memory.email))

    def _reset(self, values: dict[str, str]) -> None:
        server = self.server
        assert server is not None, "only a server of this laptop is asked"
        self._show_step("safe.reset.doing")

        def done(_none: None) -> None:
            self._show_form(self.sign_in)
            self.sign_in.fill({"email": values["email"].strip(), "password": ""})
            self.sign_in.say(TEXTS.say("safe.reset.done"))

        self._thread.ask(
            lambda: reset_password(server, values["email"], values["code"], values["password"]),
            done,
            lambda fault: self._fail_form(self.reset, fault),
        )

    # ---- a server elsewhere

    def _join(self, values: dict[str, str]) -> None:
        self._again = lambda: self._join(values)
        self._show_step("desk.join.looking")

        async def look() -> DeskMemory:
            api = ServerApi(values["url"])
            try:
                await api.check()
            except ServerFault as fault:
                if fault.kind is not TroubleKind.FALSE_SERVER:
                    raise
                return DeskMemory(url=api.url, authority_pem=await fetch_authority(api.url))
            finally:
                await api.close()
            return DeskMemory(url=api.url)

        self._thread.ask(look, self._meet, lambda fault: self._fail_form(self.join, fault))

    def _meet(self, memory: DeskMemory) -> None:
        """Take a server that the system trusts; of another one let a person compare the digits."""
        self._met = memory
        if memory.authority_pem is None:
            self._trust()
            return
        try:
            self.compare.show_digits(authority_fingerprint(memory.authority_pem))
        except GatekeeperError as fault:
            self._fail_form(self.join, fault)
            return
        self._window.show_page(self.compare)
        self.compare.begin()

    def _trust(self) -> None:
        memory = self._met
        assert memory is not None, "a server was met"
        try:
            save_memory(self._disk, memory)
        except GatekeeperError as fault:
            self._fail_form(self.join, fault)
            return
        self._ask_who(memory)

    # ---- who is there

    def _ask_who(self, memory: DeskMemory) -> None:
        self.memory = memory
        self._show_form(self.sign_in)
        key = "safe.reset.forgot" if memory.is_own else "safe.invited.have"
        self.sign_in.back.setText(TEXTS.say(key))
        self.sign_in.fill({"email": memory.email, "password": ""})

    def _sign_in(self, values: dict[str, str], factor: str = "", found: str = "") -> None:
        memory = self.memory
        assert memory is not None, "a server was chosen"
        self._show_step("desk.sign_in.doing")
        named = msgspec.structs.replace(memory, email=values["email"].strip())

        async def enter() -> Desk:
            former = self._former if named == memory else None
            desk = await self._enter(named, values["password"], found, factor, former)
            if named != memory:
                self.keep(named)
            return desk

        def again(typed: str) -> None:
            self._sign_in(values, typed)

        def failed(fault: BaseException) -> None:
            if isinstance(fault, NoOrganization):
                name = TEXTS.say("desk.own.organization")
                self._ask_founding(lambda: self._sign_in(values, factor, name))
            else:
                self._fail_entry(self.sign_in, fault, again)

        self._thread.ask(enter, self.done.emit, failed)

    def _ask_founding(self, found: Callable[[], None]) -> None:
        """Ask before an empty organization stands where somebody looks for their events."""
        self._again, self._back = found, lambda: self._show_form(self.sign_in)
        said = [TEXTS.say(f"desk.sign_in.{key}") for key in ("nowhere", "nowhere_lead", "found")]
        back = TEXTS.say("desk.back")
        self.progress.show_question(said[0], said[1], back, said[2], is_wary=True)
        self._window.show_page(self.progress)

    def _fail_entry(
        self, form: FormPage, fault: BaseException, again: Callable[[str], None]
    ) -> None:
        """Ask for the second factor's code where only that is missing; then try again with it."""
        if not wants_code(fault):
            self._on_code = self._forget_code
            self._fail_form(form, fault)
            return
        self._on_code = again
        self.code.fill({"code": ""})
        self._show_form(self.code)
        is_wrong = isinstance(fault, Rejected) and fault.problem == CODE_WRONG
        self.code.say(spell_fault(fault) if is_wrong else "")

    def _forget_code(self, _code: str) -> None:
        self._show_form(self.sign_in)

    async def _enter(
        self,
        memory: DeskMemory,
        password: str,
        name: str,
        factor: str = "",
        former: Desk | None = None,
    ) -> Desk:
        if former is not None:
            await former.api.sign_in(memory.email, password, factor)
            desk = await self._open_desk(former.api, name)
            return former if is_same_seat(desk.organization, former.organization) else desk
        async with self._opening(memory) as api:
            await api.sign_in(memory.email, password, factor)
            return await self._open_desk(api, name)

    @contextlib.asynccontextmanager
    async def _opening(self, memory: DeskMemory) -> AsyncIterator[ServerApi]:
        """Ask another desk's server; the former desk stays as it is if nobody sits down here."""
        api = ServerApi(memory.url, memory.authority_pem)
        try:
            yield api
        except BaseException:
            await api.close()
            raise
        former, self._thread.api = self._thread.api, api
        if former is not None:
            await former.close()

    async def _open_desk(self, api: ServerApi, name: str) -> Desk:
        return await open_desk(api, self._system.entropy, name, laptop_zone())

    # ---- pages

    def _show_form(self, form: FormPage) -> None:
        self._window.show_page(form)
        form.begin()

    def _show_step(self, key: str) -> None:
        self.progress.show_step(TEXTS.say(key), TEXTS.say(f"{key}_hint"))
        self._window.show_page(self.progress)

    def _fail(self, fault: BaseException, back: Callable[[], object] | None = None) -> None:
        """Say what failed; it can be tried again.

        Args:
            fault: What came.
            back: Where Back leads; to the first question where no server is there to sign in at.
        """
        said = spell_fault(fault)
        self._show_failure(TEXTS.say("desk.failed"), said, back or self._choose)

    def _show_failure(self, title: str, why: str, back: Callable[[], object]) -> None:
        self._back = back
        self.progress.show_failure(title, why)
        self._window.show_page(self.progress)

    def _choose(self) -> None:
        self._window.show_page(self.choice)

    def _fail_form(self, form: FormPage, fault: BaseException) -> None:
        self._show_form(form)
        is_wrong = is_session_over(fault)  # there is none yet: nobody was let in
        wrong = "desk.own.known" if form is self.own else "desk.sign_in.wrong"
        form.say(TEXTS.say(wrong) if is_wrong else spell_fault(fault))
        form.begin_again()
