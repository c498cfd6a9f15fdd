"""What supervisors may do at a gate, and how often a PIN may be guessed; no window, no disk."""
