"""The tables of docs/c.md from the benchmark's result."""

from __future__ import annotations

from typing import Any, Final

_DIRECT: Final = "C library, from C"
_MB: Final = 1e6


def times_table(result: dict[str, Any]) -> str:
    """A row for each way to answer, least and median microseconds; behind them how many times as long as C takes."""
    numbers = list(result["times"])
    lines = [
        f"| tiny int8, microseconds | {' | '.join(f'{number} words' for number in numbers)} |",
        "|---|" + "---:|" * len(numbers),
    ]
    for way in result["times"][numbers[0]]:
        cells = []
        for number in numbers:
            own, c = result["times"][number][way], result["times"][number][_DIRECT]
            cell = f"{own['least']:.1f} / {own['median']:.1f}"
            if way != _DIRECT:
                cell += (
                    f", {own['least'] / c['least']:.1f} / {own['median'] / c['median']:.1f} times"
                )
            cells.append(cell)
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def memory_table(result: dict[str, Any]) -> str:
    """A row for each preset: file, private memory, start, and the published ratios of RAM."""
    peers = list(result["peers"])
    lines = [
        "| int8 | file, MB | private memory, C / onnxruntime, MB | with mapped weights, MB | first answer, ms: C / "
        f"onnxruntime | {' | '.join(f'{peer} int8 takes (wanted)' for peer in peers)} |",
        "|---|" + "---:|" * (4 + len(peers)),
    ]
    for size, row in result["presets"].items():
        ratios = []
        for peer in peers:
            ratio, wanted = row["ratios"][peer]["found"], row["ratios"][peer]["wanted"]
            ratios.append(f"{'✅' if ratio >= wanted else '❌'} {ratio:.0f} ({wanted:.0f}) times")
        cells = [
            f"{row['file'] / _MB:.2f}",
            f"{row['c']['dirty'] / _MB:.2f} / {row['onnx']['dirty'] / _MB:.2f}",
            f"{row['c']['pss'] / _MB:.2f}",
            f"{row['start']['answered_us'] / 1e3:.2f} / {row['onnx']['start_ms']:.0f}",
            *ratios,
        ]
        lines.append(f"| {size} | {' | '.join(cells)} |")
    return "\n".join(lines)


def sizes_table(result: dict[str, Any]) -> str:
    """Bytes of the stripped shared library by its instruction sets."""
    lines = ["| instruction sets of the library | bytes |", "|---|---:|"]
    lines += [f"| {name} | {size:,} |" for name, size in result["library_bytes"].items()]
    return "\n".join(lines)
