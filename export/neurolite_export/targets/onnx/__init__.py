"""ONNX: the network captured by torch.export, the hash as a model-local function in front of it."""
