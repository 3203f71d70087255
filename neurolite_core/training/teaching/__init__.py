"""What larger models give to a training: teachers, their kept logits, soft labels, augmented texts."""
