"""A grid of circuits, networks, strategies and seeds, run over all cores and compared."""
