"""What a parallel region costs the thread that opens it, workers awake: two chunks of next to no work, thousands of times.

    python benchmarks/region.py [--budget MICROSECONDS]

The body of a chunk is one addition, so the time is the region's: opened, its chunks taken by whoever comes first, waited for, closed.
Exit status 1 where the least over all rounds, with two threads, is above the budget."""

import argparse
import sys
import time

import numpy as np

import numjit
from numjit import njit, prange

MANY, ROUNDS = 2000, 200


@njit(parallel=True)
def regions(out, many):
    for k in range(many):
        for i in prange(len(out)):
            out[i] += k


def seconds(threads):
    """The times of a region, in seconds, sorted, one a round."""
    out = np.zeros(threads)
    numjit.set_num_threads(threads)
    numjit.set_parallel_chunksize(1)
    regions(out, 10)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        regions(out, MANY)
        times.append((time.perf_counter() - start) / MANY)
    return sorted(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=5.0, help="microseconds")
    budget = parser.parse_args().budget
    least, most = {}, numjit.get_num_threads()
    for threads in sorted({1, min(2, most), most}):
        times = seconds(threads)
        least[threads] = times[0] * 1e6
        print(f"a region of {threads} chunks on {threads} threads: {times[0] * 1e6:.2f} us at least, {times[ROUNDS // 2] * 1e6:.2f} us median")
    sys.exit(least.get(2, 0) > budget)


if __name__ == "__main__":
    main()
