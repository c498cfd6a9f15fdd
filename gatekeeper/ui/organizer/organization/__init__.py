"""The desk's pages of the organization: people, programs that ask, the server."""
