"""Where the time and memory of a sweep went: from the manifest of its last run, and from Spark's event log of that run.

usage: python3 summary.py WORK"""

import json
import sys
from pathlib import Path


def ranks(values):
    """Ranks from 0; equal values share their mean rank."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    out, i = [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in order[i : j + 1]:
            out[k] = (i + j) / 2
        i = j + 1
    return out


def spearman(a, b):
    a, b = ranks(a), ranks(b)
    middle = (len(a) - 1) / 2
    product = sum((x - middle) * (y - middle) for x, y in zip(a, b))
    squares = sum((x - middle) ** 2 for x in a) * sum((y - middle) ** 2 for y in b)
    return product / squares**0.5 if squares else float("nan")


def tasks_and_slots(log):
    """Successful tasks, as (index in the plan, start, end, run time, executor, processor time), in seconds; and all cores."""
    tasks, cores = [], {}
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["Event"] == "SparkListenerExecutorAdded":
                cores[event["Executor ID"]] = event["Executor Info"]["Total Cores"]
            elif event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
                info, metrics = event["Task Info"], event["Task Metrics"]
                tasks.append(
                    (
                        info["Index"],
                        info["Launch Time"] / 1000,
                        info["Finish Time"] / 1000,
                        metrics["Executor Run Time"] / 1000,
                        info["Executor ID"],
                        metrics["Executor CPU Time"] / 1e9,
                    )
                )
    return tasks, sum(cores.values())


def main(work):
    manifests = sorted((work / "results" / "runs").glob("*.json"))
    logs = sorted((work / "events").glob("app-*"), key=lambda path: path.stat().st_mtime)
    if not manifests or not logs:
        sys.exit(f"no run in {work}/results/runs, or no event log in {work}/events: run.sh makes both")
    run = json.loads(manifests[-1].read_text())
    if not run.get("cost"):
        sys.exit(f"{manifests[-1]}: the run did not come to its end; start run.sh again, it goes on")
    cost, counts = run["cost"], run["counts"]
    tasks, slots = tasks_and_slots(logs[-1])
    start, end = min(task[1] for task in tasks), max(task[2] for task in tasks)
    in_tasks = sum(task[3] for task in tasks)
    last = {}
    for task in tasks:
        last[task[4]] = max(last.get(task[4], 0), task[2])
    lines = {
        "cells measured, failed": f"{counts['measured']}, {counts['failed']}",
        "tasks, slots": f"{len(tasks)}, {slots}",
        "wall of the tasks, s": f"{end - start:.1f}",
        "time in tasks, s": f"{in_tasks:.1f}",
        "processor time in tasks, s": f"{sum(task[5] for task in tasks):.1f}",
        "time in tasks / (wall x slots)": f"{in_tasks / (end - start) / slots:.3f}",
        "longest task, s": f"{max(task[3] for task in tasks):.1f}",
        "first slot idle before the end, s": f"{end - min(last.values()):.1f}",
        "order of the plan against processor time (-1: longest first)": f"{spearman([task[0] for task in tasks], [task[5] for task in tasks]):.2f}",
        "manifest: planning, measuring, in tasks, s": f"{cost['plan_seconds']:.1f}, {cost['measure_seconds']:.1f}, {cost['task_seconds']:.1f}",
        "driver's peak heap, MB": f"{cost['driver_peak_heap_bytes'] / 2**20:.0f}",
    }
    for name, value in lines.items():
        print(f"{name:60} {value}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
