"""What a receptionist knows and can do; no agent lives in here."""
