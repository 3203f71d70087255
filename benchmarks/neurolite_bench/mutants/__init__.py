"""Do the tests notice a fault? Faults are put into a copy of the tree, one at a time, and covering tests run."""
