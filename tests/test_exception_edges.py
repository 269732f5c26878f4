"""Golden: where an error goes, after the ssa stage. One text for every version of CPython."""
import numjit


def skip_bad(a, n):
    total = 0
    for k in range(n):
        try:
            total += a[k]
        except (IndexError, ValueError):
            total -= 1
    return total


SKIP_BAD = """\
skip_bad(v2, v3)
b0:
    v4 = py_const
    v5 = py_global range
    v6 = py_call v5 v3
    v7 = py_iter v6
    jump b1
b1:
    v11 = phi b0:v4 b4:v22 b6:v33
    v13 = phi b0:v7 b4:v17 b6:v17
    v14 = py_more v13
    branch v14 b2 b8
b2:
    v16 = py_value v13
    v17 = py_step v13
    jump b3
b3:  handler b5
    v21 = py_item v2 v16
    v22 = py_inplace + v11 v21
    jump b4
b4:
    jump b1
b5:
    v25 = py_caught
    v26 = py_global IndexError
    v27 = py_global ValueError
    v28 = py_tuple v26 v27
    v29 = py_matches v25 v28
    branch v29 b6 b7
b6:
    v32 = py_const
    v33 = py_inplace - v11 v32
    jump b1
b7:
    v35 = py_reraise v25
b8:
    return v11
"""


def close(a, i):
    try:
        a[i] = 1.0
    finally:
        a[0] = 9.0


CLOSE = """\
close(v2, v3)
b0:
    jump b1
b1:  handler b3
    v5 = py_const
    v6 = py_set_item v2 v3 v5
    jump b2
b2:
    v8 = py_const
    v9 = py_const
    v10 = py_set_item v2 v9 v8
    v11 = py_const
    return v11
b3:
    v13 = py_caught
    v14 = py_const
    v15 = py_const
    v16 = py_set_item v2 v15 v14
    v17 = py_reraise v13
"""


def test_except():
    assert numjit.dump(numjit.njit(skip_bad), "ssa") == SKIP_BAD


def test_finally():
    assert numjit.dump(numjit.njit(close), "ssa") == CLOSE
