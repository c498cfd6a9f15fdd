"""An evening under the policy `home`, with a home that gives away what nobody has asked it for."""
