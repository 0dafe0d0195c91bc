"""Plans between few Bell pairs, high fidelity and short time."""
