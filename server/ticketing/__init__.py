"""What is sold: ticket types, inventory, tickets; tells gates of every change."""
