# A block has one handler, and an op that may raise an edge to it.
def or_else(a, k):
    try:
        x = a[k]
    except IndexError:
        x = -1.0
    return x
#> ssa or_else(f8[::1], i8)
# or_else(v2, v3)
# b0:
#     jump b1
# b1:  handler b3
#     v5 = py_item v2 v3
#     jump b2
# b2:
#     jump b7
# b3:
#     v8 = py_caught
#     jump b4
# b4:
#     v10 = py_global IndexError
#     v11 = py_matches v8 v10
#     branch v11 b5 b8
# b5:
#     v13 = py_const
#     jump b6
# b6:
#     jump b7
# b7:
#     v16 = phi b2:v5 b6:v13
#     return v16
# b8:
#     v19 = py_reraise v8


def checked(a, k):
    return a[k] // k
# One check for the index, one for the divisor, each with its operands.
#> opt checked(i8[::1], i8)
# checked(v1: array(int64, 1d, C), v2: int64) -> int64
# b0:
#     v3 = extent 0 v1 : int64
#     v4 = index v2 v3 : int64
#     v5 = load v1 v4 : int64
#     v7 = ne v2 0 : bool
#     check zero_int_div v7
#     v10 = eq v2 0 : bool
#     v12 = eq v2 -1 : bool
#     v13 = or v10 v12 : bool
#     v14 = select v13 1 v2 : int64
#     v15 = div v5 v14 : int64
#     v16 = rem v5 v14 : int64
#     v17 = xor v2 v16 : int64
#     v18 = lt v17 0 : bool
#     v19 = ne v16 0 : bool
#     v20 = and v18 v19 : bool
#     v21 = sub v15 1 : int64
#     v22 = select v20 v21 v15 : int64
#     v25 = neg v5 : int64
#     v26 = select v12 v25 v22 : int64
#     v27 = select v10 0 v26 : int64
#     return v27


def forgot(n):
    if n > 2:
        x = n * 2
    return x
#> opt forgot(i8)
# forgot(v1: int64) -> int64
# b0:
#     v5 = gt v1 2 : bool
#     branch v5 b1 b2
# b1:
#     v9 = mul v1 2 : int64
#     v10 = some v9 : maybe(int64)
#     jump b2
# b2:
#     v8 = phi b0:undef b1:v10 : maybe(int64)
#     v13 = has v8 : bool
#     check unbound v13 'x'
#     v15 = unwrap v8 : int64
#     return v15
