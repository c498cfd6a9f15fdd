"""Card terminals: what they speak, and what is known of each payment that they were asked for."""
