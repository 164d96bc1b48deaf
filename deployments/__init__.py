"""Running Reelflow on Prefect: what prefect.yaml cannot say. Everything here is safe to run twice."""

import os

# A client of Prefect that knows no address would start a server of its own, unseen. On the SQLite of one that runs already, the
# two lock each other out for minutes; on an empty one, nothing is ever found. Before anything of ours imports Prefect.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_ENABLED", "false")
