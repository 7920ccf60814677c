"""The line: how a conversation reaches the customer, and the one way it ends."""
