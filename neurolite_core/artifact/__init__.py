"""What a file says of itself and how each format is read; buckets; checkpoints."""
