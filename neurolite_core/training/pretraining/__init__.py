"""Weights that know a language before any label: a table solved for a teacher's vectors, then trained towards them."""
