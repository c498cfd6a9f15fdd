"""Work that goes on beside the requests while the application runs."""
