"""What an LLM may do. A tool checks, calls the core, and answers in one sentence."""
