"""From rows to a checkpoint: the run, its loop, its teachers; what needs PyTorch is imported where it is used."""
