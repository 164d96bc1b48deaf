"""Running Reelflow on Prefect: what prefect.yaml cannot say. Everything here is safe to run twice."""
