"""Reports as files: written, read back, described, and damaged."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.reports import small_report
from neurolite_bench.report import model
from neurolite_bench.report.files import SIZE_LIMIT, as_json, read_report, write_report
from neurolite_bench.report.schema import SCHEMA_FILE, attributes_of, json_schema
from neurolite_core.artifact.formats import json_file
from neurolite_core.artifact.seal import SEAL_KEY
from neurolite_core.ground.errors import InputError
from sealing import save_sealed_json
from texts import ROOT

REPORT = small_report()
SEALED = json.loads(as_json(REPORT))
GOOD = {name: item for name, item in SEALED.items() if name != SEAL_KEY}
RECORDS = (
    model.Report, model.SubjectResult, model.CaseResult, model.Case, model.Summary,
    model.Start, model.MemoryUse, model.InApp, model.Refusal, model.Verdict,
)  # fmt: skip


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write_report(REPORT, tmp_path / "new" / "report.json")
    assert read_report(path) == REPORT
    assert json.loads(path.read_text("utf-8")) == SEALED
    assert json.loads(json.dumps(dataclasses.asdict(REPORT))) == GOOD
    assert [file.name for file in path.parent.iterdir()] == ["report.json"]


def test_a_round_of_samples_is_a_line() -> None:
    round_ = REPORT.subjects[0].cases[0].samples_ns[1][2]
    lines = [line.strip().rstrip(",") for line in as_json(REPORT).decode().splitlines()]
    assert json.dumps(list(round_)) in lines
    assert '"name": "tiny onnx int8"' in lines


def test_numbers_that_are_none_and_broken_arguments_do_not_lose_a_run(tmp_path: Path) -> None:
    changed = dataclasses.replace(
        REPORT, options={"sqnr_db": math.inf, "nan": [math.nan]}, command=("x", "\udce9")
    )
    found = read_report(write_report(changed, tmp_path / "report.json"))
    assert found.options == {"sqnr_db": None, "nan": [None]}
    assert found.command == ("x", "?")


def test_the_schema_accepts_a_report_and_refuses_what_the_reader_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.validate(SEALED)
    assert not validator.is_valid(GOOD)
    for change in (CHANGES[name] for name in OF_TYPES):
        value = copy.deepcopy(SEALED)
        change(value)
        assert not validator.is_valid(value)


def test_schema_and_page_describe_every_field() -> None:
    assert json.loads((ROOT / SCHEMA_FILE).read_text("utf-8")) == json_schema(), (
        "run: python -m neurolite_bench.report.schema"
    )
    page = (ROOT / "docs/bench-report.md").read_text("utf-8")
    for record in RECORDS:
        names = {field.name for field in dataclasses.fields(record)}
        assert set(attributes_of(record)) >= names - {"schema_version", "format"}
        assert not [name for name in names if f"`{name}`" not in page]


def _set(*path: str | int, to: Any) -> Callable[[Any], None]:  # noqa: ANN401  # any JSON
    def change(value: Any) -> None:  # noqa: ANN401
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = to

    return change


def _without(*path: str | int) -> Callable[[Any], None]:
    def change(value: Any) -> None:  # noqa: ANN401
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]

    return change


CASE = ("subjects", 0, "cases", 0)
CHANGES: dict[str, Callable[[Any], None]] = {
    "interrupted is 1, not true or false": _set("interrupted", to=1),
    "seconds is 'x', not a number": _set("seconds", to="x"),
    "seconds is None, not a number": _set("seconds", to=None),
    "subjects is {}, not a list": _set("subjects", to={}),
    "subjects[0] is 3, not an object": _set("subjects", 0, to=3),
    "subjects[0].name is missing": _without("subjects", 0, "name"),
    "subjects[0].name is None, not a text": _set("subjects", 0, "name", to=None),
    "subjects[0] has an unknown field 'x'": _set("subjects", 0, "x", to=1),
    "size_bytes is 1.5, not a whole number": _set("subjects", 0, "size_bytes", to=1.5),
    "size_bytes is True, not a whole number": _set("subjects", 0, "size_bytes", to=True),
    "settings.a is 1, not a text": _set("subjects", 0, "settings", to={"a": 1}),
    r"samples_ns[0][0] is 1, not a list": _set(*CASE, "samples_ns", 0, 0, to=1),
    r"samples_ns[0][0][1] is 1.5, not a whole": _set(*CASE, "samples_ns", 0, 0, to=[1, 1.5]),
    "interval_ms has 1 entries, not 2": _set(*CASE, "summary", "interval_ms", to=[1.0]),
    "starts[0].evicted is missing": _without("subjects", 0, "starts", 0, "evicted"),
    "memory[0].source is 1, not a text": _set("subjects", 0, "memory", 0, "source", to=1),
    "growth is [], not an object": _set("growth", to=[]),
    "verdicts[0].met is 'yes', not true": _set("verdicts", 0, "met", to="yes"),
    "warnings[0] is 1, not a text": _set("warnings", to=[1]),
    "device is None, not an object": _set("device", to=None),
}
OF_TYPES = tuple(CHANGES)
CHANGES |= {
    "2^53": _set(*CASE, "samples_ns", 0, 0, to=[2**60]),
    "beyond 2^53": _set("subjects", 0, "size_bytes", to=2**60),
    "seconds is not a finite number": _set("seconds", to=10**400),
    "device.a is not a finite number": _set("device", to={"a": "1e999"}),
    "half a character": _set("started_at", to="\ud800"),
    "nested more than 20": _set("options", to=json.loads('{"a":' * 30 + "1" + "}" * 30)),
    "size_bytes of tiny onnx int8 is -1": _set("subjects", 0, "size_bytes", to=-1),
    "'tiny onnx int8' stands twice": _set("subjects", 1, "name", to="tiny onnx int8"),
    "'32 words' stands twice": _set(*CASE, "case", "name", to="32 words"),
    "impossible words": _set(*CASE, "case", "batch", to=0),
    "took no time": _set(*CASE, "summary", "p50_ms", to=0.0),
    "8 words of tiny onnx int8 took no": _set(*CASE, "summary", "repeat_medians_ms", to=[-1.0]),
    "has no samples": _set(*CASE, "samples_ns", to=[[[]]]),
    "no samples": _set(*CASE, "summary", "repeat_medians_ms", to=[]),
    "a sample that took no time": _set(*CASE, "samples_ns", 0, 0, to=[0]),
    "has no limit": _set("verdicts", 0, "wanted", to=0),
    "1,001 subjects": _set("subjects", to=GOOD["subjects"][-1:] * 1_001),
    "201 cases": _set("subjects", 0, "cases", to=GOOD["subjects"][0]["cases"][:1] * 201),
    "growth has no subject": _set("growth", "interval", to=[1]),
    "no subject, exponent": _set("growth", to={}),
    "schema_version is 0": _set("schema_version", to=0),
}


@pytest.mark.parametrize("message", CHANGES)
def test_damage_is_named(tmp_path: Path, message: str) -> None:
    value = copy.deepcopy(GOOD)
    CHANGES[message](value)
    path = tmp_path / "report.json"
    text = json.dumps(value).replace('"1e999"', "1e999")
    path.write_bytes(json_file.seal(text.encode()))
    with pytest.raises(InputError) as caught:
        read_report(path)
    assert message in str(caught.value)
    assert "report.json is damaged" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a report"),
        (b"{", "is not a report"),
        (b"\xff\xfe{", "is not a report"),
        (b"[" * 100_000, "is not a report"),
        (b'{"format": NaN}', "NaN is no JSON number"),
        (b"[1]", "no report of neurolite-bench"),
        (b'{"format": "other"}', "no report of neurolite-bench"),
        (json_file.seal(b'{"format": "neurolite-bench"}'), "command is missing"),
        (b'{"format": "neurolite-bench", "schema_version": 3}', "schema version 3"),
        (
            json_file.seal(b'{"format": "neurolite-bench", "schema_version": "2"}'),
            "not a whole number",
        ),
    ],
)
def test_files_that_are_no_report(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_report(path)
    assert message in str(caught.value)


def test_a_report_that_was_changed_is_read_only_unsealed(tmp_path: Path) -> None:
    path = write_report(REPORT, tmp_path / "report.json")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"seconds": ', b'"seconds": 1'))
    with pytest.raises(InputError, match=r"report.json was not read: it is damaged.*--unsealed"):
        read_report(path)
    found = read_report(path, unsealed=True)
    assert found.warnings == ("report.json is not as it was written (--unsealed)", *REPORT.warnings)
    path.write_text(json.dumps(GOOD))
    with pytest.raises(InputError, match=r"it has no seal \('neurolite.sha256'"):
        read_report(path)


def test_missing_and_huge_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        read_report(tmp_path / "none.json")
    with (tmp_path / "huge.json").open("wb") as stream:
        stream.truncate(SIZE_LIMIT + 1)
    with pytest.raises(InputError, match="at most"):
        read_report(tmp_path / "huge.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data(), put=JSON)
def test_any_value_anywhere_is_read_or_refused(
    tmp_path: Path,
    data: st.DataObject,
    put: Any,  # noqa: ANN401
) -> None:
    value = copy.deepcopy(SHORT)
    place = value
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = put
    path = tmp_path / "report.json"
    save_sealed_json(value, path)
    try:
        found = read_report(path)
    except InputError:
        return
    assert read_report(write_report(found, path)) == found


SHORT = copy.deepcopy(GOOD)
SHORT["subjects"] = SHORT["subjects"][:1]
SHORT["subjects"][0]["cases"] = SHORT["subjects"][0]["cases"][:1]
