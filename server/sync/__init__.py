"""The ledger's online half: claims, the exchange of journals and changes, the push channel."""
