"""Reservoirs trained without back-propagation and without PyTorch: every stage is a ridge regression, in numpy."""
