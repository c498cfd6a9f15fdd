"""How the desk is opened: a server, an account, a second factor; a server taken over."""
