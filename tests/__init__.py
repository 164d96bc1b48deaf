"""Tests. Clips come from `clips`, never from the network; a test that takes over ten seconds is marked `slow`."""
