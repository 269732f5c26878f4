"""cmath: what is no function of one complex number."""
import cmath


def isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    """Is the distance of a and b at most rel_tol times the larger of them, or abs_tol?"""
    if rel_tol < 0 or abs_tol < 0:
        raise ValueError("tolerances must be non-negative")
    x, y = complex(a), complex(b)
    if x == y:
        return True
    if cmath.isinf(x) or cmath.isinf(y):
        return False
    return abs(x - y) <= max(rel_tol * max(abs(x), abs(y)), abs_tol)
