"""What the notebooks share: where the tables are, short names of methods, and how a figure for a paper looks.

Nothing here computes a result: what a table should say, kvsweep says.
"""

import functools
import json
import os
import subprocess
from pathlib import Path

import duckdb
import matplotlib
import matplotlib.pyplot as plt
import pandas

RESULTS = Path(os.environ.get("KVSWEEP_RESULTS", "../quickstart"))
FIGURES = Path(os.environ.get("KVSWEEP_FIGURES", "figures"))
KVSWEEP = Path(os.environ.get("KVSWEEP", "../kvsweep"))

COLUMN = 3.3  # inches, one column of a paper
PAGE = 6.8  # both

# Okabe and Ito's palette, which colour-blind people can tell apart, without its yellow; fewer markers than colours,
# so that a pair repeats only after 42 methods. The palette of kvsweep's own pictures, dealt out here as methods come.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P"]

LABELS = {
    "nmse": "normalised squared error (nmse)",
    "nmse_centred": "centred nmse",
    "logit_rms": "logit error (nats)",
    "attention_kl": "attention KL (nats)",
    "output_error": "attention output error",
}
OF_KEYS = ["logit_rms", "attention_kl"]  # errors in which values have no part
KINDS = {"key": "keys", "value": "values", "both": "keys and values"}


class Missing(Exception):
    """What was asked for is not in the results; shown without a stack trace."""

    def _render_traceback_(self):
        return [f"Missing: {self}"]


def need(path, remedy):
    if not path.exists():
        raise Missing(f"there is no {path.resolve()}\n{remedy}")
    return path


def results_folder():
    """The folder of results, checked."""
    need(
        RESULTS / "results",
        "Run './kvsweep quickstart' at the top of the repository, or set KVSWEEP_RESULTS to the --out of your own\n"
        "sweep before Jupyter starts: KVSWEEP_RESULTS=../my-results jupyter lab",
    )
    need(RESULTS / "tables", f"Run './kvsweep aggregate {RESULTS.resolve()}'.")
    return RESULTS


def dataset():
    """The folder of the dataset: KVSWEEP_DATASET, or in the results, or that of the last run."""
    named = os.environ.get("KVSWEEP_DATASET")
    if named:
        return need(Path(named) / "dataset.json", "KVSWEEP_DATASET names no dataset of 'kvsweep import'.").parent.resolve()
    results = RESULTS.resolve()
    if (results / "dataset" / "dataset.json").exists():
        return results / "dataset"
    runs = sorted((results / "runs").glob("*.json"))
    if not runs:
        raise Missing(f"there is no run in {results / 'runs'} to tell the dataset: set KVSWEEP_DATASET.")
    typed = Path(json.loads(runs[-1].read_text())["config"]["dataset"].removeprefix("file:"))
    # As it was typed where the sweep was started: mostly at the top of the repository, or beside its results.
    places = list(dict.fromkeys([KVSWEEP.resolve().parent / typed, results.parent / typed]))
    found = [place for place in places if (place / "dataset.json").exists()]
    if not found:
        raise Missing(
            f"{runs[-1].name} measured the dataset {typed}; it is not at {' nor at '.join(map(str, places))}.\n"
            "Set KVSWEEP_DATASET to its folder."
        )
    return found[0].resolve()


def has(name):
    """Whether kvsweep wrote this table; spectra, ranges and claims depend on what was swept."""
    return (results_folder() / "tables" / f"{name}.parquet").exists()


def table(name):
    """A table of `kvsweep aggregate` (or `claims`), as docs/schemas.md describes it."""
    path = results_folder() / "tables" / f"{name}.parquet"
    need(path, f"Run './kvsweep aggregate {RESULTS.resolve()}'; docs/schemas.md says which sweeps give which tables.")
    return duckdb.sql(f"FROM read_parquet({literal(path)})").df()


def rows():
    """The result rows that tables are made of: of several for one cell the measured one, and of these the one of the
    latest run for each specification, seed and layer of a prompt, whatever its version."""
    files = literal(results_folder() / "results" / "*.parquet")
    return duckdb.sql(
        "SELECT * EXCLUDE (filename) FROM ("
        f"  FROM read_parquet({files}, filename=true, union_by_name=true) "
        "  QUALIFY row_number() OVER (PARTITION BY cell_id, unit_id, layer ORDER BY status <> 'measured', run_id DESC, filename) = 1) "
        "QUALIFY row_number() OVER (PARTITION BY model, kind, method_spec, seed, prompt, layer "
        "                           ORDER BY run_id DESC, cell_id DESC, unit_id DESC) = 1"
    ).df()


def older():
    return Missing(f"tables/summary.parquet is of an older kvsweep: run './kvsweep aggregate {RESULTS.resolve()}'.")


def selectors(summary):
    """Specifications with a selector, which leaves tokens out."""
    if "read_ratio" not in summary:
        raise older()
    return set(summary[summary.read_ratio.notna()].method_spec)


def comparable(frame, metric):
    """A table of methods without those that this metric does not compare: with a selector all errors but output_error
    are of the tokens that it keeps, and where values are compressed logits tell nothing of these. Says how many it left out."""
    if metric == "output_error":
        return frame
    out = frame.method_spec.isin(selectors(table("summary")))
    if out.any():
        n = frame[out].method_spec.nunique()
        print(f"{n} method{'s' if n > 1 else ''} with a selector left out: {metric} is of the tokens kept, output_error of all")
    values = (frame.kind != "key") & (metric in OF_KEYS)
    for kind in kinds(frame[values]):
        print(f"{KINDS[kind]} left out: {metric} is of keys alone")
    return frame[~out & ~values]


def complete(frame, metric):
    """The summary, without methods whose mean of a metric does not compare: they lack cells which another measured, or
    the metric there, or are of several versions. Says which."""
    if f"{metric}_compares" not in frame:
        raise older()
    lacks = ~frame[f"{metric}_compares"].astype(bool)
    for _, line in frame[lacks].sort_values(["model", "kind", "method_spec"]).iterrows():
        versions = f", of {line.n_versions} versions" if line.n_versions > 1 else ""
        print(
            f"left out on {line.model}, {KINDS[line.kind]}: {short(line.method_spec)}, "
            f"{metric} in {line[f'{metric}_n']} of {line.n_units} cells{versions}"
        )
    return frame[~lacks]


def setting(name, value, existing):
    """A setting, checked against what there is."""
    existing = list(existing)
    if value not in existing:
        raise Missing(f"{name} = {value!r}: expected one of {', '.join(repr(e) for e in existing)}")
    return value


def kvsweep(*arguments):
    """What the launcher prints."""
    command = [str(KVSWEEP.resolve()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"kvsweep {arguments[0]} ended with {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout


def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def kinds(frame):
    """The kinds of tensor in a table, keys first."""
    return [kind for kind in KINDS if kind in set(frame.kind)]


# --- names ---------------------------------------------------------------------------------------------------------

RATE = ["bits", "schedule", "effective_bits"]  # parameters that set nothing but the rate


def _split(text, separator):
    """Splits outside of parentheses and brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == separator and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return parts + [text[start:].strip()]


def _stages(spec):
    for stage in _split(spec, "|"):
        name, _, inner = stage.partition("(")
        yield name, [p.partition("=")[::2] for p in _split(inner[:-1], ",")] if inner else []


@functools.cache
def _defaults():
    """Defaults of every method's parameters, as kvsweep knows them; none, and then names stay long, without a launcher."""
    if not KVSWEEP.exists():
        print(f"names of methods stay long: there is no {KVSWEEP.resolve()} to ask for defaults; KVSWEEP names the launcher")
        return {}
    return {
        method["name"]: {p["name"]: p["default_value"] for p in method["parameters"]}
        for method in json.loads(kvsweep("methods", "--json"))
    }


def short(spec):
    """A specification as people write it, and as a sweep takes it: parameters with their default are left out."""
    words = []
    for stage, parameters in _stages(spec):
        usual = _defaults().get(stage, {})
        kept = [
            f"{name}={short(value) if stage == 'pair' else value}"
            for name, value in parameters
            if name not in usual or usual[name] != value
        ]
        words.append(f"{stage}({','.join(kept)})" if kept else stage)
    return " | ".join(words)


def curve(spec):
    """The curve that a method is a point of, as kvsweep names it: without the number of bits."""
    words = []
    for stage, parameters in _stages(spec):
        inner = [f"{name}={value[:value.find(':') + 1] + '*' if name in RATE else value}" for name, value in parameters]
        words.append(f"{stage}({','.join(inner)})" if inner else stage)
    return short(" | ".join(words)).replace("(bits=*)", "").replace("(bits=*,", "(")


# --- figures -------------------------------------------------------------------------------------------------------


def style():
    """Small type, thin lines, text that stays text; files are the same bytes for the same numbers."""
    matplotlib.rcParams.update(
        {
            "font.family": "sans-serif",
            "font.size": 7,
            "axes.titlesize": 7.5,
            "axes.labelsize": 7,
            "xtick.labelsize": 6.5,
            "ytick.labelsize": 6.5,
            "legend.fontsize": 6,
            "axes.linewidth": 0.6,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.minor.width": 0.4,
            "ytick.minor.width": 0.4,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#E6E6E6",
            "grid.linewidth": 0.4,
            "axes.axisbelow": True,
            "lines.linewidth": 0.9,
            "lines.markersize": 3.6,
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 200,
            "savefig.dpi": 300,
            "pdf.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "kvsweep",
        }
    )


def looks(curves):
    """Colour and marker of each curve, the same in every figure of the notebook."""
    return {
        curve: {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
        for i, curve in enumerate(sorted(set(curves)))
    }


def finish(figure, name):
    """Writes the figure as PDF and SVG and shows it. A figure in which an axis has no data is an error."""
    for i, axes in enumerate(figure.axes):
        if not axes.has_data():
            raise ValueError(f"figure {name}: axes {i} ('{axes.get_title()}') are empty")
    FIGURES.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURES / f"{name}.pdf", metadata={"CreationDate": None})
    figure.savefig(FIGURES / f"{name}.svg", metadata={"Date": None})
    print(f"written: {FIGURES / name}.pdf, .svg")
    plt.show()


def tidy(frame, **formats):
    """A table for reading: four digits, a dash where there is no number."""
    numbers = {c: "{:.4g}" for c in frame.columns if pandas.api.types.is_float_dtype(frame[c])}
    return frame.style.format({**numbers, **formats}, na_rep="-").hide(axis="index")
