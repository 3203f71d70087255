"""Measurements: how good the hash is, and what a text costs from bytes to answer."""
