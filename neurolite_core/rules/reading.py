"""``rules.toml`` to a ``RuleSet``: every error names its line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.ground.values import listed, shown
from neurolite_core.rules.entries import read_entry
from neurolite_core.rules.lines import Lines
from neurolite_core.rules.parts import (
    ABSTAIN,
    EVIDENCE,
    FORBID,
    FORCE,
    LARGEST_WEIGHT,
    MOST_ENTRIES,
    MOST_NAME,
    MOST_PRIORITY,
    MOST_REASON,
    MOST_RULES,
    NOTHING,
    Phrase,
    Rule,
    RuleSet,
)

_LIMIT: Final = 2**22
_TOP: Final = ("facts", "rules")
_KEYS: Final = (
    "name", "all", "any", "none", "answer", FORCE, FORBID, EVIDENCE, ABSTAIN, "weight", "priority", "reason",
)  # fmt: skip
_EFFECTS: Final = (FORCE, FORBID, EVIDENCE, ABSTAIN)


def read_rules(path: Path) -> RuleSet:
    """Reads a file of rules.

    Raises:
        InputError: it cannot be read, or as ``parse_rules``.
    """
    content = read_limited(path, _LIMIT)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: it is not UTF-8; save it as UTF-8.") from error
    return parse_rules(text.removeprefix("\ufeff"), str(path))


def parse_rules(text: str, source: str) -> RuleSet:
    """Reads and checks what can be checked without a model.

    Args:
        text: TOML with a table ``facts`` and an array of tables ``rules``; docs/rules.md has all keys.
        source: name of the file, for messages.

    Raises:
        InputError: it is no such file; recursive rules, unknown names, phrases that are too long, empty lists,
            duplicates, rules that can never fire. The message names file and line.
    """
    lines = Lines(source, text)
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{source} is not valid TOML: {error}") from error
    for key in values:
        if key not in _TOP:
            raise InputError(f"{source}: unknown table {shown(key)}; it has: {', '.join(_TOP)}.")
    facts = _facts(values.get("facts", {}), lines)
    tables = values.get("rules", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{source}: rules is no list of tables; begin each rule with [[rules]].")
    if not 1 <= len(tables) <= MOST_RULES:
        raise InputError(f"{source} has {len(tables):,} rules; give 1 to {MOST_RULES:,}.")
    rules = tuple(_rule(table, number, lines) for number, table in enumerate(tables))
    found = RuleSet(source, text, facts, rules, {name: lines.fact(name) for name in facts})
    _check_names(found, lines)
    _check_recursion(found, lines)
    return found


def _facts(table: object, lines: Lines) -> dict[str, tuple[Phrase, ...]]:
    if not isinstance(table, dict):
        raise InputError(f"{lines.source}: facts is no table; begin it with [facts].")
    found: dict[str, tuple[Phrase, ...]] = {}
    total = 0
    for name, entries in table.items():
        line = lines.fact(name)
        _check_name("fact", name, line, lines)
        if not isinstance(entries, list) or not all(isinstance(item, str) for item in entries):
            raise lines.error(
                line,
                f'fact {shown(name)} is {shown(entries)}; give a list of words: {name} = ["refund*"].',
            )
        if not entries:
            raise lines.error(
                line, f"fact {shown(name)} is an empty list; give words, or leave it out."
            )
        total += len(entries)
        if total > MOST_ENTRIES:
            raise lines.error(line, f"the facts have more than {MOST_ENTRIES:,} entries.")
        found[name] = _phrases(name, entries, lines)
    return found


def _phrases(name: str, entries: Sequence[str], lines: Lines) -> tuple[Phrase, ...]:
    seen: dict[Phrase, str] = {}
    for number, entry in enumerate(entries):
        try:
            phrase = read_entry(entry)
        except InputError as error:
            raise lines.error(lines.fact(name, number), f"fact {shown(name)}: {error}") from error
        if phrase in seen:
            same = (
                "stands twice" if entry == seen[phrase] else f"is the same as {shown(seen[phrase])}"
            )
            raise lines.error(
                lines.fact(name, number),
                f"fact {shown(name)}: {shown(entry)} {same}; leave one out.",
            )
        seen[phrase] = entry
    return tuple(seen)


def _rule(table: Mapping[str, Any], number: int, lines: Lines) -> Rule:
    line = lines.rule(number)
    for key in table:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise lines.error(
                lines.rule(number, key),
                f"unknown key {shown(key)}; a rule has: {', '.join(_KEYS)}.{hint}",
            )
    name = table.get("name")
    if not isinstance(name, str):
        raise lines.error(line, 'the rule has no name; give one: name = "refunds".')
    _check_name("rule", name, lines.rule(number, "name"), lines)
    given = {key: _names(table, key, number, lines) for key in ("all", "any", "none", "answer")}
    if not any(given.values()):
        raise lines.error(
            line, f"rule {shown(name)} has no condition; give all, any or none of facts, or answer."
        )
    never = [item for item in given["none"] if item in given["all"]]
    if not never and given["any"] and set(given["any"]) <= set(given["none"]):
        never = list(given["any"])
    if never:
        raise lines.error(
            line, f"rule {shown(name)} can never fire: it wants {listed(never)}, and none of it."
        )
    effect, labels = _effect(table, name, number, lines)
    reason = table.get("reason", "")
    if not isinstance(reason, str) or len(reason) > MOST_REASON or not _is_plain(reason):
        raise lines.error(
            lines.rule(number, "reason"),
            f"reason is {shown(reason)}; give a line of at most {MOST_REASON} characters.",
        )
    priority = table.get("priority", 0)
    if isinstance(priority, bool) or not isinstance(priority, int) or abs(priority) > MOST_PRIORITY:
        raise lines.error(
            lines.rule(number, "priority"),
            f"priority is {shown(priority)}; give a whole number from {-MOST_PRIORITY:,} to {MOST_PRIORITY:,}.",
        )
    return Rule(
        name=name,
        line=line,
        all_of=given["all"],
        any_of=given["any"],
        none_of=given["none"],
        answer=given["answer"],
        effect=effect,
        labels=labels,
        weight=_weight(table, effect, number, lines),
        priority=priority,
        reason=reason,
    )


def _names(table: Mapping[str, Any], key: str, number: int, lines: Lines) -> tuple[str, ...]:
    if key not in table:
        return ()
    values, line = table[key], lines.rule(number, key)
    if isinstance(values, str):
        values = [values]
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise lines.error(line, f"{key} is {shown(values)}; give a list of names.")
    if not values:
        raise lines.error(line, f"{key} is an empty list; give names, or leave it out.")
    twice = [item for item in values if values.count(item) > 1]
    if twice:
        raise lines.error(line, f"{key} has {shown(twice[0])} twice; leave one out.")
    return tuple(values)


def _effect(
    table: Mapping[str, Any], name: str, number: int, lines: Lines
) -> tuple[str, tuple[str, ...]]:
    given = [key for key in _EFFECTS if key in table]
    if len(given) > 1:
        raise lines.error(
            lines.rule(number, given[1]),
            f"rule {shown(name)} has {given[0]} and {given[1]}; a rule does one thing: write two rules.",
        )
    if not given:
        return NOTHING, ()
    (key,) = given
    line, value = lines.rule(number, key), table[key]
    if key == ABSTAIN:
        if value is not True:
            raise lines.error(line, f"abstain is {shown(value)}; give true, or leave it out.")
        return ABSTAIN, ()
    if key == FORBID:
        return FORBID, _names(table, FORBID, number, lines)
    if not isinstance(value, str):
        raise lines.error(line, f"{key} is {shown(value)}; give one label.")
    return key, (value,)


def _weight(table: Mapping[str, Any], effect: str, number: int, lines: Lines) -> float | None:
    if "weight" not in table:
        return None
    value, line = table["weight"], lines.rule(number, "weight")
    if effect != EVIDENCE:
        raise lines.error(line, "weight is of evidence; this rule adds none. Leave it out.")
    number_given = isinstance(value, int | float) and not isinstance(value, bool)
    if not number_given or not 0 < abs(value) <= LARGEST_WEIGHT:
        raise lines.error(
            line,
            f"weight is {shown(value)}; give a number up to {LARGEST_WEIGHT:g}, above or below 0.",
        )
    return float(value)


def _check_name(what: str, name: str, line: int, lines: Lines) -> None:
    if not 0 < len(name) <= MOST_NAME or not _is_plain(name):
        raise lines.error(
            line,
            f"a {what} is called {shown(name)}; give 1 to {MOST_NAME} characters that can be printed.",
        )


def _is_plain(text: str) -> bool:
    return text.isprintable()


def _check_names(rules: RuleSet, lines: Lines) -> None:
    seen: dict[str, Rule] = {}
    for number, rule in enumerate(rules.rules):
        line = lines.rule(number, "name")
        if rule.name in rules.facts:
            raise lines.error(
                line, f"{shown(rule.name)} is a fact already; give the rule another name."
            )
        if rule.name in seen:
            raise lines.error(
                line,
                f"rule {shown(rule.name)} stands twice, first in line {seen[rule.name].line}; names must differ.",
            )
        seen[rule.name] = rule
    known = [*rules.facts, *seen]
    for number, rule in enumerate(rules.rules):
        for key, names in (("all", rule.all_of), ("any", rule.any_of), ("none", rule.none_of)):
            for name in names:
                if name not in rules.facts and name not in seen:
                    near = get_close_matches(name, known, n=1)
                    hint = f" Did you mean {shown(near[0])}?" if near else ""
                    raise lines.error(
                        lines.rule(number, key),
                        f"no fact and no rule is called {shown(name)}.{hint}",
                    )


def _check_recursion(rules: RuleSet, lines: Lines) -> None:
    by_name = {rule.name: rule for rule in rules.rules}
    done: set[str] = set()
    for rule in rules.rules:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(rule.name, False)]
        while waiting:
            name, left = waiting.pop()
            if left:
                path.pop()
                done.add(name)
            elif name in path:
                circle = " -> ".join([*path[path.index(name) :], name])
                raise lines.error(
                    by_name[name].line, f"rules ask for each other in a circle: {circle}."
                )
            elif name in by_name and name not in done:
                path.append(name)
                waiting.append((name, True))
                waiting += [(item, False) for item in by_name[name].conditions]
