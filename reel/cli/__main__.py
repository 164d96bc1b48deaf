"""`python -m reel.cli`."""

from reel.cli import main

main()
