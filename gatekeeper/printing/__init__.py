"""Tickets, receipts, reports and badges on paper, on screen and in files; a sale never waits."""
