"""What gates are given to work alone: keys, credentials, signed manifests."""
