"""One call: what is known, what was asked, what was decided, how it ended."""
