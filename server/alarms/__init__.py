"""Alarms: what an organizer must hear of at once: raised once, until it ends."""
