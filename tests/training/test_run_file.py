"""A training from a file of options, and the file that it leaves."""

import tomllib
from pathlib import Path

import pytest
from safetensors.torch import load_file
from typer.testing import CliRunner

from neurolite_core.training.cli import app
from training.making import train, write_config, write_csv

FILE = """
data = ["data.csv"]
out = "first"
model-config = "config.json"
test = "test.csv"
epochs = 2
batch-size = 32
seed = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_csv(tmp_path / "data.csv", 120)
    write_csv(tmp_path / "test.csv", 30, seed=1)
    write_config(tmp_path / "config.json")
    (tmp_path / "run.toml").write_text(FILE)
    return tmp_path


def test_the_saved_file_trains_the_same_again(folder: Path) -> None:
    first = train("--config", folder / "run.toml")
    assert first["split"] == "test"
    saved = folder / "first" / "run.toml"
    values = tomllib.loads(saved.read_text())
    assert values["data"] == [str(folder / "data.csv")]  # as --config was given
    assert values["out"] == "."
    assert (values["epochs"], values["seed"], values["learning-rate"]) == (2, 3, 3e-3)
    assert "restart" not in values
    assert "minutes" not in values
    again = train("--config", saved, "--out", folder / "again")
    typed = train(
        folder / "data.csv", "--test", folder / "test.csv", "--model-config",
        folder / "config.json", "--epochs", 2, "--batch-size", 32, "--seed", 3, "--out",
        folder / "typed",
    )  # fmt: skip
    assert first["accuracy"] == again["accuracy"] == typed["accuracy"]
    weights = {name: load_file(folder / name / "model.safetensors") for name in ("first", "again")}
    assert all((weights["again"][key] == value).all() for key, value in weights["first"].items())
    assert load_file(folder / "typed" / "model.safetensors").keys() == weights["first"].keys()
    # The finished training is found again, not done again.
    assert train("--config", saved)["resumed_at"] == first["steps"]
    other = train("--config", saved, "--seed", 4, "--out", folder / "other")
    assert other["steps"] == first["steps"]
    changed = load_file(folder / "other" / "model.safetensors")
    assert any((changed[key] != value).any() for key, value in weights["first"].items())
    assert tomllib.loads((folder / "other" / "run.toml").read_text())["seed"] == 4


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("epoch = 3", "there is no option 'epoch'; the nearest is 'epochs'"),
        ("typos = '0.1'", "typos is '0.1'; give a number."),
        ("size = 'huge'", "--size is 'huge'; choose one of: tiny, small, base, english, micro."),
        ("epochs = 0", "epochs is 0; give a whole number from 1 to 10000."),
        ("validation = 0.2", 'validation is 0.2; give a string, such as "0.2".'),
    ],
)
def test_wrong_lines_are_one_clear_line(folder: Path, line: str, message: str) -> None:
    (folder / "run.toml").write_text(f'data = "data.csv"\nout = "first"\n{line}\n')
    done = CliRunner().invoke(app, ["--config", str(folder / "run.toml")])
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert "Traceback" not in done.output


def test_nothing_to_train_on_is_one_clear_line() -> None:
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 2
    assert "Missing: data, out." in done.output
