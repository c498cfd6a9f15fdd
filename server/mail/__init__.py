"""Mail to one buyer or to all, composed when sent, handed to the operator's mail server."""
