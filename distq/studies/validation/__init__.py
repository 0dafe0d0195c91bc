"""Published experiments and closed forms against what distq predicts."""
