"""Programs that compute with measurement outcomes, as circuits whose conditions test classical bits.

In: gates, measurements and resets, each on a *path* (the outcomes after which it happens), and values that depend on
outcomes. Out: a Qiskit circuit in which every condition reads bits that nothing has overwritten. A reader walks its
language, writes into a ``recorder.Recorder``, and computes with the values of ``values``; ``hosts`` then decides which
classical bit keeps which outcome, and ``writer`` makes the circuit.
"""
