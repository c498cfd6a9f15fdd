"""The whole story on one machine: a server, two gates and a till, with the cable cut between."""
