"""What a device keeps on its disk: profile, journal, manifest; the only room with a database."""
