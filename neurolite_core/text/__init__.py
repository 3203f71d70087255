"""Bytes to characters to words, and the lines and rows of files; no model, no torch."""
