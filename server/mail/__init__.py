"""Mail to buyers: composed when it is sent, handed to the operator's own mail server."""
