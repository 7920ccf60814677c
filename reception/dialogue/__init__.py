"""What people say and what we answer: understanding, wording, the policy. No framework."""
