"""What a model of several labels a text gets right and wrong: figures, thresholds, and its report; no torch."""
