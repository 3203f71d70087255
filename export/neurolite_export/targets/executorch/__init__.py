"""ExecuTorch: one method per length bucket, lowered to XNNPACK, in one .pte file."""
