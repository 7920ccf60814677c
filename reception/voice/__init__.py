"""From a decision to what is heard: the policy as an LLM, the guard, the session."""
