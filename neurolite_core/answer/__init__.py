"""What outputs mean: labels, probabilities, thresholds; no torch."""
