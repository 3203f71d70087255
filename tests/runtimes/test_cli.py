"""``neurolite-run`` as a program: answers, order, odd input, errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from commands import call_command, run_command
from neurolite_core.artifact.metadata import METADATA_KEY
from sealing import save_sealed
from texts import generated_texts


def lines(output: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.decode().split("\n") if line]


def test_arguments_give_json_lines(tiny_int8: Path, tmp_path: Path) -> None:
    done = run_command("neurolite-run", tiny_int8, "book a table", "été", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    first, second = lines(done.stdout)
    assert list(first) == ["text", "label", "score", "in_scope", "abstained", "words", "truncated"]
    assert first["abstained"] is None  # random weights have no threshold
    assert (first["text"], first["words"], first["truncated"]) == ("book a table", 3, False)
    assert first["label"] in ("LABEL_0", "LABEL_1")
    assert 0.5 <= float(str(first["score"])) <= 1
    assert second["text"] == "été"


def test_top_and_embed(tiny_int8: Path, tmp_path: Path) -> None:
    (top,) = lines(
        call_command("neurolite-run", tiny_int8, "--top", "2", "hi", cwd=tmp_path).stdout
    )
    entries = top["top"]
    assert isinstance(entries, list)
    assert [entries[0]["label"], entries[0]["score"]] == [top["label"], top["score"]]
    assert entries[0]["score"] + entries[1]["score"] == pytest.approx(1, abs=1e-5)
    (vector,) = lines(
        call_command("neurolite-run", tiny_int8, "--embed", "hi", cwd=tmp_path).stdout
    )
    assert np.linalg.norm(np.array(vector["embedding"])) == pytest.approx(1, abs=1e-5)
    assert "label" not in vector


def test_the_threshold_of_the_file_and_one_in_its_place(tiny_int8: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    _with_metadata(tiny_int8, path, threshold=0.9)
    texts = ["book a table", "été", ""]
    for options, limit in (((), 0.9), (("--threshold", "0"), 0.0), (("--threshold", "0.66"), 0.66)):
        done = call_command("neurolite-run", path, *options, *texts, cwd=tmp_path)
        found = [(float(str(row["in_scope"])), row["abstained"]) for row in lines(done.stdout)]
        assert len(found) == len(texts), done.stderr.decode()
        assert [abstained for _, abstained in found] == [score < limit for score, _ in found]
    (unknown,) = lines(call_command("neurolite-run", tiny_int8, "été", cwd=tmp_path).stdout)
    assert unknown["abstained"] is None
    _with_metadata(tiny_int8, path, threshold=0.0)
    (never,) = lines(call_command("neurolite-run", path, "été", cwd=tmp_path).stdout)
    assert never["abstained"] is False
    _with_metadata(tiny_int8, path, threshold=0.999)
    refused = call_command("neurolite-run", path, "été", cwd=tmp_path)
    assert lines(refused.stdout)[0]["abstained"] is True
    assert lines(refused.stdout)[0]["label"] in ("LABEL_0", "LABEL_1")


def test_a_table_for_people(tiny_int8: Path, tmp_path: Path) -> None:
    text = "[red]a\x1b[31m b"
    (record,) = lines(call_command("neurolite-run", tiny_int8, text, cwd=tmp_path).stdout)
    guess = f"{record['label']} {record['score']:.2f}"
    refused = f"abstains ({guess}; in scope {record['in_scope']:.2f} < 0.99)"
    for options, expected in (((), guess), (("--threshold", "0.99"), refused)):
        done = call_command("neurolite-run", tiny_int8, "--table", *options, text, cwd=tmp_path)
        shown = done.stdout.decode()
        assert expected in " ".join(shown.replace("\u2502", " ").split()), done.stderr.decode()
        assert ("cannot abstain" in shown) is (not options)
        assert "[red]a" in shown
        assert "\x1b" not in shown


def test_lines_of_standard_input_keep_their_order(tiny_int8: Path, tmp_path: Path) -> None:
    texts = [text.replace(b"\n", b" ").replace(b"\r", b" ") for text in generated_texts(3_000)]
    done = call_command("neurolite-run", tiny_int8, cwd=tmp_path, stdin=b"\n".join(texts) + b"\n")
    assert done.returncode == 0, done.stderr.decode()
    found = lines(done.stdout)
    assert [row["text"] for row in found] == [text.decode("utf-8", "replace") for text in texts]
    assert done.stderr == b""


def test_the_same_answer_alone_and_in_a_crowd(tiny_int8: Path, tmp_path: Path) -> None:
    crowd = call_command(
        "neurolite-run", tiny_int8, cwd=tmp_path, stdin=b"one\n" + b"word " * 250 + b"\ntwo words\n"
    )
    alone = call_command("neurolite-run", tiny_int8, "two words", cwd=tmp_path)
    left, right = lines(crowd.stdout)[2], lines(alone.stdout)[0]
    assert left["label"] == right["label"]
    assert left["score"] == pytest.approx(right["score"], abs=1e-3)


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        (b"", []),
        (b"\n", [("", 0, False)]),
        (b"  \t \n", [("  \t ", 0, False)]),
        (b"nul\0inside\n", [("nul\0inside", 2, False)]),
        (b"caf\xe9 \xff\n", [("caf\ufffd \ufffd", 2, False)]),
        (b"\xed\xa0\x80 lone\n", [("\ufffd\ufffd\ufffd lone", 2, False)]),
        (b"no newline at the end", [("no newline at the end", 5, False)]),
        (b"dos\r\nlines\r\n", [("dos", 1, False), ("lines", 1, False)]),
        (b"\xef\xbb\xbfmark\n\xef\xbb\xbf", [("mark", 1, False), ("\ufeff", 0, False)]),
        (b"\xef\xbb\xbf", [("", 0, False)]),
        (b"w " * 300 + b"\n", [("w " * 300, 300, True)]),
    ],
)
def test_odd_lines_have_defined_answers(
    tiny_int8: Path, tmp_path: Path, stdin: bytes, expected: list[tuple[str, int, bool]]
) -> None:
    done = call_command("neurolite-run", tiny_int8, cwd=tmp_path, stdin=stdin)
    assert done.returncode == 0, done.stderr.decode()
    found = [(row["text"], row["words"], row["truncated"]) for row in lines(done.stdout)]
    assert found == expected


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32")]
)
def test_other_encodings_of_standard_input_are_named(
    tiny_int8: Path, tmp_path: Path, encoding: str, name: str
) -> None:
    """As PowerShell writes files and pipes."""
    text = "set an alarm\r\nbook a table\r\n"
    marked = text if encoding in ("utf-16", "utf-32") else f"\ufeff{text}"
    done = call_command("neurolite-run", tiny_int8, cwd=tmp_path, stdin=marked.encode(encoding))
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"Standard input is {name}; save it as UTF-8".encode() in done.stderr
    # The same bytes behind the beginning are text like any other.
    later = b"x" + marked.encode(encoding)
    assert call_command("neurolite-run", tiny_int8, cwd=tmp_path, stdin=later).returncode == 0


def test_one_line_of_five_megabytes(tiny_int8: Path, tmp_path: Path) -> None:
    text = b"the same few words again and again " * 150_000
    done = call_command("neurolite-run", tiny_int8, cwd=tmp_path, stdin=text + b"\nshort\n")
    assert done.returncode == 0, done.stderr.decode()
    long, short = lines(done.stdout)
    assert long["truncated"] is True
    assert len(str(long["text"])) <= 4096
    assert short == lines(call_command("neurolite-run", tiny_int8, "short", cwd=tmp_path).stdout)[0]


def test_an_argument_that_is_not_utf8(tiny_int8: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-run", tiny_int8, b"caf\xe9", cwd=tmp_path)
    assert [(row["text"], row["words"]) for row in lines(done.stdout)] == [("caf\ufffd", 1)]


def _foreign_onnx(path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph([node], "g", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, path)


def _with_metadata(source: Path, path: Path, **changes: object) -> None:
    model = onnx.load(source)
    for item in model.metadata_props:
        if item.key == METADATA_KEY:
            item.value = json.dumps(json.loads(item.value) | changes)
    save_sealed(model, path)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "Cannot read model.onnx"),
        ("folder", "is not a model file"),
        ("empty", "model.onnx is empty"),
        ("truncated", "model.onnx is damaged, or changed since it was exported"),
        ("text", "not a model file of a known format (onnx, "),
        ("foreign", "model.onnx is not exported by neurolite-export"),
        ("newer hash", "hash_version 3; this release reads 2. Upgrade: pip install -U neurolite"),
        (
            "older hash",
            "hash_version 1; this release reads 2. Make it anew: neurolite-train DATA.csv",
        ),
        ("newer schema", "schema_version 99"),
        ("lying", "lacks the output 'answer'"),
    ],
)
def test_files_that_cannot_be_used(
    tiny_int8: Path, tmp_path: Path, kind: str, message: str
) -> None:
    path = tmp_path / "model.onnx"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "truncated":
        path.write_bytes(tiny_int8.read_bytes()[:500_000])
    elif kind == "text":
        path.write_text("hello, I am a README")
    elif kind == "foreign":
        _foreign_onnx(path)
    elif kind == "newer hash":
        _with_metadata(tiny_int8, path, hash_version=3)
    elif kind == "older hash":
        _with_metadata(tiny_int8, path, hash_version=1)
    elif kind == "newer schema":
        _with_metadata(tiny_int8, path, schema_version=99)
    elif kind == "lying":
        _with_metadata(tiny_int8, path, outputs=["logits", "answer"])
    done = call_command("neurolite-run", "model.onnx", "text", cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--top", "3"], "--top is 3, but"),
        (["--top", "0"], "--top is 0"),
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--threads", "-1"], "--threads is -1"),
        (["--threshold", "1"], "--threshold is 1.0"),
        (["--threshold", "nan"], "--threshold is nan"),
        (["--embed", "--threshold", "0.5"], "--threshold is about labels"),
        (["--embed", "--table"], "--table is about labels"),
        (["--nope"], "No such option"),
    ],
)
def test_wrong_options(tiny_int8: Path, tmp_path: Path, options: list[str], message: str) -> None:
    done = call_command("neurolite-run", tiny_int8, *options, "text", cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())


def test_a_reader_that_stops_early_is_no_error(tiny_int8: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("neurolite-run")
    script = f"yes 'some text' | head -200000 | '{program}' '{tiny_int8}' | head -2"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        capture_output=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 2
    assert b"Traceback" not in done.stderr


def test_slow_pipes_are_answered_line_by_line(tiny_int8: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("neurolite-run")
    with subprocess.Popen(
        [program, tiny_int8], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("first", "second"):
            process.stdin.write(text.encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.close()
        assert process.wait(timeout=60) == 0
