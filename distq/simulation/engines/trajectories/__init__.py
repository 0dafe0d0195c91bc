"""State vectors: no fault and one fault exactly, more faults by random trajectories."""
