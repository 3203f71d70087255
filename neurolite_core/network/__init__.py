"""The reference model: its config and presets, projection, backbones, memory and state, pooling, heads."""
