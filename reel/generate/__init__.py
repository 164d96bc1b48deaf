"""Carrying a generation through: from its request, by findings and plan, to verified outputs and a report."""
