"""What operators see: logs, metrics, traces. Knows nothing of the pipeline; values come in, text goes out."""
