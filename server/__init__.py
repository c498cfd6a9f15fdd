"""The server: everything that runs away from the gates, over one database."""
