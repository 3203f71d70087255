"""Trained reference points: an LSTM and a transformer that read and say the entries of a generator's vocabulary."""
