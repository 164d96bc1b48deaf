"""The program that confines other programs: its source, and what was built of it for each kind of machine (README.md)."""
