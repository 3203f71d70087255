"""Reference points that are trained: an LSTM and a transformer that read and say entries of a generator's vocabulary."""
