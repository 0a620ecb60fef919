"""What the peers of the benches share: one thread, CPU time, the median of many runs."""

import json
import os
import sys
import time

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    if os.environ.get(variable) != "1":
        sys.exit(f"{variable} has to be 1: benches/peers/run.py sets it")


def measure(work, items, peer, runs=15):
    """The median CPU time of a run in seconds, after one that does not count."""
    work()
    times = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return {"seconds": sorted(times)[runs // 2], "items": items, "peer": peer}


def report(results):
    json.dump(results, sys.stdout)
    print()
