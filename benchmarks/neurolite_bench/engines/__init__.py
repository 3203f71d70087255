"""What engines that are not ONNX Runtime make of static ONNX files."""
