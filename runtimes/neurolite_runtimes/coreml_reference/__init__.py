"""Core ML's operations in numpy: reads a saved .mlpackage back and computes it on any machine."""
