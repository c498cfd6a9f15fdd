"""What is counted of each event as it happens, so that nobody has to fold its records to know."""
