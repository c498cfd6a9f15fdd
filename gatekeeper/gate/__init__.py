"""The lane's pipeline: present, decide, claim, journal, answer."""
