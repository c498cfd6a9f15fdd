"""Who somebody is: users, passwords, sessions, tokens, API keys."""
