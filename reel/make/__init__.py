"""Making steps: each one is looked up, else made in a private folder, verified, and published under its key."""
