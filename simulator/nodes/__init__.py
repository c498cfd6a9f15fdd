"""The machines of a simulated world: servers, gates, scanners, and what lies between."""
