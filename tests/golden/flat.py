# Which way is taken only chooses between numbers: no branch is left, where the ways of `elif` meet and behind `and`.
def step(way, x, y):
    if way == 0:
        x += 1
    elif way == 1:
        x -= 1
    elif way == 2:
        y += 1
    else:
        y -= 1
    return x * y
#> opt step(i8, i8, i8)
# step(v1: int64, v2: int64, v3: int64) -> int64
# b0:
#     v6 = eq v1 0 : bool
#     v10 = add v2 1 : int64
#     v14 = eq v1 1 : bool
#     v16 = sub v2 1 : int64
#     v20 = eq v1 2 : bool
#     v22 = add v3 1 : int64
#     v24 = sub v3 1 : int64
#     v28 = select v20 v22 v24 : int64
#     v30 = select v14 v16 v2 : int64
#     v31 = select v14 v3 v28 : int64
#     v33 = select v6 v10 v30 : int64
#     v34 = select v6 v3 v31 : int64
#     v26 = mul v33 v34 : int64
#     return v26
def both(n, lo, hi):
    if n > lo and n < hi:
        n += 1
    return n
#> opt both(i8, i8, i8)
# both(v1: int64, v2: int64, v3: int64) -> int64
# b0:
#     v4 = gt v1 v2 : bool
#     v7 = lt v1 v3 : bool
#     v11 = add v1 1 : int64
#     v14 = select v7 v11 v1 : int64
#     v16 = select v4 v14 v1 : int64
#     return v16
def stays(n, lo, hi):
    if n > lo and n < hi:
        n //= lo
    return n
#> opt stays(i8, i8, i8)
# stays(v1: int64, v2: int64, v3: int64) -> int64
# b0:
#     v4 = gt v1 v2 : bool
#     branch v4 b1 b2
# b1:
#     v7 = lt v1 v3 : bool
#     branch v7 b3 b2
# b2:
#     v6 = phi b0:v1 b1:v1 b3:v30 : int64
#     return v6
# b3:
#     v10 = ne v2 0 : bool
#     check zero_int_div v10
#     v13 = eq v2 0 : bool
#     v15 = eq v2 -1 : bool
#     v16 = or v13 v15 : bool
#     v17 = select v16 1 v2 : int64
#     v18 = div v1 v17 : int64
#     v19 = rem v1 v17 : int64
#     v20 = xor v2 v19 : int64
#     v21 = lt v20 0 : bool
#     v22 = ne v19 0 : bool
#     v23 = and v21 v22 : bool
#     v24 = sub v18 1 : int64
#     v25 = select v23 v24 v18 : int64
#     v28 = neg v1 : int64
#     v29 = select v15 v28 v25 : int64
#     v30 = select v13 0 v29 : int64
#     jump b2
