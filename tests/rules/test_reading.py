"""``rules.toml`` is read as documented, and every error names its line and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.ground.errors import InputError
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_core.rules.entries import read_entry, words_of
from neurolite_core.rules.parts import NUMBER, PREFIX, WORD
from neurolite_core.rules.program import compile_rules
from neurolite_core.rules.reading import parse_rules, read_rules
from rules_made import LABELS, TEXT
from texts import ROOT

SMALL = """[facts]
one = ["alpha", "beta",
  "gamma delta"]

[[rules]]
name = "r"
any = ["one"]
force = "a"
"""


def test_a_file_is_read() -> None:
    rules = parse_rules(TEXT, "rules.toml")
    assert list(rules.facts) == ["refund", "order", "cancel"]
    assert [rule.name for rule in rules.rules] == [
        "refunds",
        "refunded orders",
        "quiet",
        "cancelled",
    ]
    first, second, third, last = rules.rules
    assert (first.effect, first.labels, first.reason) == ("force", ("b",), "Refunds are of b.")
    assert (second.effect, second.priority, second.all_of) == ("abstain", 3, ("order", "refunds"))
    assert (third.effect, third.weight, third.learns) == ("evidence", 3.0, False)
    assert last.labels == ("a", "c")
    assert [phrase[0].kind for phrase in rules.facts["order"]] == [WORD, WORD, NUMBER, WORD, PREFIX]


def test_the_example_fits_the_model_of_the_package() -> None:
    labels = json.loads((DEFAULT_CHECKPOINT / "labels.json").read_text("utf-8"))["labels"]
    rules = read_rules(ROOT / "examples/rules.toml")
    program = compile_rules(rules, labels, several=False, num_hashes=16, table_size=8_192)
    assert (len(program.order), program.logic.asks) == (5, 1)


WRONG = [
    ("[facts]", "[facts", "is not valid TOML: .*line 1"),
    ("[facts]", "[fact]", "unknown table 'fact'; it has: facts, rules"),
    ('"beta",', '"beta", "Alpha",', "line 2: fact 'one': 'Alpha' is the same as 'alpha'"),
    ('"gamma delta"', '"beta"', "line 3: fact 'one': 'beta' stands twice"),
    ('"gamma delta"', '"a b c d e f g h i"', "line 3: .* has 9 words .* at most 8"),
    ('"gamma delta"', '" "', "line 3: .* has no words"),
    ('"gamma delta"', '"ga*mma"', "line 3: .* a star elsewhere"),
    ('"gamma delta"', '"*"', "line 3: .* a star without the beginning"),
    ('"gamma delta"', '"abcxabcyabc*"', "line 3: .* the same letters beside each other in another order"),
    ('"gamma delta"]', '3]', "line 2: fact 'one' is .*; give a list of words"),
    ('["alpha", "beta",\n  "gamma delta"]', "[]", "line 2: fact 'one' is an empty list"),
    ('name = "r"\n', "", "line 5: the rule has no name"),
    ('name = "r"', 'name = ""', "line 6: a rule is called ''"),
    ('name = "r"', 'name = "one"', "line 6: 'one' is a fact already"),
    ('any = ["one"]', 'any = ["onne"]', "line 7: no fact and no rule is called 'onne'. Did you mean 'one'"),
    ('any = ["one"]', "any = []", "line 7: any is an empty list"),
    ('any = ["one"]', 'any = ["one", "one"]', "line 7: any has 'one' twice"),
    ('any = ["one"]', 'any = [3]', "line 7: any is .*; give a list of names"),
    ('any = ["one"]\n', "", "line 5: rule 'r' has no condition"),
    ('any = ["one"]', 'all = ["one"]\nnone = ["one"]', "line 5: rule 'r' can never fire"),
    ('any = ["one"]', 'any = ["r"]', "line 5: rules ask for each other in a circle: r -> r"),
    ('any = ["one"]', 'anny = ["one"]', "line 7: unknown key 'anny'.* Did you mean any"),
    ('force = "a"', 'force = ["a"]', "line 8: force is .*; give one label"),
    ('force = "a"', 'force = "a"\nabstain = true', "line 9: rule 'r' has force and abstain"),
    ('force = "a"', "abstain = false", "line 8: abstain is False; give true"),
    ('force = "a"', 'evidence = "a"\nweight = 21', "line 9: weight is 21; give a number up to 20"),
    ('force = "a"', 'force = "a"\nweight = 2', "line 9: weight is of evidence"),
    ('force = "a"', 'force = "a"\npriority = 1.5', "line 9: priority is 1.5"),
    ('force = "a"', 'force = "a"\nreason = 3', "line 9: reason is 3"),
    ('[[rules]]\nname = "r"\nany = ["one"]\nforce = "a"\n', "", "has 0 rules; give 1 to 1,000"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_errors_name_their_line(old: str, new: str, said: str) -> None:
    assert old in SMALL
    with pytest.raises(InputError, match=f"rules.toml.*{said}"):
        parse_rules(SMALL.replace(old, new), "rules.toml")


def test_circles_over_several_rules_are_named() -> None:
    more = SMALL + '\n[[rules]]\nname = "s"\nall = ["t"]\n\n[[rules]]\nname = "t"\nnone = ["s"]\n'
    with pytest.raises(InputError, match=r"line \d+: .* in a circle: s -> t -> s"):
        parse_rules(more, "rules.toml")


def test_a_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(SMALL.encode() + b"# \xff\n")
    with pytest.raises(InputError, match="line 9: it is not UTF-8"):
        read_rules(path)


FOR_A_MODEL = [
    ('force = "a"', 'force = "d"', r"line 8: rule 'r' names the label 'd'; the model has 'a', 'b'"),
    ('force = "a"', 'answer = ["x"]\nforce = "a"', "line 8: rule 'r' names the label 'x'"),
    ('force = "a"', 'forbid = ["a", "b", "c"]', "line 8: rule 'r' forbids every label"),
]


@pytest.mark.parametrize(("old", "new", "said"), FOR_A_MODEL)
def test_rules_that_do_not_fit_a_model_are_refused(old: str, new: str, said: str) -> None:
    rules = parse_rules(SMALL.replace(old, new), "rules.toml")
    with pytest.raises(InputError, match=f"rules.toml, {said}"):
        compile_rules(rules, LABELS, several=False, num_hashes=4, table_size=512)


@pytest.mark.parametrize(
    ("second", "contradicts"),
    [
        ('any = ["one"]\nforce = "b"', True),
        ('any = ["one"]\nforbid = "a"', True),
        ('any = ["one"]\nabstain = true', True),
        ('any = ["one"]\nforce = "a"', False),
        ('any = ["one"]\nforbid = "b"', False),
        ('any = ["one"]\nforce = "b"\npriority = 1', False),
        ('all = ["one", "two"]\nforce = "b"', True),
        ('any = ["two"]\nforce = "b"', False),
        ('all = ["one"]\nnone = ["two"]\nforce = "b"', True),
        ('any = ["one", "two"]\nforce = "b"', True),
        ('any = ["one"]\nanswer = ["a"]\nforce = "b"', True),
    ],
)
def test_contradictions_of_equal_priority_are_refused(second: str, contradicts: bool) -> None:
    text = SMALL.replace("\n[[rules]]", 'two = ["omega"]\n\n[[rules]]', 1)
    rules = parse_rules(f'{text}\n[[rules]]\nname = "s"\n{second}\n', "rules.toml")
    if contradicts:
        with pytest.raises(InputError, match=r"line 11: rule 's' contradicts 'r' of line 6"):
            compile_rules(rules, LABELS, several=False, num_hashes=16, table_size=512)
    else:
        compile_rules(rules, LABELS, several=False, num_hashes=16, table_size=512)


def test_several_labels_a_text_may_all_be_forced() -> None:
    text = f'{SMALL}\n[[rules]]\nname = "s"\nany = ["one"]\nforce = "b"\n'
    rules = parse_rules(text, "rules.toml")
    compile_rules(rules, LABELS, several=True, num_hashes=16, table_size=512)


def test_words_with_the_same_indices_are_refused() -> None:
    names = ", ".join(f'"word{a}{b}"' for a in "abcdefghijklmnop" for b in "abcdefghijklmnop")
    rules = parse_rules(SMALL.replace('"beta",', f'"beta", {names},'), "rules.toml")
    with pytest.raises(InputError, match="have the same 1 indices in a table of 64"):
        compile_rules(rules, LABELS, several=False, num_hashes=1, table_size=64)


@given(st.text(max_size=40))
def test_any_entry_is_read_or_refused(entry: str) -> None:
    try:
        phrase = read_entry(entry)
    except InputError:
        return
    plain = entry.replace("<number>", "7").replace("*", "")
    words = [letters for letters, _ in words_of(plain.encode("utf-8", "surrogatepass"))]
    assert all(element.holds(word) for element, word in zip(phrase, words, strict=True))
