"""Running text: headings, paragraphs and sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.data import Corpus, build_store
from neurolite_core.data.corpus import Passage, split_sentences
from neurolite_core.ground.errors import InputError

WIKITEXT = b""" \n = Valkyria Chronicles III = \n \n Senj\xc5\x8d no <unk> 3 is a game . It sold well .
 It was released in 2011 . \n \n = = Gameplay = = \n \n As with games = before , it = works . \n = = = Units = = = \n Many .
 = Robert Boulter = \n An actor .
"""


def test_passages_know_their_headings(tmp_path: Path) -> None:
    path = tmp_path / "wiki.txt"
    path.write_bytes(WIKITEXT)
    title = "Valkyria Chronicles III"
    assert list(Corpus(path).passages()) == [
        Passage("Senjō no <unk> 3 is a game . It sold well .", 4, (title,)),
        Passage("It was released in 2011 .", 5, (title,)),
        Passage("As with games = before , it = works .", 9, (title, "Gameplay")),
        Passage("Many .", 11, (title, "Gameplay", "Units")),
        Passage("An actor .", 13, ("Robert Boulter",)),
    ]
    sentences = [row.text for row in Corpus(path, "sentence").rows()]
    assert sentences[:3] == [
        "Senjō no <unk> 3 is a game .",
        "It sold well .",
        "It was released in 2011 .",
    ]


def test_a_corpus_can_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "wiki.txt"
    path.write_bytes(WIKITEXT)
    store = build_store([Corpus(path)], tmp_path / "store")
    assert (len(store), store.text(4), store.where(4)) == (5, b"An actor .", f"{path}, line 13")
    assert store.labels == ()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ('He said "Go." Then left (at 3.5 p).  Done', ['He said "Go."', "Then left (at 3.5 p).", "Done"]),
        ("今天很好。明天呢？「好。」他说。", ["今天很好。", "明天呢？", "「好。」他说。"]),
        ("यह एक वाक्य है। यह दूसरा है।", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences
    assert "".join("".join(sentences).split()) == "".join(text.split())


def test_bad_lines_and_options(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"fine\n\xff\nalso\n")
    with pytest.raises(InputError, match="line 2: not UTF-8"):
        list(Corpus(path).passages())
    assert [row.text for row in Corpus(path, on_bad="skip").rows()] == ["fine", "also"]
    with pytest.raises(InputError, match="passage is 'word'; choose one of: paragraph, sentence"):
        Corpus(path, "word")
