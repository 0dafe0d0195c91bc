"""Does distq predict published experiments and closed forms?

In: nothing but a seed. Out: a row for every comparison. Open ``validate`` first: it has all comparisons with their
sources; ``oxford_2025`` is a model of two linked modules that shares no code with the simulator, ``table`` shows the
rows.
"""

from distq.studies.validation.validate import Row, failures, validation_rows

__all__ = ["Row", "failures", "validation_rows"]
