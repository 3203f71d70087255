"""The interactive demonstration: a page that answers by itself, and a terminal version."""
