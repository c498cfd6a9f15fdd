"""Organizations, their members and invitations, as people and programs ask for them."""
