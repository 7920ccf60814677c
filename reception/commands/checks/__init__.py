"""What `reception doctor` looks at: one small function for each thing that calls depend on."""
