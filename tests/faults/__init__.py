"""A running installation, and what befalls it: `make faults`. One fault per trial, at a random moment; then all is held
against what must be true afterwards (docs/faults.md)."""
