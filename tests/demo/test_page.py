"""The page in Chromium, used as people use it: answers, a conversation, what is taught, the benchmark, no network."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from demo.conftest import Page
from neurolite_bench.apps.screen import THERMAL
from neurolite_bench.report.files import read_report
from neurolite_runtimes import Conversation, open_artifact, run
from neurolite_runtimes.demo.site import Site
from neurolite_runtimes.learning import Learner
from neurolite_runtimes.records import Asked, records_of

SCENARIOS = (
    "kept", "answer", "conversation", "teach", "write", "benchmark", "accessible", "widths",
)  # fmt: skip
FIRST_LOAD = 2_500_000  # bytes, compressed
SCREENS = ("answer", "conversation", "teach", "write", "benchmark")
LINKS = {"Answer", "Talk", "Teach", "Write", "Benchmark"}
WIDTHS = (320, 390, 768, 1280)


@pytest.fixture(scope="module")
def heard(page: Page) -> dict[str, Any]:
    """Everything once, in one browser."""
    return page.used(*SCENARIOS)


def answers(path: Path, texts: list[str]) -> list[list[Any]]:
    """Label and abstention of each text, as ``neurolite-run`` has them."""
    session = open_artifact(path)
    asked = Asked(top=None, embed=False, threshold=session.metadata.threshold, explain=False)
    data = [text.encode() for text in texts]
    return [
        [row["label"], row["abstained"]]
        for row in records_of(session, data, run(session, data), asked)
    ]


def test_what_is_typed_is_answered_in_both_engines(
    heard: dict[str, Any], files: list[Path]
) -> None:
    found = heard["found"]["answer"]
    wanted = answers(files[0], [row["text"] for row in found["one"]])
    assert [[row["label"], row["abstained"] == "true"] for row in found["one"]] == wanted
    assert found["both"] == [[row, row] for row in wanted]
    assert "A stolen card has to be blocked at once." in found["one"][0]["notes"][0]
    assert "A rule leaves this text without an answer." in found["one"][1]["notes"][0]
    assert [row["direction"] for row in found["one"]] == ["ltr", "ltr", "ltr", "rtl"]
    assert "MB" in found["panels"][1]
    assert found["agreement"].startswith("The same answer; no probability differs by more than")


def test_a_conversation_remembers_and_forgets(heard: dict[str, Any], files: list[Path]) -> None:
    found = heard["found"]["conversation"]
    session = open_artifact(files[2])
    talk = Conversation(session)
    texts = [
        "book a table for tonight",
        "for four people at seven",
        "I also need a cab",
        "for four people at seven",
    ]
    wanted = [
        session.metadata.labels[int(talk.remember(text).values["logits"][0].argmax())]
        for text in texts
    ]
    assert found["said"] == wanted
    assert wanted[1] != wanted[3]
    assert "Without what came before: " in found["beside"]
    assert found["remembered"] == "It remembers 4 turns."
    assert found["after"] == "Nothing is remembered yet."


def test_what_is_taught_is_kept_saved_forgotten_and_opened(
    heard: dict[str, Any], page: Page, files: list[Path]
) -> None:
    found = heard["found"]["teach"]
    assert found["kept"] == ["order food", "tidy up", "water plants"]
    assert found["found"] == found["again"] == "water plants"
    assert found["strange"] == "Nothing it has learned"
    assert found["forgotten"] is None
    assert found["left"] == ["tidy up", "water plants"]
    assert found["refused"]
    with Learner.open(files[4], page.folder / "taught.nls", write=False) as learner:
        rows = [(row.label, row.text) for row in learner.examples()]
        assert ("water plants", "my roses are thirsty again") in rows
        assert len(rows) == 7
        assert learner.classify("the roses need water").label == "water plants"


def test_words_are_offered_chosen_and_written_on(heard: dict[str, Any]) -> None:
    """By a generator that knows four sentences by heart, in ONNX Runtime Web."""
    found = heard["found"]["write"]
    assert found["size"].startswith("Load 14.")
    assert found["link"]
    assert set(found["begins"]) <= {"How", "What", "Where", "Can"}
    assert found["behind"][0] == " you"
    assert found["chosen"] == "How are you today"
    assert found["typed"][0] == "eet"
    assert "ONNX Runtime Web" in found["said"]


def test_the_benchmark_is_a_report_that_is_read(heard: dict[str, Any], page: Page) -> None:
    report = read_report(page.folder / "report.json")
    (subject,) = report.subjects
    assert (subject.kind, subject.name) == ("c", "intents c int8")
    assert subject.in_app is not None
    assert subject.in_app.valid, subject.in_app.reason
    assert [len(case.samples_ns[0][0]) for case in subject.cases] == [100, 100]
    assert subject.in_app.thermal_before in (None, *THERMAL)
    assert heard["found"]["benchmark"]["said"] == "Done."


def test_nothing_is_asked_elsewhere_and_nothing_fails(heard: dict[str, Any], page: Page) -> None:
    own = (page.server.address, f"blob:{page.server.address}")
    assert not [address for address in heard["asked"] if not address.startswith(own)]
    assert not heard["said"]


def test_the_first_load_is_small(heard: dict[str, Any], site: Site) -> None:
    """What is loaded to the first answer, and what the service worker then keeps, is less than 2.5 MB."""
    described = json.loads(site.content("site.json") or b"")
    first = {
        *described["shell"],
        "index.html",
        "sw.js",
        "site.json",
        described["models"][0]["files"]["c"]["path"],
    }
    origin = heard["found"]["answer"]["first"]
    assert not [address for address in origin if "onnx" in address and not address.endswith(".js")]
    sizes = [len(gzip.compress(site.content(name) or b"")) for name in first]
    assert min(sizes) > 20
    assert sum(sizes) < FIRST_LOAD / 2  # half of what is allowed


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_tells_what_it_is_and_all_of_it_is_reached_by_keys(
    heard: dict[str, Any], screen: str
) -> None:
    tree = heard["found"]["accessible"][screen]["tree"]
    for role in ("button", "link", "textbox", "combobox", "searchbox", "listbox"):
        assert not [node for node in tree if node["role"] == role and not node["name"].strip()], (
            role
        )
    roles = [node["role"] for node in tree]
    assert roles.count("main") == roles.count("navigation") == 1
    assert [node["level"] for node in tree if node["role"] == "heading"].count(1) == 1
    assert "status" in roles
    assert {node["name"] for node in tree if node["role"] == "link"} >= LINKS
    reached = heard["found"]["accessible"][screen]["reached"]
    assert all(step["seen"] for step in reached), reached
    assert {step["id"] for step in reached} >= LINKS
    assert any(step["id"].startswith(screen) or step["id"] == "forget" for step in reached)


def test_no_screen_is_wider_than_the_device(heard: dict[str, Any]) -> None:
    found = heard["found"]["widths"]
    assert len(found) == len(SCREENS) * len(WIDTHS)
    assert max(found.values()) <= 0, found


def test_it_answers_without_its_server(heard: dict[str, Any], page: Page) -> None:
    """Behind the other tests: the server ends here."""
    assert heard["found"]["kept"]
    page.server.shutdown()
    page.server.server_close()
    found = page.used("offline")["found"]["offline"]
    assert found["label"] == "report_lost_card"
