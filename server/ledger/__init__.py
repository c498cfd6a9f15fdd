"""What became of each ticket: its uses, who is inside, the shares of a zone's room."""
