"""Words to table indices, in numpy and inside a graph; knows numbers (K, M, words), not the model's config."""
