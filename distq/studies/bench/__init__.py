"""Which strategy is best? A grid of circuits, networks, strategies, seeds and options, run over all cores and compared.

In: files, folders and families of circuits, networks, strategies. Out: a results file, one JSON object a line, and a
table. Open ``grid`` first: it runs what the file does not hold yet. ``tasks`` are the cells of the grid (``inputs``
their circuits, ``options`` how they are done), ``workers`` the processes that do them, ``results`` the file,
``grid_file`` a grid in TOML. ``reading`` finds the rows that may be compared, ``pivot`` compares them, ``render`` and
``plots`` show that.
"""

from distq.studies.bench.grid import run_grid, shard
from distq.studies.bench.options import TaskOptions, combinations
from distq.studies.bench.render import comparison
from distq.studies.bench.results import DiskError, Results
from distq.studies.bench.tasks import COLUMNS, Result, Task, grid_tasks, perform

__all__ = [
    "COLUMNS",
    "DiskError",
    "Result",
    "Results",
    "Task",
    "TaskOptions",
    "combinations",
    "comparison",
    "grid_tasks",
    "perform",
    "run_grid",
    "shard",
]
