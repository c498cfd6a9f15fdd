"""What listens: worker processes, their sockets, and how long a stranger may hold one."""
