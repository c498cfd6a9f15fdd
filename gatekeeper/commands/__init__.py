"""The verbs of `gatekeeper`, a file for each; `gatekeeper.cli` imports only the one that runs."""
