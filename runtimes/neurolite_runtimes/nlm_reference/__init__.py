"""Computes a .nlm in numpy from docs/c-arithmetic.md alone: the reference of the C library. Right numbers, no speed."""
