"""Small real data, a small config and a small transformer for tests of training."""

import csv
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from neurolite_core import NeuroLiteConfig
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.training.cli import app

WANTS = {
    "alarm": ["wake me at {}", "set an alarm for {}", "alarm at {} please", "get me up by {}"],
    "music": ["play {}", "put on some {}", "i want to hear {}", "start the {} playlist"],
    "weather": ["weather in {}", "will it rain in {}", "is it cold in {}", "forecast for {}"],
}
FILLERS = {
    "alarm": ["six", "seven", "noon", "half past eight", "midnight"],
    "music": ["jazz", "rock", "mozart", "some blues", "the beatles"],
    "weather": ["paris", "oslo", "new york", "rome", "berlin"],
}
ENCODER_CONFIG = NeuroLiteConfig(
    table_size=512,
    projection_size=24,
    hidden_size=8,
    num_hashes=4,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=8),
    max_words=8,
    bag=True,
    table_bits=4,
)
CHATTER = ["how tall is everest", "tell me a joke", "who won the game", "what is two plus two"]


def rows(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Texts and labels that differ."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        label = list(WANTS)[number % len(WANTS)]
        text = rng.choice(WANTS[label]).format(rng.choice(FILLERS[label]))
        found.append((f"{text} {rng.choice(['now', 'today', 'again', 'soon'])} {number}", label))
    return found


def write_csv(path: Path, count: int, seed: int = 0) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        writer.writerows(rows(count, seed))
    return path


def write_config(path: Path, **changes: float) -> Path:
    values: dict[str, Any] = {
        "table_size": 512,
        "projection_size": 16,
        "hidden_size": 16,
        "max_words": 32,
        "max_bytes": 256,
        "dropout": 0.1,
        "backbone_options": MixerOptions(num_layers=1, token_hidden=8, channel_hidden=16),
    }
    path.write_text(NeuroLiteConfig(**values | changes).to_json())
    return path


def train(*arguments: object, pictures: bool = False) -> dict[str, Any]:
    """Runs the command and gives its JSON; nine tenths of a small training are the pictures of its report."""
    drawn = "--pictures" if pictures else "--no-pictures"
    done = CliRunner().invoke(app, [*map(str, arguments), drawn, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def train_apart(*arguments: object, timeout: int = 300) -> dict[str, Any]:
    """Runs the command in a process of its own, as launchers do, and gives its JSON."""
    command = [sys.executable, "-m", "neurolite_core.training", *map(str, arguments)]
    command += ["--no-pictures", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def make_transformer(folder: Path, words: list[str]) -> Path:
    """A BERT of one layer with random weights, saved as any other."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder.mkdir()
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    vocabulary = [*names.values(), *dict.fromkeys(words)]
    numbers = {word: number for number, word in enumerate(vocabulary)}
    words_of = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    words_of.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words_of, **names
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
