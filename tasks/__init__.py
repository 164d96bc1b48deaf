"""A task gives one function of the core its name, retries and cache key; nothing else."""
