"""One file for each format that is read here, and the table by which a format is recognised."""
