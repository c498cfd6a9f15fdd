"""What devices call: the round trip of journal and feed, what gates relay, the push channel."""
