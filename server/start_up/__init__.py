"""What happens to a database before a server or a verb of the command line works with it."""
