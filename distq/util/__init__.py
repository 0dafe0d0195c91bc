"""Small tools without knowledge of circuits or networks, which any wing may use.

``text`` (words of messages), ``output_files`` (files that are complete or absent), ``jit`` (the one way to compile
kernels), ``counter_rng`` (random numbers that kernels share), ``gc_pause`` (the cycle collector at rest),
``union_find``. Each stands alone: open the one that you need.
"""
