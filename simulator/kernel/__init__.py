"""What a simulated world stands on: virtual time, dice, disks, links and sockets."""
