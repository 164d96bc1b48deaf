"""The lock of every operation: what it makes of small fixed inputs, beside its `rules`.

A change of output without a raised `rules` would serve old artefacts for new ones, for ever. `examples.py` holds the inputs,
`signature.py` says what is kept of results, and `locked/` holds those of this version; `make lock-operations` renews them.
"""
