"""A device that claims tickets among gates, never says what became of them, and is revoked."""
