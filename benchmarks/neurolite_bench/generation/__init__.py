"""Next words: perplexity, bits per byte and the top three, of a generator and of the reference points."""
