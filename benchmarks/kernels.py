"""Kernels as plain loops, the arguments they are measured on, and their result types in kernels.c.

Every kernel takes C-contiguous arrays, integers and floats and returns a number. kernels.c has a function of the same
name, which takes for each array a pointer and then its shape. Arguments are made anew for each call.
"""

import math

import numpy as np


def sum2d(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j]
    return total


def stencil(a, out):
    for i in range(1, a.shape[0] - 1):
        for j in range(1, a.shape[1] - 1):
            out[i, j] = 0.25 * (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1])
    return 0.0


def mandelbrot(out, limit):
    rows = out.shape[0]
    cols = out.shape[1]
    for i in range(rows):
        for j in range(cols):
            cr = -2.0 + 3.0 * j / cols
            ci = -1.5 + 3.0 * i / rows
            zr = 0.0
            zi = 0.0
            n = 0
            while n < limit and zr * zr + zi * zi < 4.0:
                t = zr * zr - zi * zi + cr
                zi = 2.0 * zr * zi + ci
                zr = t
                n += 1
            out[i, j] = n
    return 0


def nbody(pos, vel, mass, steps, dt):
    n = pos.shape[0]
    for _ in range(steps):
        for i in range(n):
            ax = 0.0
            ay = 0.0
            az = 0.0
            for j in range(n):
                dx = pos[j, 0] - pos[i, 0]
                dy = pos[j, 1] - pos[i, 1]
                dz = pos[j, 2] - pos[i, 2]
                d2 = dx * dx + dy * dy + dz * dz + 0.01
                w = mass[j] / (d2 * math.sqrt(d2))
                ax += w * dx
                ay += w * dy
                az += w * dz
            vel[i, 0] += dt * ax
            vel[i, 1] += dt * ay
            vel[i, 2] += dt * az
        for i in range(n):
            for k in range(3):
                pos[i, k] += dt * vel[i, k]
    return 0.0


def matmul(a, b, c):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(a.shape[1]):
                s += a[i, k] * b[k, j]
            c[i, j] = s
    return 0.0


def spmv(indptr, indices, data, x, y):
    for i in range(indptr.shape[0] - 1):
        s = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            s += data[k] * x[indices[k]]
        y[i] = s
    return 0.0


def black_scholes(spot, strike, years, out, rate, vol):
    for i in range(spot.shape[0]):
        root = vol * math.sqrt(years[i])
        d1 = (math.log(spot[i] / strike[i]) + (rate + 0.5 * vol * vol) * years[i]) / root
        d2 = d1 - root
        n1 = 0.5 * math.erfc(-d1 / math.sqrt(2.0))
        n2 = 0.5 * math.erfc(-d2 / math.sqrt(2.0))
        out[i] = spot[i] * n1 - strike[i] * math.exp(-rate * years[i]) * n2
    return 0.0


def life(a, b):
    rows = a.shape[0]
    cols = a.shape[1]
    for i in range(rows):
        for j in range(cols):
            n = 0
            for di in range(-1, 2):
                for dj in range(-1, 2):
                    if di != 0 or dj != 0:
                        n += a[(i + di + rows) % rows, (j + dj + cols) % cols]
            if n == 3 or (n == 2 and a[i, j] == 1):
                b[i, j] = 1
            else:
                b[i, j] = 0
    return 0


def heap_sort(a):
    n = a.shape[0]
    start = n // 2
    end = n
    while end > 1:
        if start > 0:
            start -= 1
        else:
            end -= 1
            t = a[end]
            a[end] = a[0]
            a[0] = t
        root = start
        value = a[root]
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and a[child] < a[child + 1]:
                child += 1
            if value >= a[child]:
                break
            a[root] = a[child]
            root = child
        a[root] = value
    return a[n // 2]


def crc32(data, table):
    for i in range(256):
        c = i
        for _ in range(8):
            if c & 1:
                c = 0xEDB88320 ^ (c >> 1)
            else:
                c = c >> 1
        table[i] = c
    crc = 0xFFFFFFFF
    for i in range(data.shape[0]):
        crc = table[(crc ^ int(data[i])) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def random_walk(steps, seed):
    state = seed
    x = 0
    y = 0
    far = 0
    for _ in range(steps):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        way = state >> 30
        if way == 0:
            x += 1
        elif way == 1:
            x -= 1
        elif way == 2:
            y += 1
        else:
            y -= 1
        d = x * x + y * y
        if d > far:
            far = d
    return far


def edit_distance(a, b, row):
    n = b.shape[0]
    for j in range(n + 1):
        row[j] = j
    for i in range(a.shape[0]):
        diagonal = row[0]
        row[0] = i + 1
        for j in range(n):
            cost = diagonal
            if a[i] != b[j]:
                cost += 1
            diagonal = row[j + 1]
            if diagonal + 1 < cost:
                cost = diagonal + 1
            if row[j] + 1 < cost:
                cost = row[j] + 1
            row[j + 1] = cost
    return row[n]


def prefix_sum(a, out):
    s = 0.0
    for i in range(a.shape[0]):
        s += a[i]
        out[i] = s
    return s


def histogram(a, bins, low, high):
    n = bins.shape[0]
    scale = n / (high - low)
    for i in range(a.shape[0]):
        k = int((a[i] - low) * scale)
        if k >= 0 and k < n:
            bins[k] += 1
    return 0


def sieve(flags):
    n = flags.shape[0]
    for i in range(n):
        flags[i] = 1
    i = 2
    while i * i < n:
        if flags[i]:
            for j in range(i * i, n, i):
                flags[j] = 0
        i += 1
    count = 0
    for i in range(2, n):
        count += int(flags[i])
    return count


def floyd_warshall(d):
    n = d.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                t = d[i, k] + d[k, j]
                if t < d[i, j]:
                    d[i, j] = t
    return 0.0


def lu(a):
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return a[n - 1, n - 1]


def jacobi(a, b, x, y, sweeps):
    n = a.shape[0]
    for _ in range(sweeps):
        for i in range(n):
            s = b[i]
            for j in range(n):
                if j != i:
                    s -= a[i, j] * x[j]
            y[i] = s / a[i, i]
        for i in range(n):
            x[i] = y[i]
    return x[0]


def gcd_sum(n):
    total = 0
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            a = i
            b = j
            while b != 0:
                t = a % b
                a = b
                b = t
            total += a
    return total


def collatz(n):
    longest = 0
    for i in range(1, n):
        k = i
        steps = 0
        while k != 1:
            if k & 1:
                k = 3 * k + 1
            else:
                k = k >> 1
            steps += 1
        if steps > longest:
            longest = steps
    return longest


def convolve(a, kernel, out):
    m = kernel.shape[0]
    for i in range(out.shape[0]):
        s = 0.0
        for k in range(m):
            s += a[i + k] * kernel[m - 1 - k]
        out[i] = s
    return 0.0


def binary_search(a, keys):
    found = 0
    for i in range(keys.shape[0]):
        low = 0
        high = a.shape[0]
        while low < high:
            middle = (low + high) // 2
            if a[middle] < keys[i]:
                low = middle + 1
            else:
                high = middle
        found += low
    return found


def knapsack(weights, values, best):
    for i in range(weights.shape[0]):
        w = weights[i]
        for c in range(best.shape[0] - 1, w - 1, -1):
            t = best[c - w] + values[i]
            if t > best[c]:
                best[c] = t
    return best[best.shape[0] - 1]


def nearest(points, centres, labels):
    for i in range(points.shape[0]):
        low = 1e300
        for c in range(centres.shape[0]):
            d = 0.0
            for k in range(points.shape[1]):
                t = points[i, k] - centres[c, k]
                d += t * t
            if d < low:
                low = d
                labels[i] = c
    return 0


def quadrature(n):
    h = 1.0 / n
    s = 0.0
    for i in range(n):
        x = (i + 0.5) * h
        s += math.sin(10.0 * x) * math.exp(-x)
    return s * h


def saxpy32(a, x, y):
    for i in range(x.shape[0]):
        y[i] = a * x[i] + y[i]
    return 0.0


# Functions for measuring the overhead of a call.


def call_none():
    return 0


def call_ints(a, b):
    return a + b


def call_array(a):
    return a[0]


def call_arrays(a, b, c, x):
    return a[0] + b[0] + c[0] + x


def _random(seed=1):
    return np.random.default_rng(seed)


def _dominant(n):
    a = _random().random((n, n))
    for i in range(n):
        a[i, i] += n
    return a


def _csr(n, per_row):
    rng = _random()
    return (np.arange(n + 1) * per_row, rng.integers(0, n, n * per_row), rng.random(n * per_row), rng.random(n),
            np.zeros(n))


def _options(n):
    rng = _random()
    return 80 + 40 * rng.random(n), 80 + 40 * rng.random(n), 0.1 + 2 * rng.random(n), np.zeros(n), 0.03, 0.25


# function, arguments, result in C: "f" double, "i" int64_t
KERNELS = {
    k[0].__name__: k
    for k in (
        (sum2d, lambda: (_random().random((1000, 1000)),), "f"),
        (stencil, lambda: (_random().random((1000, 1000)), np.zeros((1000, 1000))), "f"),
        (mandelbrot, lambda: (np.zeros((300, 300), np.int64), 200), "i"),
        (nbody, lambda: (_random().random((200, 3)), np.zeros((200, 3)), _random(2).random(200), 20, 1e-3), "f"),
        (matmul, lambda: (_random().random((200, 200)), _random(2).random((200, 200)), np.zeros((200, 200))), "f"),
        (spmv, lambda: _csr(50000, 16), "f"),
        (black_scholes, lambda: _options(100000), "f"),
        (life, lambda: (_random().integers(0, 2, (500, 500)).astype(np.uint8), np.zeros((500, 500), np.uint8)), "i"),
        (heap_sort, lambda: (_random().random(100000),), "f"),
        (crc32, lambda: (_random().integers(0, 256, 1000000).astype(np.uint8), np.zeros(256, np.int64)), "i"),
        (random_walk, lambda: (2000000, 1), "i"),
        (edit_distance, lambda: (_random().integers(0, 4, 1200), _random(2).integers(0, 4, 1200),
                                 np.zeros(1201, np.int64)), "i"),
        (prefix_sum, lambda: (_random().random(1000000), np.zeros(1000000)), "f"),
        (histogram, lambda: (_random().random(1000000), np.zeros(64, np.int64), 0.0, 1.0), "i"),
        (sieve, lambda: (np.zeros(1000000, np.uint8),), "i"),
        (floyd_warshall, lambda: (_random().random((150, 150)),), "f"),
        (lu, lambda: (_dominant(200),), "f"),
        (jacobi, lambda: (_dominant(300), _random(2).random(300), np.zeros(300), np.zeros(300), 20), "f"),
        (gcd_sum, lambda: (500,), "i"),
        (collatz, lambda: (50000,), "i"),
        (convolve, lambda: (_random().random(100063), _random(2).random(64), np.zeros(100000)), "f"),
        (binary_search, lambda: (np.sort(_random().random(100000)), _random(2).random(100000)), "i"),
        (knapsack, lambda: (_random().integers(1, 100, 200), _random(2).integers(1, 1000, 200),
                            np.zeros(10001, np.int64)), "i"),
        (nearest, lambda: (_random().random((20000, 4)), _random(2).random((16, 4)), np.zeros(20000, np.int64)), "i"),
        (quadrature, lambda: (500000,), "f"),
        (saxpy32, lambda: (2.0, _random().random(1000000).astype(np.float32),
                           _random(2).random(1000000).astype(np.float32)), "f"),
    )
}

CALLS = {
    "no arguments": (call_none, lambda: ()),
    "two integers": (call_ints, lambda: (1, 2)),
    "an array": (call_array, lambda: (np.ones(8),)),
    "three arrays and a float": (call_arrays, lambda: (np.ones(8), np.ones(8), np.ones(8), 1.0)),
}
