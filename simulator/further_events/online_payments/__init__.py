"""An evening whose shop has its payments from a provider that tells of them late and twice."""
