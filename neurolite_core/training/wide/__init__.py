"""The wide path's training: a linear model of a text's n-grams, and how much of it the answer gets."""
