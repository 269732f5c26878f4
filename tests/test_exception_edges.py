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
    v9 = phi b0:v4 b4:v19 b8:v31
    v11 = phi b0:v7 b4:v15 b8:v15
    v12 = py_more v11
    branch v12 b2 b11
b2:
    v14 = py_value v11
    v15 = py_step v11
    jump b3
b3:  handler b5
    v18 = py_item v2 v14
    v19 = py_inplace + v9 v18
    jump b4
b4:
    jump b1
b5:
    v22 = py_caught
    jump b6
b6:
    v24 = py_global IndexError
    v25 = py_global ValueError
    v26 = py_tuple v24 v25
    v27 = py_matches v22 v26
    branch v27 b7 b10
b7:  handler b9
    v30 = py_const
    v31 = py_inplace - v9 v30
    jump b8
b8:
    jump b1
b9:
    v34 = py_caught v22
    v35 = py_reraise v34
b10:
    v36 = py_reraise v22
b11:
    return v9
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
    jump b4
b4:  handler b5
    v15 = py_const
    v16 = py_const
    v17 = py_set_item v2 v16 v15
    v18 = py_reraise v13
b5:
    v19 = py_caught v13
    v20 = py_reraise v19
"""


def test_except():
    assert numjit.dump(numjit.njit(skip_bad), "ssa") == SKIP_BAD


def test_finally():
    assert numjit.dump(numjit.njit(close), "ssa") == CLOSE
