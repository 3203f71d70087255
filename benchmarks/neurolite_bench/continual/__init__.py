"""Continual learning, measured: what is learned task after task, and what of it is left.

``python -m neurolite_bench.continual --encoder FILE.onnx`` embeds clinc150 and sib200's topics once through an exported
file, teaches them task after task in every way, and writes ``benchmarks/results/continual.json``.
"""
