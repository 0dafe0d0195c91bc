"""Programs for real nodes: a distributed circuit as one program per QPU, and their execution in processes.

``split`` makes them, ``directory`` writes them with their tables, ``formats`` has a writer for each language, and
``runtime`` executes them.
"""
