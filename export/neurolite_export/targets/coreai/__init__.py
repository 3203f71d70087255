"""Core AI: one .aimodel with a function per length bucket, for iOS 27, macOS 27 and later."""
