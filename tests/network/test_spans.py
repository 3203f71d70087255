"""A head over words: what its tags depend on, where its words stand, and what cannot be asked of it."""

from __future__ import annotations

import pytest
import torch

from neurolite_core import (
    InputError,
    NeuroLiteConfig,
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteForSpans,
    SpansOptions,
)
from neurolite_core.network.backbones.mixer import MixerBlock
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.text.words import pack_texts

TYPES = ("time", "place")
CONFIG = NeuroLiteConfig(
    table_size=256,
    projection_size=12,
    hidden_size=12,
    num_hashes=4,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=16),
    max_words=24,
    max_bytes=64,
    spans=SpansOptions(types=TYPES, width=16),
)
TEXT = "wake me at seven in the morning please"


def network(config: NeuroLiteConfig = CONFIG) -> NeuroLiteForSpans:
    torch.manual_seed(3)
    return NeuroLiteForSpans(config).eval()


def without_mixer(config: NeuroLiteConfig = CONFIG) -> NeuroLiteForSpans:
    """Words know of the others by the windows alone."""
    found = network(config)
    for module in found.modules():
        if isinstance(module, MixerBlock):
            torch.nn.init.zeros_(module.word_mixing.contract.weight)
            torch.nn.init.zeros_(module.word_mixing.contract.bias)
    return found


@torch.no_grad()
def tags_of(model: NeuroLiteForSpans | NeuroLiteForClassification, *texts: str) -> torch.Tensor:
    tags: torch.Tensor = model(input_texts=list(texts))["tags"]
    return tags


def test_longer_neighbours_in_a_batch_change_no_tag() -> None:
    model = network()
    alone, beside = tags_of(model, TEXT), tags_of(model, TEXT, TEXT + " " + TEXT)
    assert alone.shape == (1, 8, 5)
    assert beside.shape[1] > 8
    torch.testing.assert_close(beside[:1, :8], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("window", [0, 1, 2])
def test_words_know_of_neighbours_on_both_sides(window: int) -> None:
    config = CONFIG.replace(spans=SpansOptions(types=TYPES, width=16, window=window))
    model = without_mixer(config)
    words, reach = TEXT.split(), 1 + window  # that of the projection, and the head's
    whole = tags_of(model, TEXT)[0]
    for place in range(len(words)):
        other = tags_of(model, " ".join([*words[:place], "xyzzy", *words[place + 1 :]]))[0]
        moved = (other - whole).abs().amax(dim=1) > 1e-6
        expected = [abs(at - place) <= reach for at in range(len(words))]
        assert moved.tolist() == expected


def test_any_word_reaches_any_other_by_the_mixer() -> None:
    model, words = network(), TEXT.split()
    whole = tags_of(model, TEXT)[0]
    for place in (0, len(words) - 1):
        other = tags_of(model, " ".join([*words[:place], "xyzzy", *words[place + 1 :]]))[0]
        assert ((other - whole).abs().amax(dim=1) > 1e-7).all()


def test_a_classifier_answers_as_without_the_head() -> None:
    torch.manual_seed(5)
    joint = NeuroLiteForClassification(CONFIG, num_labels=3).eval()
    plain = NeuroLiteForClassification(CONFIG.replace(spans=None), num_labels=3).eval()
    kept = {k: v for k, v in joint.state_dict().items() if not k.startswith("spans.")}
    plain.load_state_dict(kept)
    with torch.no_grad():
        one, other = joint([TEXT, "hi"]), plain([TEXT, "hi"])
    assert set(one) == {*other, "tags", "offsets"}
    assert torch.equal(one["logits"], other["logits"])


def test_texts_and_their_bytes_have_the_same_answer() -> None:
    model, texts = network(), [TEXT, "", "caf\u00e9 at 7"]
    packed = torch.from_numpy(pack_texts([text.encode() for text in texts]))
    with torch.no_grad():
        one, other = model(texts), model(input_bytes=packed)
    assert set(one) == {"tags", "offsets"}
    assert torch.equal(one["offsets"], other["offsets"])
    torch.testing.assert_close(one["tags"], other["tags"], atol=1e-5, rtol=0)
    assert one["offsets"][0, 3].tolist() == [11, 16]
    assert one["offsets"][2, :4].tolist() == [[0, 5], [6, 8], [9, 10], [0, 0]]


def test_bytes_that_are_read_beyond_the_limit_have_places_too() -> None:
    data = b"word " * 20  # a host cuts texts at 64 bytes; this one did not
    with torch.no_grad():
        found = network()(input_bytes=torch.from_numpy(pack_texts([data])))
    assert found["tags"].shape[1] == 20
    assert found["offsets"][0, -1].tolist() == [95, 99]


def test_what_cannot_be_asked_for() -> None:
    for config, labels, message in (
        (CONFIG.replace(spans=None), None, "has no spans: spans=SpansOptions"),
        (CONFIG, ["a", "b"], "a model of spans alone has no labels"),
    ):
        with pytest.raises(InputError, match=message):
            NeuroLiteForSpans(config, labels=labels)
    with pytest.raises(InputError, match="an embedding model does not find"):
        NeuroLiteForEmbedding(CONFIG)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"types": ()}, "number of span types is 0"),
        ({"types": ("a", "a")}, "'a' stands twice"),
        ({"types": ("a b",)}, "leave out blanks"),
        ({"types": ("a)",)}, "leave out blanks, brackets"),
        ({"types": ("",)}, "give 1 to 256 characters"),
        ({"types": ("a",), "width": 3}, "spans' width is 3"),
        ({"types": ("a",), "window": 9}, "spans' window is 9"),
    ],
)
def test_options_that_cannot_be(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        SpansOptions(**values)  # type: ignore[arg-type]


def test_options_travel_with_the_config() -> None:
    assert NeuroLiteConfig.from_json(CONFIG.to_json()) == CONFIG
    assert CONFIG.spans is not None
    assert CONFIG.spans.types == TYPES
    with pytest.raises(InputError, match="spans is 'x'; give SpansOptions, or None without spans"):
        CONFIG.replace(spans="x")  # type: ignore[arg-type]
