"""Develops a photograph with NumPy expressions: the same functions by NumPy, by numjit on one thread, and on several.

    python photo.py [--out photo.png] [--scale 3]

Linear light from sRGB, local contrast by a blurred luminance, a filmic curve, saturation, a vignette, sRGB again. The photograph
is the one of Grace Hopper that matplotlib ships; --scale repeats its pixels, so that there is something to compute.
"""
import argparse
import time

import numpy as np
from matplotlib import cbook, pyplot

import numjit


def linear_light(srgb):
    """sRGB values in 0..1, float64 of any shape → linear light, the same shape (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def srgb_of(linear):
    """The inverse of linear_light, clipped to 0..1."""
    x = np.clip(linear, 0.0, 1.0)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1.0 / 2.4) - 0.055)


def luminance(rgb):
    """Linear RGB (h, w, 3) → luminance (h, w), Rec. 709 weights."""
    return 0.2126 * rgb[:, :, 0] + 0.7152 * rgb[:, :, 1] + 0.0722 * rgb[:, :, 2]


def blur(a, step):
    """Binomial filter of 5 taps, `step` pixels apart, along both axes; a margin of 2 * step stays as it is. (h, w) → (h, w)."""
    m = 2 * step
    h, w = a.shape
    rows = a.copy()
    rows[m:-m] = (a[:h - 2 * m] + a[2 * m:] + 4.0 * (a[step:h - m - step] + a[m + step:h - step]) + 6.0 * a[m:-m]) / 16.0
    out = rows.copy()
    out[:, m:-m] = (rows[:, :w - 2 * m] + rows[:, 2 * m:] + 4.0 * (rows[:, step:w - m - step] + rows[:, m + step:w - step])
                    + 6.0 * rows[:, m:-m]) / 16.0
    return out


def local_contrast(y, strength):
    """Luminance (h, w) → the same with its details stronger: what a pyramid of blurs takes away, added again."""
    base = blur(blur(blur(y, 1), 2), 4)
    return np.maximum(y + strength * (y - base), 0.0)


def filmic(x):
    """Hable's curve: linear light → 0..1 with soft shadows and highlights."""
    return (x * (0.22 * x + 0.03) + 0.002) / (x * (0.22 * x + 0.3) + 0.06) - 0.0333333


def vignette(h, w, strength):
    """(h, w) of factors: 1 in the middle, darker towards the corners."""
    y = (np.arange(h) - h / 2.0) / h
    x = (np.arange(w) - w / 2.0) / w
    return 1.0 - strength * (y[:, None] ** 2 + x[None, :] ** 2)


def develop(srgb, strength, saturation):
    """The whole: sRGB (h, w, 3) → sRGB (h, w, 3)."""
    rgb = linear_light(srgb)
    y = luminance(rgb)
    key = 0.18 / np.exp(np.mean(np.log(y + 1e-4)))
    contrast = local_contrast(y, strength)
    gain = filmic(0.8 * key * contrast) / filmic(3.0) / (y + 1e-4) * vignette(y.shape[0], y.shape[1], 0.5)
    grey = (y * gain).reshape(y.shape[0], y.shape[1], 1)
    toned = rgb * gain.reshape(y.shape[0], y.shape[1], 1)
    return srgb_of(grey + saturation * (toned - grey))


FUNCTIONS = ["linear_light", "srgb_of", "luminance", "blur", "local_contrast", "filmic", "vignette", "develop"]


def compiled(parallel):
    """The functions above, compiled; they call each other."""
    names = dict(globals())
    for name in FUNCTIONS:
        function = type(develop)(globals()[name].__code__, names, name)
        names[name] = numjit.njit(function, parallel=parallel)
    return names["develop"]


def seconds(f, *args):
    """The result and the best time of five calls, in seconds."""
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        result = f(*args)
        best = min(best, time.perf_counter() - start)
    return result, best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="photo.png")
    parser.add_argument("--scale", type=int, default=3)
    options = parser.parse_args()
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        photo = pyplot.imread(file, format="jpg") / 255.0
    big = photo.repeat(options.scale, axis=0).repeat(options.scale, axis=1)
    args = big, 0.25, 1.1
    print(f"{big.shape[1]} x {big.shape[0]} pixels")

    want, numpy_time = seconds(develop, *args)
    print(f"{'NumPy':24} {numpy_time * 1e3:9.1f} ms")
    one, many = compiled(False), compiled(True)
    start = time.perf_counter()
    one(photo, 0.25, 1.1)
    print(f"{'numjit compiles in':24} {(time.perf_counter() - start) * 1e3:9.1f} ms")
    many(photo, 0.25, 1.1)
    runs = [("numjit", one, 1)] + [(f"numjit, {n} thread{'s' * (n > 1)} of the pool", many, n)
                                   for n in (1, 2) if n <= numjit.config.NUMJIT_NUM_THREADS]
    for name, f, threads in runs:
        numjit.set_num_threads(threads)
        got, t = seconds(f, *args)
        agree = np.allclose(got, want, rtol=1e-10, atol=1e-12)
        print(f"{name:24} {t * 1e3:9.1f} ms  {numpy_time / t:5.1f} times NumPy's speed, results {'agree' if agree else 'DIFFER'}")
        assert agree

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 6))
    for axis, picture, title in zip(axes, (photo, one(photo, 0.25, 1.1)), ("as shot", "developed"), strict=True):
        axis.imshow(picture)
        axis.set_title(title)
        axis.axis("off")
    figure.tight_layout()
    figure.savefig(options.out, dpi=120)
    print("picture:", options.out)


if __name__ == "__main__":
    main()
