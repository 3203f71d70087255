"""Spans on a public set: a joint model through its int8 file, a CRF beside it, and what finding spans costs in time."""
