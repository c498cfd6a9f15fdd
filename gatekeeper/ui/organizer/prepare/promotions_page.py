"""An event's discounts: listed, made by a form, and removed once that was answered."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.plan_client import PlanKind
from gatekeeper.organizer.prepare.promotions_client import (
    KINDS,
    Discounts,
    ListedPromotion,
    find_flaw,
)
from gatekeeper.presenters.desk.promotion_words import spell_promotion
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, headed, make_button, make_text
from gatekeeper.ui.organizer.prepare.field_editors import MomentEdit
from gatekeeper.ui.organizer.prepare.vouchers_page import VouchersPage
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox, PercentBox
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.plain_table import (
    chosen_of,
    fill_table,
    make_table,
    stay_at_row,
)
from gatekeeper.ui.organizer.widgets.tick_list import TickList
from gatekeeper.ui.organizer.widgets.typed_form import TypedForm
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_price
from shared.field_limits import NAME_SIZE_MAX, PROMOTION_USES_MAX
from shared.kernel.errors import BadInput

_COLUMNS: Final = ("name", "gives", "types", "uses", "until")
_HEIGHT: Final = 160
_TYPES_HEIGHT: Final = 96
_TOUCH: Final = 36


class PromotionsPage(LastActLine, QWidget):
    """Lists discounts, and makes others.

    Attributes:
        vouchers: What is worth money, beside them.
        tabs: Change between them.
    """

    added = Signal(object)
    """The fields of a new one."""
    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPromotions")
        self._found: Discounts | None = None
        columns = [TEXTS.say(f"promo.column.{one}") for one in _COLUMNS]
        self.table = make_table("promotions", TEXTS.say("promo.title"), columns, _HEIGHT)
        self.table.itemSelectionChanged.connect(self.forget_question)
        self._none = make_text(TEXTS.say("promo.none"), "lead", "promotionsNone")
        self._note = make_text("", "lead", "promotionsNote")
        discounts = QWidget()
        rows = headed(discounts, "promo")
        rows.addWidget(self._none)
        rows.addWidget(self.table, 1)
        fill(rows, self._make_removing(), self._note, self._make_form())
        rows.addStretch()  # where there is no table to take it
        self.vouchers, self.tabs = VouchersPage(), PageTabs("promotionsTabs")
        self.tabs.addTab(discounts, TEXTS.say("promo.title"))
        self.tabs.addTab(self.vouchers, TEXTS.say("vouchers.title"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)
        self.forget()

    def _make_removing(self) -> QWidget:
        self._remove = make_button(TEXTS.say("promo.remove"), "promotionRemove", self._ask)
        self.question = YesOrNo("promotion")
        self.question.agreed.connect(self._answer)
        whole = QWidget()
        rows = edge_to_edge(QVBoxLayout(whole))
        rows.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignLeading)
        rows.addWidget(self.question)
        return whole

    def _make_form(self) -> QFrame:
        self.name, self.code, self.fixed = QLineEdit(), QLineEdit(), QLineEdit("0")
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.kind, self.percent = ChoiceBox(), PercentBox()
        for one in KINDS:
            self.kind.addItem(TEXTS.say(f"promo.kind.{one}"), one)
        self.kind.currentIndexChanged.connect(lambda _row: self._arrange())
        self.buy, self.free, self.uses = NumberBox(), NumberBox(), NumberBox()
        self.buy.setRange(0, 100)
        self.free.setRange(0, 100)
        self.uses.setRange(0, PROMOTION_USES_MAX)
        self.uses.setSpecialValueText(TEXTS.say("promo.any"))
        self.types = TickList(_TYPES_HEIGHT)
        self.combinable = QCheckBox(TEXTS.say("promo.combinable"))
        self.combinable.setMinimumHeight(_TOUCH)
        self.combinable.setObjectName("promotion_combinable")
        self._form = QFormLayout()
        named: tuple[tuple[str, QWidget], ...] = (
            *(("name", self.name), ("kind", self.kind), ("percent", self.percent)),
            *(("fixed", self.fixed), ("buy", self.buy), ("free", self.free)),
            *(("code", self.code), ("uses", self.uses), ("types", self.types)),
        )
        for key, field in named:
            field.setObjectName(f"promotion_{key}")
            field.setAccessibleName(TEXTS.say(f"promo.{key}"))
            self._form.addRow(TEXTS.say(f"promo.{key}"), field)
        self.until: MomentEdit | None = None
        self._until_home = QVBoxLayout()
        self._form.addRow(TEXTS.say("promo.column.until"), self._until_home)
        self._form.addRow("", self.combinable)
        self._go = make_button(TEXTS.say("promo.go"), "promotionGo", self._send, is_main=True)
        self._card = DeskCard("promotionForm")
        self._card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        rows = QVBoxLayout(self._card)
        rows.addWidget(make_text(TEXTS.say("promo.new"), "heading"))
        rows.addLayout(self._form)
        rows.addWidget(self._go, 0, Qt.AlignmentFlag.AlignLeading)
        self._arrange()
        self._typed = TypedForm(self._card)
        return self._card

    def let_see_vouchers(self, *, may_see: bool) -> None:
        """Offer vouchers, or not: whoever only reads is told none."""
        self.tabs.setTabVisible(self.tabs.indexOf(self.vouchers), may_see)

    @property
    def is_vouchers_shown(self) -> bool:
        """Whether vouchers are looked at."""
        return self.tabs.currentWidget() is self.vouchers

    @property
    def is_typed_in(self) -> bool:
        """Whether something of a new discount is filled in."""
        return self._found is not None and self._typed.is_typed_in

    @property
    def chosen(self) -> ListedPromotion | None:
        """Which discount is looked at."""
        return chosen_of(self.table, () if self._found is None else self._found.promotions)

    def forget(self) -> None:
        """Show nothing: it was another event's."""
        self._found = None
        fill_table(self.table, ())
        self._none.hide()
        self._card.setEnabled(False)
        self.say("", "lead")
        self.forget_question()

    def show_discounts(self, found: Discounts) -> None:
        """List the discounts; what is typed stays."""
        before = self.chosen
        is_first = self._found is None
        self._found = found
        fill_table(self.table, [spell_promotion(one, found.plan) for one in found.promotions])
        self._none.setVisible(not found.promotions)
        self.table.setVisible(bool(found.promotions))
        stay_at_row(
            self.table, [one.id for one in found.promotions], None if before is None else before.id
        )
        self._card.setEnabled(True)
        if is_first:
            self.clear_form()
        self._remove.setEnabled(self.chosen is not None)

    def show_made(self) -> None:
        """Empty the form, as what was filled in there has been made."""
        self.clear_form()

    def clear_form(self) -> None:
        """Begin a new one."""
        assert self._found is not None, "an event is shown"
        plan = self._found.plan
        for field in (self.name, self.code):
            field.clear()
        self.fixed.setText("0")
        for box in (self.buy, self.free, self.uses):
            box.setValue(0)
        self.percent.setValue(0)
        self.combinable.setChecked(False)
        types = {kind.id: kind.name for kind in plan.of(PlanKind.TYPE)}
        self.types.clear()
        self.types.offer(types, types)
        if self.until is not None:
            self._until_home.removeWidget(self.until)
            self.until.hide()
            self.until.deleteLater()
        self.until = MomentEdit(None, plan, is_needed=False)
        self.until.setAccessibleName(TEXTS.say("promo.column.until"))
        self._until_home.addWidget(self.until)
        self._typed.emptied()

    def forget_question(self) -> None:
        """Ask nothing."""
        self.question.hide()
        self._remove.setEnabled(self.chosen is not None)

    def _arrange(self) -> None:
        kind = self.kind.currentData()
        for field, of in (
            (self.percent, "percent"),
            (self.fixed, "fixed"),
            (self.buy, "buy_get"),
            (self.free, "buy_get"),
        ):
            self._form.setRowVisible(field, kind == of)

    def _ask(self) -> None:
        if (one := self.chosen) is not None:
            asked = TEXTS.say("promo.remove.ask", name=one.name)
            self.question.ask(asked, TEXTS.say("promo.remove.yes"))

    def _answer(self) -> None:
        if (one := self.chosen) is not None:
            self.removed.emit(one)

    def _send(self) -> None:
        if self._found is None:
            return
        try:
            fields = self._read(self._found.plan.currency)
        except BadInput as flaw:
            self.say(str(flaw), "bad")
            return
        if flaw_of := find_flaw(fields):
            self.say(TEXTS.say(f"promo.flaw.{flaw_of}"), "bad")
            return
        self.added.emit(fields)

    def _read(self, currency: str) -> Fields:
        kind, code = self.kind.currentData(), self.code.text().strip()
        ids = self.types.ticked
        return {
            "name": self.name.text().strip(),
            "kind": kind,
            "percent_points": round(self.percent.value() * 100) if kind == "percent" else 0,
            "fixed_minor": read_price(self.fixed.text(), currency) if kind == "fixed" else 0,
            "buy": self.buy.value() if kind == "buy_get" else 0,
            "free": self.free.value() if kind == "buy_get" else 0,
            "code": code or None,
            "uses": self.uses.value() or None,
            "ticket_type_ids": None if ids == self.types.ids else ids,
            "ends_at": None if self.until is None else self.until.read(),
            "combinable": self.combinable.isChecked(),
        }
