"""Networks from word vectors (N, L, H) and a mask (N, L, 1) to word vectors (N, L, H).

A new backbone is two files here, ``NAME.py`` (the module, PyTorch) and ``NAME_options.py`` (its ``BackboneOptions``,
without PyTorch, because the config reads them), and a row in ``table.py``.
"""
