"""The optimiser: homes over time and sites of operations, searched together for the fewest Bell pairs."""
