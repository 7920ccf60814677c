"""The four agents that share one call: greeter, confirmation, rescheduling, voicemail."""
