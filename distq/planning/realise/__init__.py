"""Turns decisions into the steps of a plan, within the data and memory ions of every QPU.

In: a program, a network and a placement (homes over time, the QPU of every gate, their order). Out: a plan. Open
``realise`` first: with ``copies``, ``embedding``, ``next_use`` and ``move_cycle`` it carries out a placement.
``gate_sites`` (by ``vertex_cover``), ``gate_order`` and ``packet_order`` choose good placements for fixed homes.
``step_writer`` and ``qubit_moves`` serve strategies that write their steps one by one instead.
"""
