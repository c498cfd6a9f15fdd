"""The office: everything that runs away from the gates, over one database."""
