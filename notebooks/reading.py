"""What the notebooks share: where the tables are, short names of methods, and how a figure for a paper looks.

Nothing here computes a result: what a table should say, kvsweep says.
"""

import os
from pathlib import Path

import duckdb
import matplotlib
import matplotlib.pyplot as plt
import pandas

RESULTS = Path(os.environ.get("KVSWEEP_RESULTS", "../quickstart"))
FIGURES = Path(os.environ.get("KVSWEEP_FIGURES", "figures"))

COLUMN = 3.3  # inches, one column of a paper
PAGE = 6.8  # both

# Okabe and Ito's palette, which colour-blind people can tell apart, without its yellow; fewer markers than colours,
# so that a pair repeats only after 42 methods. The same as in kvsweep's own pictures.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P"]

LABELS = {
    "nmse": "normalised squared error (nmse)",
    "nmse_centred": "centred nmse",
    "logit_rms": "logit error (nats)",
    "attention_kl": "attention KL (nats)",
    "output_error": "attention output error",
}
KINDS = {"key": "keys", "value": "values", "both": "keys and values"}


class Missing(Exception):
    """Something that a command of kvsweep writes is not there; shown without a stack trace."""

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


def has(name):
    """Whether kvsweep wrote this table; spectra, ranges and claims depend on what was swept."""
    return (results_folder() / "tables" / f"{name}.parquet").exists()


def table(name):
    """A table of `kvsweep aggregate` (or `claims`), as docs/schemas.md describes it."""
    path = results_folder() / "tables" / f"{name}.parquet"
    need(path, f"Run './kvsweep aggregate {RESULTS.resolve()}'; docs/schemas.md says which sweeps give which tables.")
    return duckdb.sql(f"FROM read_parquet({literal(path)})").df()


def rows():
    """Every result row once: of several for one (cell, unit, layer) the measured one counts."""
    files = literal(results_folder() / "results" / "*.parquet")
    return duckdb.sql(
        f"FROM read_parquet({files}, union_by_name=true) "
        "QUALIFY row_number() OVER (PARTITION BY cell_id, unit_id, layer ORDER BY status = 'measured' DESC, run_id) = 1"
    ).df()


def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def kinds(frame):
    """The kinds of tensor in a table, keys first."""
    return [kind for kind in KINDS if kind in set(frame.kind)]


# --- names ---------------------------------------------------------------------------------------------------------


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
        parameters = [p.partition("=")[::2] for p in _split(inner[:-1], ",")] if inner else []
        yield name, parameters


class Names:
    """Short names of methods: what all of them share is cut, as in the tables that kvsweep prints.

    `names.short[spec]` is one of them; `names.curve[spec]` is without what sets the rate alone: the curve that the
    method is a point of.
    """

    RATE = ["bits", "schedule", "effective_bits"]
    ALWAYS = [*RATE, "budget", "key", "value", "name"]

    def __init__(self, specs):
        specs = sorted(set(specs))
        self._values = {}
        for spec in specs:
            for stage, parameters in _stages(spec):
                for name, value in parameters:
                    self._values.setdefault((stage, name), set()).add(value)
        short = {spec: self._name(spec, self._shown) for spec in specs}
        taken = list(short.values())
        self.short = {spec: name if taken.count(name) == 1 else spec for spec, name in short.items()}
        self.curve = {spec: self._name(spec, self._tells) for spec in specs}

    def _name(self, spec, shown):
        words = []
        for stage, parameters in _stages(spec):
            inner = ",".join(text for name, value in parameters if (text := shown(stage, name, value)))
            words.append(f"{stage}({inner})" if inner else stage)
        return " | ".join(words)

    def _varies(self, stage, name):
        return len(self._values[stage, name]) > 1

    def _shown(self, stage, name, value):
        if stage == "pair":
            value = self._within(value)
        return f"{name}={value}" if name in self.ALWAYS or self._varies(stage, name) else ""

    def _tells(self, stage, name, value):
        if name in self.RATE:
            # A stage with several rules for its rate has a curve for each: bits=*, bits=auto:*, effective_bits=*.
            rules = {self._rule(r, v) for r in self.RATE for v in self._values.get((stage, r), ())}
            rule = self._rule(name, value)
            return rule if len(rules) > 1 and rule != "bits=*" else ""
        if stage == "pair":
            value = self._within(value)
        return f"{name}={value}" if name in ["name", "key", "value"] or self._varies(stage, name) else ""

    @staticmethod
    def _rule(name, value):
        word, colon, _ = value.rpartition(":")
        return f"{name}={word}{colon}*"

    @staticmethod
    def _within(value):
        """A method within a pair: its name and rate."""
        (stage, parameters), *_ = _stages(value)
        rate = [v for name, v in parameters if name in Names.RATE]
        return f"{stage}({rate[0]})" if rate else stage


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
