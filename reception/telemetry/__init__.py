"""Telemetry: traces, metrics, logs and cost. Nothing in them says who a customer is."""
