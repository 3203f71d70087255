"""What a model gets right and wrong, how far its scores can be trusted, and the report; no torch."""
