"""Measuring: fresh processes, in turn."""
