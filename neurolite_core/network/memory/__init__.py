"""The external memory: its options, the retrieval that all levels share, the levels, and the path that joins them."""
