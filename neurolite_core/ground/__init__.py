"""What every room stands on: errors, files from outside, checks of values, optional packages, exit codes."""
