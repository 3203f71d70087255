"""Training of generators: whole texts to windows of words, and the next word at each."""
