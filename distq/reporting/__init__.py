"""What came out, for people and machines: the report row, tables, files and pictures.

In: results of compiling and simulating. Out: a :class:`distq.reporting.report.Report`, text, JSON, files, figures.
Open ``report`` first: its fields are the keys of ``--json``. ``build`` fills it in, ``table`` shows it, ``save`` writes
circuits and plans, ``figures/`` draws.
"""
