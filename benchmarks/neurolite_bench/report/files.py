"""A report as a JSON file: docs/bench-report.md describes it.

Samples stand a round to a line and other values one to a line, so that the file is a few megabytes
and two of them can be compared with ``diff``.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from neurolite_bench.report.model import FORMAT, SCHEMA_VERSION, InApp, Report, SubjectResult
from neurolite_bench.report.records import record_of
from neurolite_core.artifact.formats import json_file
from neurolite_core.artifact.seal import SEAL_KEY
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically

SIZE_LIMIT: Final = 2**27
# More than anyone measures; a page of more would not be drawn in reasonable time.
_MOST_SUBJECTS: Final = 1_000
_MOST_CASES: Final = 200
_INDENT: Final = " "


def write_report(report: Report, path: Path) -> Path:
    """Writes a report, atomically. Numbers that are not finite become null.

    Returns:
        The path.

    Raises:
        InputError: the folder cannot be created or written.
    """
    write_atomically(path, as_json(report))
    return path


def as_json(report: Report) -> bytes:
    """The file, with its seal and a line break at the end."""
    text = "".join(_parts(report, "\n"))
    return json_file.seal(text.encode("utf-8", "replace") + b"\n")


def read_report(path: Path, *, unsealed: bool = False) -> Report:
    """Reads a report of any origin.

    Args:
        path: the JSON.
        unsealed: take one that was changed since it was written as well; the first of its warnings says so.

    Raises:
        InputError: unreadable, too large, damaged, foreign, or of a newer version.
    """
    content = read_limited(path, SIZE_LIMIT)
    try:
        value = json.loads(content.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is not a report: {error or 'not JSON'}. Give the JSON that neurolite-bench wrote."
        ) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(
            f"{path} is JSON, but no report of {FORMAT}. Give the JSON that it wrote with --out."
        )
    version = value.get("schema_version")
    if type(version) is int and version > SCHEMA_VERSION:
        raise InputError(
            f"{path} has the schema version {version}; this neurolite reads up to {SCHEMA_VERSION}. "
            "Install a newer one."
        )
    whole = json_file.require_whole(
        content, path, "Measure again, or restore the file", unsealed=unsealed
    )
    try:
        report = report_of(value)
        _check(report)
    except InputError as error:
        raise InputError(
            f"{path} is damaged: {error}. Measure again, or restore the file."
        ) from error
    if whole:
        return report
    warning = f"{path.name} is not as it was written (--unsealed)"
    return dataclasses.replace(report, warnings=(warning, *report.warnings))


def report_of(value: Mapping[str, Any]) -> Report:
    """The record of a file's JSON, whatever its seal says.

    Raises:
        InputError: something is missing, unknown, or of another type.
    """
    return record_of(Report, {name: item for name, item in value.items() if name != SEAL_KEY})


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _check(report: Report) -> None:
    """What the types do not say.

    Raises:
        InputError: names stand twice, or figures cannot be.
    """
    if not 1 <= report.schema_version <= SCHEMA_VERSION:
        raise InputError(
            f"schema_version is {report.schema_version}; there are 1 to {SCHEMA_VERSION}"
        )
    for verdict in report.verdicts:
        if verdict.wanted <= 0:
            raise InputError(f"{verdict.quantity} of {verdict.subject} has no limit")
    if len(report.subjects) > _MOST_SUBJECTS:
        raise InputError(f"there are {len(report.subjects):,} subjects; {_MOST_SUBJECTS} are read")
    _check_unique("subjects", (subject.name for subject in report.subjects))
    for subject in report.subjects:
        _check_subject(subject)
    if report.growth is not None:
        growth = report.growth
        interval = growth.get("interval")
        values = [growth.get("exponent"), *(interval if isinstance(interval, list) else [])]
        if (
            not isinstance(growth.get("subject"), str)
            or len(values) != 3
            or not all(type(value) in (int, float) for value in values)
        ):
            raise InputError("growth has no subject, exponent and interval")


def _check_subject(subject: SubjectResult) -> None:
    if len(subject.cases) > _MOST_CASES:
        raise InputError(f"{subject.name} has {len(subject.cases):,} cases; {_MOST_CASES} are read")
    _check_unique(f"cases of {subject.name}", (result.case.name for result in subject.cases))
    if subject.size_bytes < 0:
        raise InputError(f"size_bytes of {subject.name} is {subject.size_bytes}")
    if subject.in_app is not None:
        _check_in_app(subject, subject.in_app)
    for result in subject.cases:
        place = f"{result.case.name} of {subject.name}"
        summary, case = result.summary, result.case
        if case.words < 0 or case.batch < 1 or case.threads < 0:
            raise InputError(f"{place} has impossible words, batch or threads")
        if min(summary.p50_ms, *summary.repeat_medians_ms, *summary.interval_ms) <= 0:
            raise InputError(f"{place} took no time")
        if not summary.repeat_medians_ms or not any(map(any, result.samples_ns)):
            raise InputError(f"{place} has no samples")
        if any(min(round_, default=1) < 1 for repeat in result.samples_ns for round_ in repeat):
            raise InputError(f"{place} has a sample that took no time")


def _check_in_app(subject: SubjectResult, found: InApp) -> None:
    if found.valid != (found.reason is None) or subject.failure != found.reason:
        raise InputError(f"{subject.name} does not say whether it is valid, or why it is not")
    if not found.valid and (subject.cases or subject.starts or subject.memory):
        raise InputError(f"{subject.name} is not valid, and has figures")


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"{what}: {name!r} stands twice")
        seen.add(name)


def _parts(value: object, line: str) -> Iterator[str]:
    """JSON text in pieces; ``line`` is a line break with the indent of the value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    deeper = line + _INDENT
    if isinstance(value, Mapping):
        if not value:
            yield "{}"
            return
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else '{'}{deeper}{json.dumps(str(key), ensure_ascii=False)}: "
            yield from _parts(item, deeper)
        yield line + "}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if all(isinstance(item, int | float) for item in value):
            yield "[" + ", ".join(map(_number, value)) + "]"
            return
        for number, item in enumerate(value):
            yield f"{',' if number else '['}{deeper}"
            yield from _parts(item, deeper)
        yield line + "]"
    else:
        yield _number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> str:  # noqa: ANN401  # int, float or bool
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return json.dumps(value)
