"""One's own second factor at the page of the server: set up, switched on, ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.organization.second_factor_client import (
    Begun,
    Factor,
    begin_factor,
    confirm_factor,
    end_factor,
    read_factor,
    renew_codes,
    rule,
)
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.ui.organizer.desk_style import DeskCard, called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.confirmation_cards import LossQuestion
from gatekeeper.ui.organizer.widgets.scrolling_page import bring_into_sight
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

Ask = Callable[[Callable[[], Awaitable[Any]], Callable[[Any], object]], None]
_QR_SIDE: Final = 220
_FIELD_WIDTH: Final = 220
"""Pixels; what stands in an empty field is read whole in every language."""
_GROUP: Final = 4


class SecondFactorCard(DeskCard):
    """Shows how it stands, what the phone takes, and recovery codes once.

    Attributes:
        question: Comes before whatever would take away codes that nobody has.
    """

    begun = Signal(str)
    """With the password."""
    confirmed = Signal(str)
    """By the phone's code."""
    renewed = Signal(str, str)
    """With password and code; so is `ended`."""
    ended = Signal(str, str)
    ruled = Signal(bool, str)
    """Whether the organization shall ask, and the tag of what it asks now."""
    """Owners and managers are to have one, or not."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("factorCard")
        self._factor: Factor | None = None
        sides = QHBoxLayout(self)
        self._is_taken = False
        self._phone = QrPicture(_QR_SIDE)
        self._phone.hide()
        sides.addWidget(self._phone)
        rows = QVBoxLayout()
        sides.addLayout(rows, 1)
        rows.addWidget(make_text(TEXTS.say("safe.factor.title"), "heading"))
        self.state = make_text("", "lead", "factorState")
        rows.addWidget(self.state)
        self._how = make_text(TEXTS.say("safe.factor.scan"), "lead")
        self.key = make_text("", "secret", "factorKey")
        self.codes = make_text("", "secret", "factorCodes")
        self._once = make_text(TEXTS.say("safe.factor.codes_once"), "lead")
        for widget in (self._how, self.key, self._once, self.codes):
            widget.hide()
            rows.addWidget(widget)
        for label in (self.key, self.codes):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.password = self._field("password", "factorPassword")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.code = self._field("code", "factorCode")
        for edit in (self.password, self.code):
            edit.returnPressed.connect(self._go_on)
        fields = line_up(self.password, self.code)
        rows.addLayout(fields)
        self._ways = QHBoxLayout()
        self._begin = self._way("begin", self._ask_begin)
        self._confirm = self._way("confirm", lambda: self.confirmed.emit(self.code.text()))
        self._copy = self._way("copy", self._copy_codes)
        self._kept = make_button(TEXTS.say("vouchers.done"), "factor_kept", self.forget)
        self._ways.addWidget(self._kept)
        self._renew = self._way("renew", lambda: self.renewed.emit(*self._proof()))
        self._end = self._way("end", lambda: self.ended.emit(*self._proof()))
        self._rule = self._way("rule_on", self._ask_rule)
        self._ways.addStretch(1)
        rows.addLayout(self._ways)
        self.question = LossQuestion("factorLose", "secret", self._is_safe, self.forget)
        rows.addWidget(self.question)
        self._arrange()

    def show_factor(self, factor: Factor) -> None:
        """Say how it stands; a secret that is being set up, and codes, stay."""
        if factor == self._factor:
            return
        self._factor = factor
        if factor.is_on:
            self.state.setText(TEXTS.say("safe.factor.lead_on", count=factor.recovery_codes_left))
        else:
            self.state.setText(TEXTS.say("safe.factor.lead_off"))
        self._rule.setText(
            TEXTS.say("safe.factor.rule_off" if factor.is_rule else "safe.factor.rule_on")
        )
        self._arrange()

    def show_begun(self, begun: Begun) -> None:
        """Show what the phone takes."""
        self._phone.show_code(begun.otpauth_url)
        groups = range(0, len(begun.secret), _GROUP)
        self.key.setText(" ".join(begun.secret[at : at + _GROUP] for at in groups))
        self._clear()
        self._arrange()
        self.code.setFocus()
        bring_into_sight(self)

    def show_codes(self, codes: Sequence[str]) -> None:
        """Show recovery codes; they can be had no second time."""
        self._phone.show_code("")
        self.key.clear()
        half = (len(codes) + 1) // 2
        pairs = zip(codes[:half], [*codes[half:], ""], strict=False)
        self.codes.setText("\n".join("    ".join(pair).rstrip() for pair in pairs))
        self._is_taken = False
        self._clear()
        self._arrange()

    def forget(self) -> None:
        """Show no secret any more."""
        self.codes.clear()
        self.question.hide()
        self.turn_away()

    def turn_away(self) -> None:
        """Show no secret to whoever comes back; codes that nobody has stay."""
        if self._is_safe():
            self.codes.clear()
        self._phone.show_code("")
        self.key.clear()
        self._clear()
        self._arrange()

    def _is_safe(self) -> bool:
        return not self.codes.text() or self._is_taken

    def _arrange(self) -> None:
        is_on = self._factor is not None and self._factor.is_on
        is_begun, has_codes = bool(self.key.text()), bool(self.codes.text())
        for widget in (self._how, self._phone, self.key, self._confirm):
            widget.setVisible(is_begun)
        for widget in (self._once, self.codes, self._copy, self._kept):
            widget.setVisible(has_codes)
        may_end = is_on and not has_codes
        may_begin = self._factor is not None and not (is_on or is_begun or has_codes)
        self.password.setVisible(may_begin or may_end)
        self.code.setVisible(may_end or is_begun)
        self._begin.setVisible(may_begin)
        self._renew.setVisible(may_end)
        self._end.setVisible(may_end)
        self._rule.setVisible(self._factor is not None and self._factor.may_rule)

    def _field(self, key: str, name: str) -> QLineEdit:
        edit = called(QLineEdit(), name)
        edit.setMinimumWidth(_FIELD_WIDTH)
        edit.setPlaceholderText(TEXTS.say(f"safe.factor.{key}"))
        edit.setAccessibleName(TEXTS.say(f"safe.factor.{key}"))
        return edit

    def _way(self, key: str, act: Callable[[], object]) -> QPushButton:
        button = make_button(TEXTS.say(f"safe.factor.{key}"), f"factor_{key}")
        button.clicked.connect(lambda _on=False: act())
        button.hide()
        self._ways.addWidget(button)
        return button

    def _proof(self) -> tuple[str, str]:
        return self.password.text(), self.code.text()

    def _ask_begin(self) -> None:
        self.begun.emit(self.password.text())

    def _ask_rule(self) -> None:
        assert self._factor is not None, "an owner's is shown"
        self.ruled.emit(not self._factor.is_rule, self._factor.etag)

    def _go_on(self) -> None:
        """Let Enter do what is next while one is set up; of one that is on there are two ways."""
        for way in (self._begin, self._confirm):
            if not way.isHidden():
                way.click()

    def _copy_codes(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self.codes.text().split()))
        self._is_taken = True
        self.question.hide()

    def _clear(self) -> None:
        self.password.clear()
        self.code.clear()


class SecondFactorFlow(QObject):
    """Joins the card and the server.

    Args:
        card: What is shown.
        desk: What can be asked of the server.
        ask: Does something and hands on what came of it; faults are told over the pages.
        say: Tells what was done over the pages.
    """

    def __init__(
        self, card: SecondFactorCard, desk: Desk, ask: Ask, say: Callable[[str, str], object]
    ) -> None:
        super().__init__(card)
        self._card, self._desk, self._ask, self._say = card, desk, ask, say
        card.begun.connect(self._begin)
        card.confirmed.connect(self._confirm)
        card.renewed.connect(self._renew)
        card.ended.connect(self._end)
        card.ruled.connect(self._rule)

    def look(self) -> None:
        """Read how it stands."""
        api, organization = self._desk.api, self._desk.organization.id
        self._ask(lambda: read_factor(api, organization), self._card.show_factor)

    def _begin(self, password: str) -> None:
        self._ask(lambda: begin_factor(self._desk.api, password), self._show_begun)

    def _confirm(self, code: str) -> None:
        self._ask(lambda: confirm_factor(self._desk.api, code), self._show_codes)

    def _renew(self, password: str, code: str) -> None:
        self._ask(lambda: renew_codes(self._desk.api, password, code), self._show_codes)

    def _end(self, password: str, code: str) -> None:
        self._ask(lambda: end_factor(self._desk.api, password, code), self._show_end)

    def _rule(self, is_asked: bool, etag: str) -> None:  # noqa: FBT001 - a signal's
        api, organization = self._desk.api, self._desk.organization.id

        def done(clash: Clash | None) -> None:
            key = "safe.factor.ruled_on" if is_asked else "safe.factor.ruled_off"
            if clash is None:
                self._say(TEXTS.say(key), "good")
            else:
                self._say(spell_clash(clash, ORGANIZATION_CLOCK), "bad")
            self.look()

        self._ask(lambda: rule(api, organization, is_asked=is_asked, etag=etag), done)

    def _show_begun(self, begun: Begun) -> None:
        self._say("", "good")
        self._card.show_begun(begun)

    def _show_codes(self, codes: tuple[str, ...]) -> None:
        self._say("", "good")
        self._card.show_codes(codes)
        self.look()

    def _show_end(self, _none: None) -> None:
        self._say(TEXTS.say("safe.factor.ended"), "good")
        self._card.forget()
        self.look()
