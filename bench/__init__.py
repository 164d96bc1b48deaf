"""Measures Reelflow against the obvious way and its peers, side by side in one run; never asserts by the clock."""
