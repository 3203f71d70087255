"""Rules that tests share."""

from __future__ import annotations

from typing import Final

TEXT: Final = """
[facts]
refund = ["refund*", "money back", "re*", "refunded",
  "chargeback", "réserv*"]
order = ["order <number>", "e-mail", "<number> days ago", "911", "9*"]
cancel = ["取消", "cancel* my order"]

[[rules]]
name = "refunds"
any = ["refund"]
force = "b"
reason = "Refunds are of b."

[[rules]]
name = "refunded orders"
all = ["order", "refunds"]
abstain = true
priority = 3

[[rules]]
name = "quiet"
none = ["refund"]
evidence = "a"
weight = 3.0

[[rules]]
name = "cancelled"
all = ["cancel"]
any = ["refunded orders", "order"]
none = ["quiet"]
forbid = ["a", "c"]
"""
# Rules that ask what the network says by itself, behind the others.
ASKING: Final = """
[[rules]]
name = "a said"
answer = ["a"]

[[rules]]
name = "a or c said of an order"
answer = ["a", "c"]
all = ["order"]
forbid = "a"

[[rules]]
name = "a said, and quiet"
all = ["a said", "quiet"]
none = ["a or c said of an order"]
force = "c"
priority = -2
"""
LABELS: Final = ("a", "b", "c")
WORDS: Final = [
    "refund",
    "refunds",
    "Refunded",
    "money",
    "back",
    "re",
    "redo",
    "chargeback",
    "réservation",
    "réserver",
    "e",
    "-",
    "mail",
    "mails",
    "order",
    "12",
    "3pm",
    "days",
    "ago",
    "911",
    "9112",
    "9a",
    "取消",
    "取",
    "消",
    "cancelling",
    "my",
    "order",
    "9",
    ",",
    ".",
    "red",
    "fund",
    "ORDER",
    "hello",
    "there",
]
