"""How an event's gates behave, as the organizer sets it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shared.admission.code_guessing import MISSES_PER_MINUTE_DEFAULT
from shared.admission.offline_policy import OFFLINE_POLICY_DEFAULT, OfflinePolicy
from shared.kernel.instant import SECOND, Duration
from shared.manifest.event_config import CLAIM_BUDGET_MS_DEFAULT, KNOWLEDGE_AGE_MAX_S_DEFAULT


class GatePolicy(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The event's settings for gates; kept as JSON, fields are only added, with defaults.

    Attributes:
        offline_policy: Who may admit when the network fails.
        claim_budget_ms: How long a gate waits for the ledger before it goes on.
        knowledge_age_max_s: Older knowledge sends scans to a supervisor; None for no bound.
        names_at_gates: Whether holders' names travel to gates, sealed, with each publication.
        manual_guesses_per_minute: How many manual codes that no ticket has a device may try, in
            the long run: ten at once (or that many, if more), then so many a minute. Beyond it a
            person must look at each manual code.
        stewards_may_search: Whether stewards on duty look guests up by name without a supervisor;
            to let somebody in without a code still takes one.
    """

    offline_policy: OfflinePolicy = OFFLINE_POLICY_DEFAULT
    claim_budget_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = CLAIM_BUDGET_MS_DEFAULT
    knowledge_age_max_s: Annotated[int, msgspec.Meta(ge=60, le=31_536_000)] | None = (
        KNOWLEDGE_AGE_MAX_S_DEFAULT
    )
    names_at_gates: bool = False
    manual_guesses_per_minute: Annotated[int, msgspec.Meta(ge=1, le=600)] = (
        MISSES_PER_MINUTE_DEFAULT
    )
    stewards_may_search: bool = False

    @property
    def knowledge_age_max_us(self) -> Duration | None:
        """Return the bound in µs, as `EventConfig.knowledge_age_max` has it."""
        if self.knowledge_age_max_s is None:
            return None
        return self.knowledge_age_max_s * SECOND


def policy_to_json(policy: GatePolicy) -> object:
    """Return what the event's `policy` column holds."""
    return msgspec.to_builtins(policy)


def policy_from_json(value: object) -> GatePolicy:
    """Read the event's `policy` column."""
    return msgspec.convert(value, GatePolicy)
