"""Small tools without knowledge of circuits or networks: text, files, compiled kernels, random numbers."""
