"""Core ML: one ML program whose input has a shape per length bucket, for iOS 17 and later."""
