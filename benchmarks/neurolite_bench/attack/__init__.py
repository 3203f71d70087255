"""Damaged and hostile files, streams, signals and threads, made anew by a seed: what do they do to us?

A kind of attack is a file of ``kinds`` and a row of ``table.py``. Files are opened one after the other in a child
process (``worker.py``), which may die of them; ``python -m neurolite_bench.attack`` counts.
"""
