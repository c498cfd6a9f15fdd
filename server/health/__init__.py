"""Whether the server works: liveness, readiness, metrics."""
