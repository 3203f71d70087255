"""Training on your own data; what needs PyTorch is imported where it is used."""
