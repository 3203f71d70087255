"""Sizes and times of the module for pages and node."""
