"""A few steps of fine-tuning on what `cot-prune export` wrote, on the CPU: to see that the files fit.

    python fine_tune.py sft sft.jsonl [--steps 4] [--out DIR]
    python fine_tune.py dpo dpo.jsonl
    python fine_tune.py grpo grpo.jsonl

The model is the embedded reasoner, with the weights of its GGUF file as floats.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from datasets import load_dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

MODEL = Path(__file__).parents[3] / "models" / "tiny-reasoner"
BEGIN, END = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"


def load_tokenizer() -> PreTrainedTokenizerFast:
    # no bos_token: the prompts have theirs already
    return PreTrainedTokenizerFast(
        tokenizer_file=str(MODEL / "tokenizer.json"), eos_token=END, pad_token=BEGIN
    )


def load_model():
    read = AutoModelForCausalLM.from_pretrained(MODEL, gguf_file="tiny-reasoner-q4_0.gguf")
    # its weights are floats already, but it counts as quantised, and trainers refuse those
    if hasattr(read.config, "quantization_config"):
        del read.config.quantization_config
    model = AutoModelForCausalLM.from_config(read.config)
    model.load_state_dict(read.state_dict())
    return model


def reward(completions: list[str], solution: list[str], **_) -> list[float]:
    """The first term of TRAAC's reward, 4 for the right answer. The second looks for the closing tag, which is
    a control token here and not in the text; the third compares lengths within a difficulty, over batches.
    `reward()` of cot-prune has all of them."""
    boxed = [re.findall(r"\\boxed\{(\d+)\}", text) for text in completions]
    return [4.0 * (bool(found) and found[-1] == right) for found, right in zip(boxed, solution)]


def trainer_of(form: str, rows, out: Path, steps: int):
    shared = {
        "output_dir": str(out),
        "max_steps": steps,
        "per_device_train_batch_size": 2,
        "learning_rate": 1e-5,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "bf16": False,
    }
    given = {"model": load_model(), "train_dataset": rows, "processing_class": load_tokenizer()}
    if form == "sft":
        return SFTTrainer(args=SFTConfig(max_length=1024, **shared), **given)
    if form == "dpo":
        config = DPOConfig(max_length=1024, **shared)
        return DPOTrainer(args=config, ref_model=load_model(), **given)
    config = GRPOConfig(num_generations=2, max_completion_length=400, temperature=0.8, **shared)
    return GRPOTrainer(args=config, reward_funcs=reward, **given)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=("sft", "dpo", "grpo"))
    parser.add_argument("rows", type=Path)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--out", type=Path, default=Path("/tmp/cot-prune-trl"))
    options = parser.parse_args()
    rows = load_dataset("json", data_files=str(options.rows), split="train")
    trainer = trainer_of(options.form, rows, options.out, options.steps)
    trainer.train()
    for entry in trainer.state.log_history:
        print({key: entry[key] for key in ("step", "loss", "reward", "mean_token_accuracy") if key in entry})
