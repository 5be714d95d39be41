#!/usr/bin/env python3
"""Holds a sweep script written in PyTorch against kvsweep: the same reconstructions, measured by both.

    python datasets/score_torch_script.py sweep_torch.py captures/*.safetensors --out scored

The script is imported by its path. It must have `cells(keys)`, which yields (method, reconstruction) of one layer's keys
as captured, [tokens, channels], and `run(files, rows)`, which appends (model, prompt, layer, method, nmse, logit_rms,
attention_kl, output_error). What `cells` yields is written as captures, imported, and scored by `external`; the largest
relative differences from `run` are printed, and exit code 1 says that one is beyond what float32 attention explains.
Needs torch, safetensors and pyarrow. The script packs nothing, so that two bytes per value are declared here, and bits of
the results mean nothing.
"""
import argparse
import importlib.util
import os
import subprocess
import sys

import pyarrow.dataset
from safetensors import safe_open
from safetensors.torch import save_file

METRICS = {"nmse": 1e-5, "logit_rms": 1e-5, "attention_kl": 1e-2, "output_error": 1e-3}  # largest difference
HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def load(path):
    spec = importlib.util.spec_from_file_location("sweep_script", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reconstruct(script, source, out):
    """One capture of keys per method, in a folder of its own; the methods."""
    with safe_open(source, "pt") as capture:
        metadata = {k: v for k, v in capture.metadata().items() if not k.startswith("query_")}
        methods = {}
        for name in sorted(n for n in capture.keys() if n.endswith(".key")):
            keys = capture.get_tensor(name).float()
            heads, tokens, channels = keys.shape
            for method, hat in script.cells(keys.transpose(0, 1).reshape(tokens, heads * channels)):
                tensors = methods.setdefault(method, {})
                tensors[name] = hat.view(tokens, heads, channels).transpose(0, 1).contiguous()
    for method, tensors in methods.items():
        os.makedirs(os.path.join(out, method), exist_ok=True)
        declared = {"declared_bytes." + name: str(2 * x.numel()) for name, x in tensors.items()}
        save_file(tensors, os.path.join(out, method, os.path.basename(source)), metadata | declared)
    return set(methods)


def kvsweep(*arguments):
    subprocess.run([os.path.join(HOME, "kvsweep"), *arguments], check=True, stdout=subprocess.DEVNULL)


def measure(sources, methods, out):
    """By kvsweep: {(model, prompt, layer, method): metrics}."""
    at = lambda *names: os.path.join(out, *names)
    kvsweep("import", *sources, "--out", at("dataset"))
    specs = []
    for method in methods:
        kvsweep("import", at("captures", method), "--out", at("reconstructed", method))
        specs.append(f"external(dir={at('reconstructed', method)},name={method})")
    with open(at("sweep.yaml"), "w", encoding="utf-8") as config:
        config.write("kinds: [key]\nmethods:\n" + "".join(f'  - "{spec}"\n' for spec in specs))
    kvsweep("sweep", at("sweep.yaml"), "--dataset", at("dataset"), "--out", at("results"))
    columns = ["model", "prompt", "layer", "method_spec", *METRICS]
    rows = pyarrow.dataset.dataset(at("results", "results"), format="parquet").to_table(columns).to_pylist()
    method = {f"external(name={name})": name for name in methods}
    return {(row["model"], row["prompt"], row["layer"], method[row["method_spec"]]): row for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("script")
    parser.add_argument("captures", nargs="+")
    parser.add_argument("--out", required=True, help="a folder that does not exist")
    arguments = parser.parse_args()
    out = os.path.abspath(arguments.out)
    if os.path.exists(out):
        sys.exit(f"{out}: exists; give another --out")
    script = load(arguments.script)
    methods = set().union(*(reconstruct(script, source, os.path.join(out, "captures")) for source in arguments.captures))
    ours = measure(arguments.captures, sorted(methods), out)
    theirs = []
    script.run(arguments.captures, theirs)
    if len(ours) != len(theirs):
        sys.exit(f"{len(theirs)} cells of the script, {len(ours)} of kvsweep")
    too_far = False
    for at, (metric, most) in enumerate(METRICS.items()):
        differences = [(abs(ours[tuple(row[:4])][metric] / row[4 + at] - 1), row[:4]) for row in theirs]
        largest, where = max(differences)
        too_far |= not largest <= most
        print(f"{metric}: {largest:.1e} at {', '.join(map(str, where))}; {most:.0e} is allowed")
    print(f"{len(theirs)} cells")
    sys.exit(1 if too_far else 0)


if __name__ == "__main__":
    main()
