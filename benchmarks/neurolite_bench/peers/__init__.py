"""What a user would pick instead, measured in the same run.

A new peer is a builder with a row in ``table.py``, and a kind with a row in ``kinds.py``.
"""
