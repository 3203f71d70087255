"""What a transformer gives to a training with spans: texts in place of rows, and what each of their words is."""
