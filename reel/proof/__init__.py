"""What proves that outputs are what was asked for. It shares nothing with the code that plans and composes but values."""
