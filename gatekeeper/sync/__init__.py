"""Enrolment, manifests and the one round trip; the only room of the gate that speaks HTTP."""
