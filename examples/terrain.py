"""Terrain analysis of matplotlib's sample elevation model (the Jacksboro fault, Tennessee).

Slope, hillshade, filling of sinks with a priority queue, D8 flow directions and flow accumulation are plain loops
under numjit's njit. Each result is checked against the same function run by CPython, in a child process started with
NUMJIT_DISABLE_JIT=1. Prints a table of times and writes a map.

    python examples/terrain.py [--out terrain.png]

Needs matplotlib.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from numjit import njit

# A flow direction is 3 * (di + 1) + (dj + 1) for the neighbour at (i + di, j + dj); OUTLET leaves the model.
OUTLET = 4
# A filled cell lies at least this much (metres) above the cell it drains to, so that no flats are left.
EPSILON = 1e-4


@njit
def slope(z, dx, dy):
    """Slope in degrees, by Horn's 3 x 3 differences; edges repeat their cells."""
    rows = z.shape[0]
    cols = z.shape[1]
    out = np.empty((rows, cols), dtype=np.float64)
    for i in range(rows):
        n = max(i - 1, 0)
        s = min(i + 1, rows - 1)
        for j in range(cols):
            w = max(j - 1, 0)
            e = min(j + 1, cols - 1)
            gx = ((z[n, e] + 2.0 * z[i, e] + z[s, e]) - (z[n, w] + 2.0 * z[i, w] + z[s, w])) / (8.0 * dx)
            gy = ((z[s, w] + 2.0 * z[s, j] + z[s, e]) - (z[n, w] + 2.0 * z[n, j] + z[n, e])) / (8.0 * dy)
            out[i, j] = math.atan(math.sqrt(gx * gx + gy * gy)) * 180.0 / math.pi
    return out


@njit
def hillshade(z, dx, dy, azimuth, altitude, exaggeration):
    """Cosine of the angle between the surface normal and the sun (azimuth clockwise from north), 0 in shade."""
    rows = z.shape[0]
    cols = z.shape[1]
    out = np.empty((rows, cols), dtype=np.float64)
    azimuth = azimuth * math.pi / 180.0
    altitude = altitude * math.pi / 180.0
    east = math.sin(azimuth) * math.cos(altitude)
    north = math.cos(azimuth) * math.cos(altitude)
    up = math.sin(altitude)
    for i in range(rows):
        n = max(i - 1, 0)
        s = min(i + 1, rows - 1)
        for j in range(cols):
            w = max(j - 1, 0)
            e = min(j + 1, cols - 1)
            gx = ((z[n, e] + 2.0 * z[i, e] + z[s, e]) - (z[n, w] + 2.0 * z[i, w] + z[s, w])) / (8.0 * dx)
            gy = ((z[n, w] + 2.0 * z[n, j] + z[n, e]) - (z[s, w] + 2.0 * z[s, j] + z[s, e])) / (8.0 * dy)
            gx *= exaggeration
            gy *= exaggeration
            light = (up - gx * east - gy * north) / math.sqrt(1.0 + gx * gx + gy * gy)
            out[i, j] = max(light, 0.0)
    return out


@njit
def heap_push(keys, cells, size, key, cell):
    """Adds a cell to the binary heap of `size` entries, lowest key first; returns the new size."""
    at = size
    while at > 0:
        parent = (at - 1) // 2
        if keys[parent] <= key:
            break
        keys[at] = keys[parent]
        cells[at] = cells[parent]
        at = parent
    keys[at] = key
    cells[at] = cell
    return size + 1


@njit
def heap_pop(keys, cells, size):
    """Takes the first cell off a heap of `size` entries, which then holds size - 1; returns the cell."""
    top = cells[0]
    last = size - 1
    key = keys[last]
    cell = cells[last]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and keys[child + 1] < keys[child]:
            child += 1
        if key <= keys[child]:
            break
        keys[at] = keys[child]
        cells[at] = cells[child]
        at = child
    keys[at] = key
    cells[at] = cell
    return top


@njit
def fill_sinks(z, epsilon):
    """Raises each cell until water on it can leave the model (priority flood from the edges inwards)."""
    rows = z.shape[0]
    cols = z.shape[1]
    out = np.empty((rows, cols), dtype=np.float64)
    seen = np.zeros((rows, cols), dtype=np.uint8)
    keys = np.empty(rows * cols, dtype=np.float64)
    cells = np.empty(rows * cols, dtype=np.int64)
    size = 0
    for i in range(rows):
        for j in range(cols):
            out[i, j] = z[i, j]
            if i == 0 or j == 0 or i == rows - 1 or j == cols - 1:
                seen[i, j] = 1
                size = heap_push(keys, cells, size, out[i, j], i * cols + j)
    while size > 0:
        cell = heap_pop(keys, cells, size)
        size -= 1
        i = cell // cols
        j = cell % cols
        level = out[i, j] + epsilon
        for a in range(max(i - 1, 0), min(i + 2, rows)):
            for b in range(max(j - 1, 0), min(j + 2, cols)):
                if seen[a, b] == 0:
                    seen[a, b] = 1
                    if out[a, b] < level:
                        out[a, b] = level
                    size = heap_push(keys, cells, size, out[a, b], a * cols + b)
    return out


@njit
def flow_directions(filled, dx, dy):
    """D8: each cell drains to its steepest lower neighbour, or out of the model where none is lower."""
    rows = filled.shape[0]
    cols = filled.shape[1]
    out = np.empty((rows, cols), dtype=np.uint8)
    diagonal = math.sqrt(dx * dx + dy * dy)
    for i in range(rows):
        for j in range(cols):
            best = 0.0
            code = OUTLET
            for di in range(-1, 2):
                for dj in range(-1, 2):
                    a = i + di
                    b = j + dj
                    if a < 0 or b < 0 or a >= rows or b >= cols:
                        continue
                    if di == 0 and dj == 0:
                        continue
                    distance = diagonal
                    if di == 0:
                        distance = dx
                    elif dj == 0:
                        distance = dy
                    drop = (filled[i, j] - filled[a, b]) / distance
                    if drop > best:
                        best = drop
                        code = 3 * (di + 1) + dj + 1
            out[i, j] = code
    return out


@njit
def flow_accumulation(direction):
    """Number of cells that drain through each cell, itself included; cells leave a queue in downstream order."""
    rows = direction.shape[0]
    cols = direction.shape[1]
    out = np.empty((rows, cols), dtype=np.int64)
    inflows = np.zeros((rows, cols), dtype=np.int64)
    queue = np.empty(rows * cols, dtype=np.int64)
    for i in range(rows):
        for j in range(cols):
            out[i, j] = 1
            code = int(direction[i, j])
            if code != OUTLET:
                inflows[i + code // 3 - 1, j + code % 3 - 1] += 1
    tail = 0
    for i in range(rows):
        for j in range(cols):
            if inflows[i, j] == 0:
                queue[tail] = i * cols + j
                tail += 1
    head = 0
    while head < tail:
        cell = queue[head]
        head += 1
        i = cell // cols
        j = cell % cols
        code = int(direction[i, j])
        if code != OUTLET:
            a = i + code // 3 - 1
            b = j + code % 3 - 1
            out[a, b] += out[i, j]
            inflows[a, b] -= 1
            if inflows[a, b] == 0:
                queue[tail] = a * cols + b
                tail += 1
    return out


def load():
    """Elevation in metres, rows from north to south, and the size of a cell in metres."""
    from matplotlib import cbook

    with cbook.get_sample_data("jacksboro_fault_dem.npz") as dem:
        z = dem["elevation"].astype(np.float64)
        middle = math.radians(0.5 * (float(dem["ymin"]) + float(dem["ymax"])))
        dx = 111200.0 * float(dem["dx"]) * math.cos(middle)
        dy = 111200.0 * float(dem["dy"])
    return z, dx, dy


def analyse(z, dx, dy):
    """Runs each function once; {name: result}, {name: seconds}."""
    results, times = {}, {}

    def measure(function, *args):
        start = time.perf_counter()
        result = function(*args)
        times[function.__name__] = time.perf_counter() - start
        results[function.__name__] = result
        return result

    measure(slope, z, dx, dy)
    measure(hillshade, z, dx, dy, 315.0, 45.0, 2.0)
    filled = measure(fill_sinks, z, EPSILON)
    direction = measure(flow_directions, filled, dx, dy)
    measure(flow_accumulation, direction)
    return results, times


def reference():
    """The results and times under CPython, from a child process."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "reference.npz")
        env = dict(os.environ, NUMJIT_DISABLE_JIT="1")
        subprocess.run([sys.executable, os.path.abspath(__file__), "--reference", path], env=env, check=True)
        with np.load(path) as saved:
            arrays = {name: saved[name] for name in saved.files}
    times = {name[5:]: float(arrays.pop(name)) for name in list(arrays) if name.startswith("time_")}
    return arrays, times


def agrees(ours, theirs):
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    if ours.dtype.kind == "f":
        return bool(np.allclose(ours, theirs, rtol=1e-12, atol=1e-12))
    return bool(np.array_equal(ours, theirs))


def draw(path, z, dx, dy, results):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    rows, cols = z.shape
    width, height = cols * dx / 1000.0, rows * dy / 1000.0
    tint = LinearSegmentedColormap.from_list(
        "tint", ["#7fa87a", "#b9cc98", "#ece3b4", "#d8b98a", "#b58e6c", "#d9cdc4", "#fbfaf8"])
    norm = Normalize(z.min(), z.max())
    shade = results["hillshade"] / math.sin(math.radians(45.0))
    rgb = np.clip(tint(norm(z))[..., :3] * (0.25 + 0.75 * shade[..., None]), 0.0, 1.0)

    accumulation, direction = results["flow_accumulation"], results["flow_directions"].astype(np.int64)
    threshold = 250
    i, j = np.nonzero((accumulation >= threshold) & (direction != OUTLET))
    # Small streams first, so that the large ones lie on top.
    order = np.argsort(accumulation[i, j])
    i, j = i[order], j[order]
    code, size = direction[i, j], accumulation[i, j]
    x0, y0 = (j + 0.5) * dx / 1000.0, height - (i + 0.5) * dy / 1000.0
    x1, y1 = x0 + (code % 3 - 1) * dx / 1000.0, y0 - (code // 3 - 1) * dy / 1000.0
    lines = np.stack([np.stack([x0, y0], 1), np.stack([x1, y1], 1)], 1)
    widths = 0.5 + 2.6 * np.sqrt((size - threshold) / (accumulation.max() - threshold))

    figure, axes = plt.subplots(figsize=(11.0, 10.0), layout="constrained")
    axes.imshow(rgb, extent=(0.0, width, 0.0, height), interpolation="bilinear")
    axes.add_collection(LineCollection(lines, linewidths=widths, colors="#1f5fa8", capstyle="round"))
    axes.set(xlim=(0.0, width), ylim=(0.0, height), xlabel="km east", ylabel="km north",
             title="Jacksboro fault: hillshade, elevation, and streams by flow accumulation")
    figure.colorbar(plt.cm.ScalarMappable(norm, tint), ax=axes, shrink=0.7, label="elevation, m")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="terrain.png", metavar="FILE", help="the map (default: terrain.png)")
    parser.add_argument("--reference", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    z, dx, dy = load()

    if options.reference:
        results, times = analyse(z, dx, dy)
        np.savez(options.reference, **results, **{"time_" + name: t for name, t in times.items()})
        return 0

    expected, python = reference()
    # A small corner has the types of the whole, so that the times of the first calls, on it, are those of compiling.
    _, first = analyse(np.ascontiguousarray(z[:8, :8]), dx, dy)
    results, best = analyse(z, dx, dy)
    for _ in range(4):
        _, times = analyse(z, dx, dy)
        best = {name: min(best[name], times[name]) for name in best}
    print(f"{z.shape[0]} x {z.shape[1]} cells of {dx:.0f} m x {dy:.0f} m")
    print(f"{'function':<20}{'CPython, s':>12}{'compile, s':>12}{'run, s':>12}{'speed-up':>10}  result")
    wrong = 0
    for name, result in results.items():
        same = agrees(result, expected[name])
        wrong += not same
        print(f"{name:<20}{python[name]:>12.3f}{first[name]:>12.3f}{best[name]:>12.6f}"
              f"{python[name] / best[name]:>9.0f}x  {'same' if same else 'DIFFERS'}")
    total, run = sum(python.values()), sum(best.values())
    print(f"{'total':<20}{total:>12.3f}{sum(first.values()):>12.3f}{run:>12.6f}{total / run:>9.0f}x")
    filled = results["fill_sinks"] - z
    print(f"steepest slope {results['slope'].max():.1f} degrees, {int((filled > 0.5).sum())} cells in sinks, "
          f"deepest {filled.max():.1f} m, largest catchment {int(results['flow_accumulation'].max())} cells")
    draw(options.out, z, dx, dy, results)
    print("wrote", options.out)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
