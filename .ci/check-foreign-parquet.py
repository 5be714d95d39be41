"""See .ci/check-foreign-parquet."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HOME = Path(__file__).resolve().parent.parent
ENVIRONMENT = {"KVSWEEP_JAVA_OPTS": "-XX:TieredStopAtLevel=1", "KVSWEEP_HEAP": "1g"} | os.environ
METHODS = ["rtn(bits=2)", "svdq(bits=2)", "decoquant(bits=4)"]  # the last two have tables of their own
RUN = ["run_id", "encode_ns", "decode_ns"]  # of the results, what differs from run to run
FOLDERS = ["pyarrow", "duckdb", "imported"]
TABLES = dict(zip(FOLDERS, ["claims", "aggregate"]))  # what makes them, each from other results, so that they run at once


def check(right, message):
    if not right:
        sys.exit(f"check-foreign-parquet: FAILED: {message}")


def kvsweep(*arguments):
    process = subprocess.run([HOME / "kvsweep", *arguments], env=ENVIRONMENT, capture_output=True, text=True)
    check(process.returncode == 0, f"exit code {process.returncode} from: kvsweep {' '.join(arguments)}\n{process.stderr[-4000:]}")
    return process.stdout


def tensor(dtype, *shape):
    x = np.random.default_rng(shape).standard_normal(shape).astype("float32")
    return {"f32": x, "f16": x.astype("float16"), "bf16": (x.view("uint32") >> 16).astype("uint16")}[dtype], dtype


def prompts(page):
    """(model, prompt, {(layer, kind): (array, dtype)}): that of the page, one more of its model, one of another model."""
    model, prompt = page["model"], page["prompt"]
    first = {(0, "key"): (page["keys"], "f16"), (0, "value"): (page["values"], "f16"), (0, "query"): (page["queries"], "f32")}
    yield model, prompt, first
    second = {}
    for layer in range(2):
        second |= {(layer, "key"): tensor("bf16", 300, 2, 32), (layer, "value"): tensor("f32", 300, 2, 32)}
        second |= {(layer, "query"): tensor("bf16", 8, 4, 32)}
    yield model, prompt | {"prompt": "second", "tokens": 300, "first_position": 5, "query_first_position": 297}, second
    other = {"model": "no-rope", "architecture": "A", "query_heads": 3, "kv_heads": 3, "head_dim": 16}
    other |= {"key_rope_stage": "none", "query_rope_stage": "none", "attention_scale": 0.25}
    third = {(4, "key"): tensor("f32", 100, 3, 16), (4, "value"): tensor("f16", 100, 3, 16)}
    yield other, {"model": "no-rope", "prompt": "third", "tokens": 100, "first_position": 0}, third


def rows(page, model, prompt, tensors, step):
    for (layer, kind), (array, dtype) in tensors.items():
        stage = "none" if kind == "value" else model[f"{kind}_rope_stage"]
        first = prompt["query_first_position" if kind == "query" else "first_position"]
        whose = {"model": model["model"], "prompt": prompt["prompt"], "layer": layer, "kind": kind, "rope_stage": stage}
        yield from page["blocks"](array, step, first, dtype, **whose)


def write_capture(file, model, prompt, tensors):
    metadata = {k: str(v) for k, v in (model | prompt).items() if not k.endswith(("_heads", "_dim"))}
    header, body = {"__metadata__": metadata | {"format": "kv-capture/1"}}, b""
    for (layer, kind), (array, dtype) in tensors.items():
        data = np.ascontiguousarray(array.transpose(1, 0, 2))
        offsets = [len(body), len(body) + data.nbytes]
        header[f"layers.{layer}.{kind}"] = {"dtype": dtype.upper(), "shape": data.shape, "data_offsets": offsets}
        body += data.tobytes()
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_datasets():
    """Folders pyarrow and duckdb; captures for the third."""
    code = re.findall(r"^```python\n(.*?)^```$", (HOME / "datasets/README.md").read_text(encoding="utf-8"), re.M | re.S)
    check(len(code) == 3, f"datasets/README.md has {len(code)} blocks of Python, expected 3: rows, pyarrow, DuckDB")
    code = [compile(block, "datasets/README.md", "exec") for block in code]
    page = {}
    exec(code[0], page)
    captured = list(prompts(page))
    manifest = {"models": [captured[0][0], captured[2][0]], "prompts": [prompt for _, prompt, _ in captured]}
    for folder in ["pyarrow/more", "duckdb/more", "captures"]:
        Path(folder).mkdir(parents=True)
    for index, prompt in enumerate(captured):
        write_capture(Path(f"captures/{index}.safetensors"), *prompt)
    for folder, block in zip(FOLDERS, code[1:]):
        Path(folder, "dataset.json").write_text(json.dumps(manifest))
        exec(block, page | {"folder": Path(folder)})

    # The other prompts in what else these writers have: wide and narrow types, codecs, encodings, both versions of pages.
    second, third = (pa.Table.from_pylist(list(rows(page, *prompt, step=37))) for prompt in captured[1:])
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
    types = pa.schema([field.with_type(wide.get(field.type, field.type)) for field in second.schema])
    options = {"compression": "zstd", "data_page_version": "2.0", "row_group_size": 3, "write_page_checksum": True}
    pq.write_table(second.cast(types), "pyarrow/more/second.parquet", write_page_index=True, **options)
    narrow = {pa.string(): pa.dictionary(pa.int8(), pa.string()), pa.int64(): pa.int32()}
    types = pa.schema([field.with_type(narrow.get(field.type, field.type)).with_nullable(False) for field in third.schema])
    pq.write_table(third.cast(types), "pyarrow/more/third.parquet", compression="gzip", use_dictionary=False, store_schema=False)
    pq.write_table(third.slice(0, 0), "pyarrow/more/empty.parquet")
    database = duckdb.connect()
    database.execute("COPY second TO 'duckdb/more/second.parquet' (PARQUET_VERSION v2, COMPRESSION zstd)")
    partitions = "PARTITION_BY (layer, kind), WRITE_PARTITION_COLUMNS, COMPRESSION lz4_raw"
    database.execute(f"COPY (SELECT 'x' AS note, * FROM third) TO 'duckdb/more/third' (FORMAT parquet, {partitions})")


def sweep(folder):
    source = "captures/*.safetensors" if folder == "imported" else folder
    kvsweep("import", source, "--out", folder)
    if folder != "imported":
        kvsweep("verify", folder)
    kvsweep("sweep", "sweep.yaml", "--dataset", folder, "--out", f"{folder}-results")
    if folder in TABLES:
        kvsweep(TABLES[folder], f"{folder}-results")


def compare(database):
    expected = len(METHODS) * 3 * 4  # kinds, layers of all prompts
    for folder in FOLDERS:
        database.execute(f"CREATE VIEW {folder} AS SELECT * EXCLUDE ({', '.join(RUN)}) FROM '{folder}-results/results/*.parquet'")
        (measured,) = database.execute(f"SELECT count(*) FILTER (status = 'measured') FROM {folder}").fetchone()
        check(measured == expected, f"{measured} cells of {folder} were measured, expected {expected}")
    for folder in FOLDERS[:2]:
        for one, other in [(folder, "imported"), ("imported", folder)]:
            rows = database.execute(f"FROM {one} EXCEPT ALL FROM {other} ORDER BY ALL LIMIT 3").fetchall()
            check(not rows, f"rows of {one} that {other} has not: {rows}")
    return expected


# What docs/schemas.md calls `<metric>`.
METRICS = ["nmse", "nmse_centred", "logit_rms", "attention_kl", "output_error"]


def documented():
    """{table: {column: type}} where docs/schemas.md lists all columns, and types by name for the other tables."""
    full, shared, section = {}, {}, None
    for line in (HOME / "docs/schemas.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section, header = line.strip("# ").lower(), None
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells or set(cells[0]) <= {"-"}:
            continue
        header, start = header or cells, header is None
        names = re.findall(r"`(\w+)`", cells[0])
        if start or header[:2] not in (["column", "type"], ["type", "columns"]):
            continue
        if header[0] == "type":
            for name in re.findall(r"`([\w<>]+)`", cells[1]):
                of = METRICS if "<metric>" in name else [""]
                shared |= {name.replace("<metric>", metric): cells[0].strip("`") for metric in of}
            continue
        given = re.match(r"as in (\w+)", cells[1])
        types = [full[given[1]][name] for name in names] if given else re.sub(r"[`\s]", "", re.sub(r", (?=\w+$)", "|", cells[1])).split("|")
        full.setdefault(section, {}).update(zip(names, types * len(names) if len(types) == 1 else types))
    return full, shared


def arrow_type(kind):
    if pa.types.is_list(kind):
        return f"array<{arrow_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{arrow_type(field.type)}' for field in kind)}>"
    return {"string": "string", "int32": "int", "int64": "long", "double": "double", "bool": "boolean"}.get(str(kind), str(kind))


def duckdb_type(kind):
    if kind.id == "list":
        return f"array<{duckdb_type(kind.children[0][1])}>"
    if kind.id == "struct":
        return f"struct<{','.join(f'{name}:{duckdb_type(child)}' for name, child in kind.children)}>"
    return {"varchar": "string", "integer": "int", "bigint": "long"}.get(kind.id, kind.id)


def spark_types(folder, columns):
    """One query for all tables: an aggregate has one row even where a table has none."""
    selects = (
        f"SELECT '{table}' AS name, array({', '.join(f'typeof(any_value({c}))' for c in names)}) AS types FROM {table}"
        for table, names in columns.items()
    )
    answer = json.loads(kvsweep("query", folder, " UNION ALL ".join(selects), "--json"))
    return {row["name"]: [kind.replace("bigint", "long") for kind in row["types"]] for row in answer}


def types(database, folder):
    kvsweep("compare", "imported-results", folder)
    shutil.copy("pyarrow-results/tables/claims.parquet", f"{folder}/tables")
    full, shared = documented()
    tables = {"results": f"{folder}/results/*.parquet"} | {f.stem: str(f) for f in Path(folder, "tables").glob("*.parquet")}
    check(set(full) <= set(tables), f"no table of {set(full) - set(tables)}, found {set(tables)}")
    named, actual = set(), {}
    for table, files in tables.items():
        schema = pq.read_schema(next(Path().glob(files)))
        relation = database.sql(f"FROM '{files}'")
        check(schema.names == relation.columns, f"{table}: pyarrow reads {schema.names}, DuckDB {relation.columns}")
        check(set(full.get(table, schema.names)) == set(schema.names), f"{table}: columns {schema.names}, documented {full.get(table)}")
        actual[table] = {"pyarrow": map(arrow_type, schema.types), "DuckDB": map(duckdb_type, relation.types)}
        named |= set(schema.names) - set(full.get(table, []))
        tables[table] = schema.names
    check(set(shared) <= named, f"types are documented of columns that no table has: {set(shared) - named}")
    # `kvsweep query` has no view of what `kvsweep compare` wrote.
    for table, kinds in spark_types(folder, {t: names for t, names in tables.items() if t != "compare"}).items():
        actual[table]["Spark"] = kinds
    for table, names in tables.items():
        for reader, kinds in actual[table].items():
            for name, kind in zip(names, kinds, strict=True):
                expected = full[table][name] if table in full else shared.get(name, "double")
                check(kind == expected, f"{table}: '{name}' is {kind} in {reader}, {expected} in docs/schemas.md")
    return len(tables), sum(map(len, tables.values()))


with tempfile.TemporaryDirectory(prefix="kvforeign-") as temporary:
    os.chdir(temporary)
    write_datasets()
    kinds_and_methods = {"kinds": ["key", "value", "both"], "methods": METHODS}
    Path("sweep.yaml").write_text(json.dumps(kinds_and_methods))  # JSON is YAML
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sweep, FOLDERS))
    connection = duckdb.connect()
    measured = compare(connection)
    count, columns = types(connection, "duckdb-results")
print(f"check-foreign-parquet: {measured} equal rows each of {', '.join(FOLDERS)}; {columns} columns of {count} tables as documented")
