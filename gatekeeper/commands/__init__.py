"""The verbs of `gatekeeper`, a file for each; `command_line` imports only the one that runs."""
