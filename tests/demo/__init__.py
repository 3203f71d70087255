"""The page, its server and the terminal."""
