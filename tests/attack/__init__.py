"""Attacks on one worker: hostile files, texts, paths and addresses, and mutations of good files (docs/bounds.md).

Each must end in a named class of error, or well; within a minute and 2 GB in all processes together; with no canary read,
nobody called, and the worker alive.
"""
