#!/usr/bin/env python3
"""Runs benches and the same work by other programs, and prints both side by side.

    python3 -m venv target/peers && target/peers/bin/pip install -r benches/peers/requirements.txt
    target/peers/bin/python benches/peers/run.py [BENCH ..]

A BENCH is a file of this folder: metrics, ... By default all of them. Each has a Rust bench of the same name, whose estimates
are read from where Criterion writes them (`--estimates FOLDER` reads those of an earlier run instead). Everything runs on one
thread, and both sides report its CPU time.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = {"run", "peer"}
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def bench(name):
    subprocess.run(["cargo", "bench", "--locked", "--bench", name, "--", "--noplot"], cwd=ROOT, check=True, stdout=sys.stderr)


def peers(name):
    run = subprocess.run([sys.executable, HERE / f"{name}.py"], env=os.environ | ONE_THREAD, check=True, stdout=subprocess.PIPE)
    return json.loads(run.stdout)


def estimate(folder, bench_id):
    """The median time of an iteration in seconds, or None for a bench that did not run."""
    path = folder / bench_id / "new" / "estimates.json"
    return json.loads(path.read_text())["median"]["point_estimate"] / 1e9 if path.exists() else None


def machine():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def rate(items, seconds):
    return f"{items / seconds:,.0f} /s" if items > 1 else f"{seconds * 1e3:,.2f} ms"


def main():
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in SHARED)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"of {', '.join(names)}")
    parser.add_argument("--estimates", type=pathlib.Path, help="read Criterion's estimates from here and run no Rust bench")
    options = parser.parse_args()
    if unknown := set(options.benches) - set(names):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    rows = [("bench", "here", "peer", "", "times as fast")]
    for name in options.benches or names:
        if options.estimates is None:
            bench(name)
        folder = options.estimates or target() / "criterion"
        for bench_id, peer in peers(name).items():
            seconds = estimate(folder, bench_id)
            if seconds is None:
                rows.append((bench_id, "not run", rate(peer["items"], peer["seconds"]), peer["peer"], ""))
                continue
            speed = peer["seconds"] / seconds
            rows.append((bench_id, rate(peer["items"], seconds), rate(peer["items"], peer["seconds"]), peer["peer"], f"{speed:.1f}"))
    print(f"{machine()}, load {load:.1f}, CPU time, Python {platform.python_version()}, one thread")
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) if column in (0, 3) else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))))


if __name__ == "__main__":
    main()
