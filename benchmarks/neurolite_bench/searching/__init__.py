"""``neurolite-search``: configurations by evolution, and what is worth having of accuracy, size and time."""
