"""The C target: a network as whole numbers, docs/c-arithmetic.md, in one .nlm."""
