"""Is the result the original? Code that shares nothing with planning or execution.

In: the program, the network, and a plan or an emitted circuit. Out: whether the circuit was read rightly
(``source_checker``) and rewritten rightly (``rewriting_check``), what the plan costs by an independent replay
(``plan_checker``), and whether the emitted circuit, read back gate by gate, is the program (``circuit_checker``). Open
``plan_checker`` and ``circuit_checker`` first. ``plan_checker`` stands on ``plan_shapes`` and ``plan_order``;
``circuit_checker`` reads (``instructions``, ``ion_registers``, ``layout``), follows protocols (``extract``,
``ion_states``, ``open_x_blocks``, ``wide_gates``) and compares (``canonical_form``). ``compare_files`` is ``distq
check``.
"""
