"""``toolrl quickstart``: the main job on one machine, from a pretrained model to a table.

Five stages, each in its own run folder: evaluate the model as it is, warm it up by SFT, evaluate,
train by GRPO, evaluate. The same command goes on where a stopped one was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from toolrl.runs import locked

STAGES = ("start", "after SFT", "after GRPO")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, which seed, which recipes."""
    parser.add_argument("--out", default="runs/quickstart", help="folder (default: %(default)s)")
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help="of training; tasks have their own in the recipes (default: %(default)s)",
    )
    parser.add_argument("--sft", help="recipe of the warm start (default: the quickstart's own)")
    parser.add_argument("--grpo", help="recipe of GRPO (default: the quickstart's own)")
    parser.add_argument("--eval", help="settings of the evaluation (default: the quickstart's own)")
    parser.add_argument("words", nargs="*", metavar="key=value", help="overrides for GRPO")


def run(args: argparse.Namespace) -> int:
    """Run what is still missing, then print the table and draw the picture."""
    out, started = Path(args.out), time.monotonic()
    configs = load_recipes(args, out)
    check_recipes(configs)
    with locked(out):
        evaluate(configs, "start", configs["sft"].model, out)
        train_sft_stage(configs["sft"])
        evaluate(configs, "after SFT", configs["grpo"].model, out)
        train_grpo_stage(configs["grpo"])
        evaluate(configs, "after GRPO", str(Path(configs["grpo"].output) / "model"), out)
        finish(configs, out, (time.monotonic() - started) / 60)
    return 0


def load_recipes(args: argparse.Namespace, out: Path) -> dict:
    """The three recipes, with this quickstart's folder and seed."""
    from dataclasses import replace

    from toolrl.config import load_config
    from toolrl.errors import ConfigError
    from toolrl.evals.heldout import HeldoutConfig
    from toolrl.models.trained import settle
    from toolrl.train.methods import METHODS

    for word in args.words:
        if word.split("=")[0] in ("output", "model"):
            raise ConfigError(f"'{word}': the quickstart lays its own folders; use --out DIR")
    seed, model = f"seed={args.seed}", out / "sft" / "model"
    sft = [f"output={json.dumps(str(out / 'sft'))}", seed]
    grpo = [f"output={json.dumps(str(out / 'grpo'))}", f"model={json.dumps(str(model))}", seed]
    grpo += args.words
    places = [f"output={json.dumps(str(out))}"]
    warm_up = load_config(METHODS["sft"], [args.sft or own("quickstart_sft.yaml")], sft)
    warm_up, _ = settle(warm_up)
    others = {
        "grpo": load_config(METHODS["grpo"], [args.grpo or own("quickstart_grpo.yaml")], grpo),
        "eval": load_config(HeldoutConfig, [args.eval or own("quickstart_eval.yaml")], places),
    }  # where they leave the format open, it is the warm start's, which need not be there yet
    form = warm_up.format
    return {"sft": warm_up} | {
        name: replace(one, format=one.format or form) for name, one in others.items()
    }


def check_recipes(configs: dict) -> None:
    """Find mistakes before the first minute of work, a missing matplotlib among them."""
    from toolrl.evals.heldout import heldout_examples
    from toolrl.extras import require
    from toolrl.rewards import load_reward, refuse_moving
    from toolrl.train.examples import load_examples
    from toolrl.train.grpo import grpo_method
    from toolrl.train.online import online_arguments
    from toolrl.train.sft import sft_arguments

    require("train", "trl")
    require("report", "matplotlib")
    for stage in ("sft", "grpo"):
        load_examples(configs[stage].data, configs[stage].seed)
    heldout_examples(configs["eval"])
    for stage in ("sft", "eval"):
        refuse_moving(load_reward(configs[stage].reward, format_name=configs[stage].format))
    for config in configs.values():
        load_reward(config.reward, format_name=config.format)
    sft_arguments(configs["sft"])
    online_arguments(configs["grpo"], grpo_method(configs["grpo"]))


def own(name: str) -> Path:
    """A recipe that comes with the project: beside the package when installed, else in the tree."""
    import toolrl

    package = Path(toolrl.__file__).parent
    installed = package / "recipes" / name
    return installed if installed.exists() else package.parents[1] / "recipes" / name


def folder_of(out: Path, stage: str) -> Path:
    """``eval-after-sft`` and the like."""
    return out / f"eval-{stage.replace(' ', '-').lower()}"


def say(text: str) -> None:
    """A headline on standard error."""
    print(f"\n== {text}", file=sys.stderr, flush=True)


def evaluate(configs: dict, stage: str, model: str, out: Path) -> None:
    """Measure one stage; what is answered already is not answered again."""
    from dataclasses import replace

    from toolrl.cli.progress import ShowProgress
    from toolrl.evals.heldout import evaluate_heldout

    say(f"evaluation: {stage}")
    config = replace(configs["eval"], model=model, output=str(folder_of(out, stage)))
    evaluate_heldout(config, resume=True, on_progress=ShowProgress())


def train_sft_stage(config) -> None:
    """The warm start."""
    from toolrl.train.sft import train_sft

    say("supervised warm start")
    train_sft(config, resume=True)


def train_grpo_stage(config) -> None:
    """GRPO from the warm start."""
    from toolrl.train.grpo import train_grpo

    say("GRPO")
    train_grpo(config, resume=True)


def finish(configs: dict, out: Path, minutes: float) -> None:
    """Table on standard output and in ``table.md``; the picture beside it."""
    from toolrl.cli.eval_heldout import read_scores
    from toolrl.evals.summary import compare
    from toolrl.files import write_whole
    from toolrl.report.curves import draw_curves
    from toolrl.report.tables import differences, side_by_side
    from toolrl.rewards import load_reward
    from toolrl.runs import SAMPLES, read_lines

    folders = [folder_of(out, stage) for stage in STAGES]
    table = side_by_side(STAGES, [read_scores(str(folder)) for folder in folders])
    rows = [list(read_lines(folder / SAMPLES)) for folder in folders]
    reward = load_reward(configs["eval"].reward, format_name=configs["eval"].format)
    paired = differences(compare(rows[1], rows[2], reward), "after GRPO − after SFT, paired")
    text = f"{table}\n\n{paired}\n"
    write_whole(out / "table.md", text)
    picture = draw_curves(out / "grpo", out / "curves.png")
    print(
        f"\n{text}\ncurves: {picture}\ntable: {out / 'table.md'}\nmodel: {out / 'grpo' / 'model'}"
    )
    print(f"this call took {minutes:.1f} minutes")
