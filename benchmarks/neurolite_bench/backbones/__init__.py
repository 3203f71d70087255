"""Every backbone at equal size: accuracy on five sets through the int8 ONNX file, time, memory, bytes, training."""
