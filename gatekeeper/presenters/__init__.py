"""What the window's pages and verdicts say and look like, as plain values; without Qt."""
