"""Which strategy is best? A grid of circuits, networks, strategies and seeds, run over all cores and compared.

In: names of files, networks and strategies. Out: a results file, one JSON object a line, and a table. Open ``grid``
first: it runs what the file does not hold yet. ``tasks`` are the cells of the grid, ``workers`` the processes that do
them, ``results`` the file, ``table`` the comparison.
"""

from distq.studies.bench.grid import run_grid
from distq.studies.bench.results import Results
from distq.studies.bench.table import comparison
from distq.studies.bench.tasks import Result, Task, grid_tasks, perform

__all__ = ["Result", "Results", "Task", "comparison", "grid_tasks", "perform", "run_grid"]
