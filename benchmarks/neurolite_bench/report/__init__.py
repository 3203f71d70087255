"""What a measurement leaves: one JSON file, and everything that is shown of it."""
