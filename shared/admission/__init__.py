"""The one decision that gates and server share: may this scan pass, and if not, why."""
