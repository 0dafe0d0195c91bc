"""State vectors and the compiled kernels that act on them."""
