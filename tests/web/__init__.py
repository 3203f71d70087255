"""The ES module and its WebAssembly builds."""
