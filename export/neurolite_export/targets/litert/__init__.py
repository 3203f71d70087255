"""LiteRT: every bucket through litert-torch, then rewritten and quantized in the flatbuffer."""
