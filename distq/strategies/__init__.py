"""Strategies: program and network in, plan out. Importing this package registers them all."""
