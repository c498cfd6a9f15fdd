"""What was so in a simulated evening: by the journals, and by who stood there."""
