"""A placement becomes the steps of a plan, within the memory ions of every QPU.

In: a program and a placement (homes over time, sites of gates). Out: plan steps. Open ``realise`` first.
"""
