"""Training through time: conversations to a network with a memory, their turns in order."""
