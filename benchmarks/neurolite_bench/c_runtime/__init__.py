"""The C runtime beside onnxruntime and fastText: time, memory, cold start."""
