"""Who is at the till, and what they may do: cashiers by their rights, supervisors everything."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.store.store import Store
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.manifest.price_plan import RefundTerm
from shared.sales.cashier_rights import EVERY_RIGHT, NO_RIGHTS, CashierRights
from shared.sales.cashiers import CashierConfig, find_cashier
from shared.sales.transfer_terms import may_be_passed_on

Check = Callable[[CashierRights], bool]
"""Tells whether rights suffice for something."""


class TillStaff:
    """Answers by what the server told last; it asks nobody, so that a cut-off till works on."""

    def __init__(
        self, store: Store, knowledge: Knowledge, organization_id: OrganizationId
    ) -> None:
        """Read the store's list, and the present event's supervisors."""
        self._store = store
        self._knowledge = knowledge
        self._organization_id = organization_id

    @property
    def cashiers(self) -> tuple[CashierConfig, ...]:
        """Everybody who may be at this till."""
        return self._store.cashiers.get()

    def find_badge(self, code: str) -> CashierConfig | None:
        """Return whose badge a scanned code is; None for anything else, supervisors' included."""
        return find_cashier(code, self.cashiers, self._organization_id)

    def is_supervisor(self, person: str) -> bool:
        """Tell whether an id is that of a supervisor of the present event."""
        event = self._knowledge.event
        return (
            bool(person)
            and event is not None
            and any(one.id == person for one in event.config.supervisors)
        )

    def rights_of(self, person: str) -> CashierRights:
        """Return what somebody may do; of whoever is not known, nothing."""
        if self.is_supervisor(person):
            return EVERY_RIGHT
        found = next((one for one in self.cashiers if one.id == person), None)
        return NO_RIGHTS if found is None else found.rights

    def refund_terms(self) -> tuple[RefundTerm, ...]:
        """Return what of a ticket's price goes back, by the present event's plan."""
        event = self._knowledge.event
        return () if event is None else event.config.prices.refunds

    def may_pass_on(self, at: Instant) -> bool:
        """Tell whether a ticket may get another holder, by the present event's plan."""
        event = self._knowledge.event
        return event is None or may_be_passed_on(event.config.prices.transfers_until, at)

    def cash_step(self) -> int:
        """Return what cash is rounded to at the present event, in minor units."""
        event = self._knowledge.event
        return 1 if event is None else event.config.prices.cash_step_minor

    def may(self, check: Check, cashier: str, authorized_by: str = "") -> bool:
        """Tell whether somebody may do something, on their own or because another allows it.

        Args:
            check: What rights it takes.
            cashier: Who does it.
            authorized_by: Who allows it, "" for nobody; their own rights must suffice.
        """
        if check(self.rights_of(cashier)):
            return True
        return bool(authorized_by) and check(self.rights_of(authorized_by))
