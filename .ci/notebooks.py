"""Checks that the notebooks are stripped and runs them; see .ci/notebooks. Needs only the standard library, until it
starts itself again with the Python of an environment that has notebooks/requirements.txt."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
NOTEBOOKS = HOME / "notebooks"
REQUIREMENTS = NOTEBOOKS / "requirements.txt"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# A cold install takes one to two minutes; an index that does not answer would take for ever.
INSTALL_SECONDS = 600
# A query starts a Spark, and the first one may have to build kvsweep.
CELL_SECONDS = 600
FIGURES = {"01_first_look.ipynb", "02_rate_distortion.ipynb", "03_per_layer.ipynb"}


def fail(message):
    print(f"notebooks: FAILED: {message}", file=sys.stderr)
    sys.exit(1)


def notebooks():
    found = sorted(NOTEBOOKS.glob("*.ipynb"))
    if not found:
        fail(f"there is no notebook in {NOTEBOOKS}")
    return found


# --- outputs -------------------------------------------------------------------------------------------------------


def stripped(notebook):
    """Without what running and editors leave; ids stay."""
    cells = []
    for cell in notebook["cells"]:
        kept = {"cell_type": cell["cell_type"], "id": cell["id"], "metadata": {}, "source": cell["source"]}
        if cell["cell_type"] == "code":
            kept |= {"execution_count": None, "outputs": []}
        cells.append(kept)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def text(notebook):
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def strip():
    for file in notebooks():
        file.write_text(text(stripped(json.loads(file.read_text()))))


def check_stripped():
    for file in notebooks():
        now = file.read_text()
        notebook = json.loads(now)
        for i, cell in enumerate(notebook["cells"]):
            if "id" not in cell:
                fail(f"{file.name}: cell {i} has no id")
            if cell.get("outputs") or cell.get("execution_count") is not None:
                fail(f"{file.name}: cell '{cell['id']}' has outputs or a count; '.ci/notebooks --strip' takes them out")
        ids = [cell["id"] for cell in notebook["cells"]]
        if len(set(ids)) != len(ids):
            fail(f"{file.name}: two cells have the same id")
        if now != text(stripped(notebook)):
            fail(f"{file.name}: it has metadata or a layout of an editor; '.ci/notebooks --strip' takes it out")


# --- environment ---------------------------------------------------------------------------------------------------


def indexes():
    """Indexes on this disk, where pip is set up with some: then nothing else is asked, which may not be reachable."""
    shown = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.extra-index-url"],
        capture_output=True, text=True, timeout=60,
    )
    local = [index for index in shown.stdout.split() if index.startswith("file:")]
    if not local or "PIP_INDEX_URL" in os.environ:
        return []
    return ["--index-url", local[0]] + [part for index in local[1:] for part in ("--extra-index-url", index)]


def environment():
    """The Python of a virtual environment with the requirements, made where there is none for just these."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode() + sys.prefix.encode()).hexdigest()[:16]
    folder = HOME / "target" / "notebooks" / key
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    complete = folder / "complete"
    if complete.exists():
        return python
    shutil.rmtree(folder.parent, ignore_errors=True)
    started = time.monotonic()
    print(f"notebooks: installing {REQUIREMENTS.relative_to(HOME)}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=INSTALL_SECONDS)
    command = [python, "-m", "pip", "install", "-qq", "--retries", "0", "--disable-pip-version-check"]
    try:
        done = subprocess.run(command + indexes() + ["-r", REQUIREMENTS], timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        fail(f"pip was not done after {INSTALL_SECONDS} s: can its index be reached? 'python3 -m pip config list' shows which it is")
    if done.returncode != 0:
        fail("pip could not install the requirements, see above; 'python3 -m pip config list' shows which index it asks")
    complete.touch()
    print(f"notebooks: installed in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return python


def isolated(tmp):
    """Nothing of the user's Jupyter is read or written."""
    settings = dict(os.environ)
    for name in ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]:
        folder = tmp / name.lower()
        folder.mkdir()
        settings[name] = str(folder)
    for name in ["PYTHONPATH", "PYTHONHOME", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "MPLBACKEND"]:
        settings.pop(name, None)
    settings["JUPYTER_PREFER_ENV_PATH"] = "1"
    settings["PYTHONDONTWRITEBYTECODE"] = "1"
    return settings


def check_dataset(python, tmp):
    """Results do not always hold their dataset: it is found as it was typed, beside them or at the top of the repository."""
    find = [python, "-c", "import reading; print(reading.dataset())"]
    results, home = tmp / "elsewhere" / "my-results", tmp / "home"
    (results / "runs").mkdir(parents=True)
    home.mkdir()
    settings = isolated(tmp / "elsewhere") | {"KVSWEEP_RESULTS": str(results), "KVSWEEP": str(home / "kvsweep")}
    settings.pop("KVSWEEP_DATASET", None)
    absolute = tmp / "absolute"
    for typed, place in [("my-dataset", results.parent), ("my-dataset", home), (f"file:{absolute}", absolute.parent)]:
        manifest = {"config": {"dataset": typed}}
        (results / "runs" / "20260101T000000.json").write_text(json.dumps(manifest))
        dataset = place / typed.split("/")[-1]
        refused = subprocess.run(find, cwd=NOTEBOOKS, env=settings, capture_output=True, text=True)
        if refused.returncode == 0 or "KVSWEEP_DATASET" not in refused.stderr:
            fail(f"a dataset that is not there was found: {refused.stdout}{refused.stderr}")
        dataset.mkdir()
        (dataset / "dataset.json").touch()
        found = subprocess.run(find, cwd=NOTEBOOKS, env=settings, capture_output=True, text=True)
        if Path(found.stdout.strip()) != dataset.resolve():
            fail(f"the dataset '{typed}' at {dataset} was not found: {found.stdout}{found.stderr}")
        shutil.rmtree(dataset)


# --- running -------------------------------------------------------------------------------------------------------


def run_one(file):
    """In the environment: one notebook, from start to end, in the copy that it lies in."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(file, as_version=4)
    # Sockets in the temporary folder, which nobody else can open; their whole path has about 100 letters.
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", connection_file=str(file.parent.parent / "k"))
    client = NotebookClient(notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(file.parent)}})
    client.km = kernel  # not by the constructor, so that the client ends it
    try:
        client.execute()
    except CellExecutionError as e:
        trace = re.sub("\\x1b\\[[0-9;]*m", "", str(e)).strip().splitlines()
        fail("\n".join([f"{file.name}:", *trace[:40], *(["..."] + trace[-15:] if len(trace) > 40 else [])]))
    nbformat.write(notebook, file)
    pictures = [
        (cell.id, output.data["image/png"])
        for cell in notebook.cells if cell.cell_type == "code"
        for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    for cell, picture in pictures:
        if blank(picture):
            fail(f"{file.name}: cell '{cell}' shows an empty figure")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                fail(f"{file.name}: cell '{cell.id}' warns: {output.text}")
    if file.name in FIGURES and not pictures:
        fail(f"{file.name}: it shows no figure")
    print(f"{len(pictures)} figures")


def blank(picture):
    """One colour only. That each axis of a figure has data is asserted where it is drawn (reading.finish)."""
    import io

    import matplotlib.image

    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(picture)), format="png")
    return (pixels == pixels[0, 0]).all()


def run(results):
    if not (results / "results").is_dir():
        fail(f"there is no {results / 'results'}; './kvsweep quickstart --out {results}' makes one")
    check_stripped()
    python = environment()
    with tempfile.TemporaryDirectory(prefix="kvnb-") as folder:
        tmp = Path(folder)
        check_dataset(python, tmp)
        copy = tmp / "notebooks"
        shutil.copytree(NOTEBOOKS, copy, ignore=shutil.ignore_patterns("figures", ".ipynb_checkpoints", "__pycache__"))
        settings = isolated(tmp)
        settings |= {"KVSWEEP_RESULTS": str(results), "KVSWEEP": str(HOME / "kvsweep")}
        # To look at figures by hand: KVSWEEP_FIGURES=DIR .ci/notebooks RESULTS
        settings.setdefault("KVSWEEP_FIGURES", str(tmp / "figures"))
        for file in notebooks():
            started = time.monotonic()
            done = subprocess.run(
                [python, __file__, "--one", copy / file.name], env=settings, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, text=True,
            )
            if done.returncode != 0:
                sys.exit(1)
            print(f"notebooks: {file.name}: {time.monotonic() - started:.0f} s, {done.stdout.strip()}", flush=True)
    print(f"notebooks: {len(notebooks())} passed")


if __name__ == "__main__":
    if sys.argv[1] == "--strip":
        strip()
    elif sys.argv[1] == "--python":
        print(environment())
    elif sys.argv[1] == "--one":
        run_one(Path(sys.argv[2]))
    else:
        run(Path(sys.argv[1]).resolve())
