"""What the version before has stored, as text, and that this one goes on from it."""
