"""What is put on: events, their states and occurrences, and how their gates work alone."""
