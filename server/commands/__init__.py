"""The verbs of `gatekeeper-server`, one file each."""
