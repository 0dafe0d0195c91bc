"""Executes node programs: one process per node, and one that holds the state of all ions.

``run`` starts them and collects the results, ``node`` is the process of a node, ``server`` that of the state. Messages
go over sockets of this machine: between nodes directly, and from every node to the server for what it does to its ions.
"""
