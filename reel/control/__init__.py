"""Running an installation: orders, their ledger, dead letters, webhooks, retention. Knows no pixels and no samples."""
