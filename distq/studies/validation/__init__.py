"""Does distq predict published experiments and closed forms?

In: a seed and a number of samples. Out: a row for every comparison. Open ``validate`` first: it has all comparisons
with their sources; ``oxford_2025``, which the rows of that experiment come from, is a model of two linked modules that
shares no code with the simulator (tests/studies/test_validation.py compares the two); ``table`` shows the rows.
"""

from distq.studies.validation.validate import Row, failures, validation_rows

__all__ = ["Row", "failures", "validation_rows"]
