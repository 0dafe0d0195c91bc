"""Sampled runs of circuits with measurements, resets and conditions inside."""
