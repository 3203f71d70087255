"""Training of a head over words: texts with spans to a network that finds them, beside the text's label or alone."""
