"""The inner loops of the ufuncs that @vectorize and @guvectorize make."""


def run_loop(f, *operands):
    """Calls f for each index of the operands' first axes, in order: f writes its results, or it is stored in the last."""
    for k in range(operands[0].shape[0]):
        if getattr(f, "layout", None) is None:
            operands[-1][k] = f(*(x[k] for x in operands[:-1]))
        else:
            f(*(x[k:k + 1] if x.ndim == 1 else x[k] for x in operands))


def loop(f, *operands):
    run_loop(f, *operands)
