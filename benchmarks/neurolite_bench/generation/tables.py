"""The tables of docs/generation.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from neurolite_bench.generation.rows import GENERATOR, NGRAMS
from neurolite_bench.generation.speaking import FUNCTION_BODY, PYTHON
from neurolite_core.text.markdown import filled_prose

TITLES: Final[Mapping[str, str]] = {
    NGRAMS: "modified Kneser-Ney 5-gram",
    "lstm": "LSTM of one layer",
    "transformer": "causal transformer",
    GENERATOR: "NeuroLite",
}
_FLOAT32: Final = "float32"
_ROOM_MB: Final = 4.05  # n-grams of more are not pruned
_MINUTE: Final = 60
_SECOND_MS: Final = 1_000


def generation_table(result: dict[str, Any]) -> str:
    """A row for each model on each texts, and what int8 changes beside float32 of the same weights."""
    rows = result["rows"]
    lines = [
        "| texts | model | MB | words asked | perplexity | bits a byte | in the top 3, % | int8 changes perplexity by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    shown = [row for row in rows if row.get("precision") != _FLOAT32]
    order = list(TITLES)
    lines += [
        f"| {row['texts']} | {_title(row)} | {row['megabytes']:.2f} | {row['words']:,} | "
        f"{row['perplexity']:.2f} | {row['bits_per_byte']:.3f} | {100 * row['top3']:.1f} | {_cost(row, rows)} |"
        for row in sorted(shown, key=lambda row: (row["texts"], order.index(row["kind"])))
    ]
    trained = "; ".join(
        f"{_title(row)}, {row['texts']}: {row['parameters']:,} numbers, {row['seconds'] / _MINUTE:.1f} minutes, "
        f"{row['epochs']} epochs on {row['device']}"
        for row in shown
        if "seconds" in row
    )
    text = (
        f"Test texts, of {_entries(shown)} entries, unknown words as one of them; where fewer words are asked for, they "
        "are of documents evenly taken."
    )
    if trained:
        text += f" The reference points were trained so long: {trained}."
    return "\n".join([*lines, "", filled_prose(f"{text} {_where(result)}")])


def validation_table(result: dict[str, Any]) -> str:
    """A row for each model on the texts that chose its weights and settings, with what it was trained on."""
    lines = [
        "| texts | model | MB in int8 | words learned, millions | minutes | perplexity on validation |",
        "|---|---|---|---|---|---|",
    ]
    for row in sorted(result["rows"], key=lambda row: (row["texts"], row["perplexity"])):
        words = row.get("trained_words") or row["learned_entries"] * row["epochs"]
        minutes = f"{row['seconds'] / _MINUTE:.1f}" if "seconds" in row else "-"
        lines.append(
            f"| {row['texts']} | {_title(row)}{_named(row)} | {row['megabytes']:.2f} | {words / 1e6:.1f} | {minutes} | "
            f"{row['perplexity']:.2f} |"
        )
    sources = dict.fromkeys(row["source"] for row in result["rows"] if "source" in row)
    return "\n".join([*lines, "", filled_prose(" ".join(sources))]) if sources else "\n".join(lines)


def _named(row: Mapping[str, Any]) -> str:
    """Of a model of which there are several, which settings it has."""
    return "" if row["kind"] == NGRAMS else f", `{row['model']}`"


def speed_table(result: dict[str, Any]) -> str:
    """A row for each file: words a second, suggestions, memory, and time as a text grows."""
    counts = list(next(iter(result["growth"].values())))
    heads = "".join(f" µs a word behind {int(count):,} |" for count in counts)
    lines = [
        f"| file | MB | words a second | times NeuroLite's time | suggestions, ms | RAM added, MB |{heads}",
        "|---|---|---|---|---|---|" + "---|" * len(counts),
    ]
    for name, took in result["stream"]["ms"].items():
        way = next((way for way in (FUNCTION_BODY, PYTHON) if name.endswith(way)), "")
        facts = result["files"][name.removesuffix(way)]
        title = TITLES[facts["kind"]]
        if facts["kind"] == GENERATOR and facts["runtime"] == "onnxruntime":
            title += way or ", native op"
        elif facts["kind"] == GENERATOR:
            title += f", {facts['runtime']}{way}"
        ratio = result["stream"]["ratio"].get(name)
        times = (
            f"{ratio['median']:.2f} ({ratio['lowest']:.2f} to {ratio['highest']:.2f})"
            if ratio
            else "1"
        )
        memory = "" if way else f"{facts['memory']['dirty'] / 1e6:.1f}"
        grown = "".join(f" {1_000 * result['growth'][name][count]:.0f} |" for count in counts)
        lines.append(
            f"| {title} | {facts['megabytes']:.2f} | {_SECOND_MS / took:,.0f} | {times} | "
            f"{result['suggestions']['ms'][name]:.2f} | {memory} |{grown}"
        )
    text = (
        "One thread; each word is read by itself, and the best next one looked for; suggestions are the three best "
        "words behind a message of 30 words that is read from its beginning. Medians of "
        f"{result['rounds']} rounds in which all files take turns, ratios round by round (lowest to highest). RAM is "
        f"what a fresh process has to keep (private dirty) more than onnxruntime with an empty model. {result['note']} {_where(result)}"
    )
    return "\n".join([*lines, "", filled_prose(text)])


def agreement_table(result: dict[str, Any]) -> str:
    """A row for each file of one generator, with the file that it is compared with."""
    lines = [
        "| file | runtime | beside | same best word, % | perplexity |",
        "|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        first = row["beside"] == row["file"]
        beside, same = ("-", "-") if first else (row["beside"], f"{100 * row['same']:.2f}")
        lines.append(
            f"| {row['file']} | {row['runtime']} | {beside} | {same} | {row['perplexity']:.3f} |"
        )
    text = f"At {result['words']:,} places of the test texts. {_where(result)}"
    return "\n".join([*lines, "", filled_prose(text)])


def _title(row: Mapping[str, Any]) -> str:
    pruned = row["kind"] == NGRAMS and row["megabytes"] > _ROOM_MB
    return TITLES[row["kind"]] + (", whole" if pruned else "")


def _cost(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Beside float32 of the same weights, asked for the same words: of its file, or what PyTorch found."""
    found = row.get("float32_perplexity")
    for other in rows:
        same = all(other[name] == row[name] for name in ("texts", "kind", "words"))
        if same and other.get("precision") == _FLOAT32:
            found = other["perplexity"]
    return "-" if found is None else f"{100 * (row['perplexity'] / found - 1):+.2f} %"


def _entries(rows: Sequence[Mapping[str, Any]]) -> str:
    return " or ".join(f"{size:,}" for size in sorted({row["vocabulary"] for row in rows}))


def _where(result: Mapping[str, Any]) -> str:
    environment = result["environment"]
    versions = environment["versions"]
    return (
        f"{environment['processor']}, {environment['cores']} cores, onnxruntime {versions['onnxruntime']}, "
        f"{environment['measured_at'][:10]}."
    )
