"""The command line `reel`: plan, render and probe in this process, without Prefect."""

from reel.cli.main import app, main

__all__ = ["app", "main"]
