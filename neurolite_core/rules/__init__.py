"""Rules: what ``rules.toml`` says, checked and compiled to tables of numbers; no torch."""
