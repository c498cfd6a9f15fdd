"""Leads a supervisor from a holder who was found by name to their admission.

The ticket is claimed as if it had been scanned. Only where that lets nobody in may the supervisor
override, and sees first why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Decline, Scan, ScanOutcome
from gatekeeper.gate.scanned import PickedTicket
from gatekeeper.presenters.gate.found_holder_admission_content import (
    BACK,
    CONFIRM,
    count_options,
    identity_hint,
    identity_options,
    in_spite_options,
    question_hint,
    question_options,
    spell_refusal,
)
from gatekeeper.presenters.gate.holder_search_content import holder_facts
from gatekeeper.presenters.gate.open_decision import OpenDecision, Question
from gatekeeper.presenters.gate.supervisor_content import REFUSE
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.override_reasons import OverrideReason
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.ui.gate.paper_list_flow import (
    PAPER,
    DoAsSupervisor,
    ListedLine,
    PaperFlow,
    paper_option,
)
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS
from shared.admission.reasons import Verdict
from shared.kernel.ids import parse_ticket_id

Answer = Callable[[str], None]
"""Called with the key of the answer that was chosen."""
Ask = Callable[[str, str, Sequence[Option], Answer, str], None]
"""Asks a question: title, hint, answers, what is called, and how the hint looks."""
Claim = Callable[[Callable[[str], Scan], Callable[[ScanOutcome], None]], None]
"""Has a scan decided on that is made for the supervisor's id, and hands over the answer."""
LetIn = Callable[[Scan, str, Callable[[ScanAnswer], None]], None]
"""Has a scan overridden for a reason in the supervisor's name, and hands over the answer."""


class FoundFlow:
    """Who they are, how many, and the claim; a reason only where that does not let them in.

    Args:
        ask: Shows a question.
        claim: Has the ticket decided on.
        override: Lets in who was refused.
        do: Does what is no scan.
        scans: Knows time and zone.
        on_done: Told of the admission.
        on_refused: Called where nobody is let in.
    """

    def __init__(
        self,
        ask: Ask,
        claim: Claim,
        override: LetIn,
        do: DoAsSupervisor,
        scans: ScanFlow,
        on_done: Callable[[ScanAnswer], None],
        on_refused: Callable[[], None],
    ) -> None:
        self._put, self._claim, self._override = ask, claim, override
        self._do, self._scans = do, scans
        self._on_done, self._on_refused = on_done, on_refused
        self._paper = PaperFlow(ask, do, scans, on_refused)

    def begin(self, holder: FoundHolder) -> None:
        """Ask what has to be asked about a holder, then claim their ticket."""

        def answer(key: str) -> None:
            if key == CONFIRM:
                self._ask_count(holder)
            elif key == PAPER:
                self._paper.begin(ListedLine.of_holder(holder))
            else:
                self._on_refused()

        options = [*identity_options(holder), paper_option()]
        self._ask(holder, identity_hint(holder), options, answer)

    def _ask_count(self, holder: FoundHolder) -> None:
        if holder.persons < 2:
            self._claim_ticket(holder, 1)
            return
        hint, options = TEXTS.say("decide.how_many"), count_options(holder)
        self._ask(holder, hint, options, lambda key: self._claim_ticket(holder, int(key)))

    def _claim_ticket(self, holder: FoundHolder, count: int) -> None:
        def make(person: str) -> Scan:
            why = OverrideReason.IDENTITY_CONFIRMED
            found = PickedTicket(parse_ticket_id(holder.ticket_id), person, why)
            return Scan(found, count=count, id_checked=holder.checks_id)

        self._have_decided(holder, make)

    def _have_decided(self, holder: FoundHolder, make: Callable[[str], Scan]) -> None:
        """Have the ticket claimed, and ask what is to be asked first."""
        made: list[Scan] = []

        def make_once(person: str) -> Scan:
            made.append(make(person))
            return made[0]

        def take(outcome: ScanOutcome) -> None:
            assert isinstance(outcome, ScanAnswer)
            decision = OpenDecision(Question.ASK, made[0], outcome)
            if outcome.verdict == Verdict.ADMIT:
                self._on_done(outcome)
            elif decision.questions:
                self._ask_question(holder, decision)
            else:
                self._ask_in_spite(holder, made[0], outcome)

        self._ask(holder, TEXTS.say("checking.title"), (), lambda _: None)
        self._claim(make_once, take)

    def _ask_question(self, holder: FoundHolder, decision: OpenDecision) -> None:
        """Ask one of the organizer's questions; with the last answer the ticket is claimed."""

        def choose(key: str) -> None:
            scanned = decision.answer
            assert scanned is not None
            replied = None if key in {REFUSE, BACK} else decision.reply(int(key))
            if key == BACK:
                self._ask_question(holder, decision.step_back())
            elif replied is None:
                self._ask_in_spite(holder, decision.request, scanned)
            elif replied.asked is None:
                self._have_decided(holder, lambda _: replied.confirmed())
            else:
                self._ask_question(holder, replied)

        self._ask(holder, question_hint(decision), question_options(decision), choose)

    def _ask_in_spite(self, holder: FoundHolder, request: Scan, answer: ScanAnswer) -> None:
        """Say why they are not let in, and ask why they may enter all the same."""

        def choose(why: str) -> None:
            if why != REFUSE:
                self._override(request.after(answer), why, self._on_done)
            elif answer.verdict == Verdict.REFER:
                self._do(
                    partial(Decline, answer.claim_id, answer.ticket_id, "supervisor_refused"),
                    lambda _: self._on_refused(),
                )
            else:
                self._on_refused()

        why_not = spell_refusal(answer, now=self._scans.now(), zone=self._scans.zone)
        self._put(TEXTS.isolate(holder.name), why_not, in_spite_options(answer), choose, "bad")

    def _ask(
        self, holder: FoundHolder, hint: str, options: Sequence[Option], answer: Answer
    ) -> None:
        facts = holder_facts(holder, self._scans.now(), self._scans.zone)
        self._put(TEXTS.isolate(holder.name), f"{facts}\n{hint}", options, answer, "muted")
