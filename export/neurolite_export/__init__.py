"""Exports reference models to files for devices, each held against the reference first."""
