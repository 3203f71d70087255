"""One file for each kind of attack; ``neurolite_bench.attack.table`` has their rows."""
