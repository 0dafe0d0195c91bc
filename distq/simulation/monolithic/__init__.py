"""The one big machine that a distributed circuit is compared with."""
