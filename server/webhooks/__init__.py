"""Messages to other programs of what happens here (Standard Webhooks): signed, logged, retried."""
