"""The reference model: its config and presets, projection, backbones, pooling, heads."""
