"""Which spans of its texts a model finds, which it misses and invents: figures, thresholds, and a report; no torch."""
