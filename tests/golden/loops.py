# What the stages make of a loop nest: bytecode, blocks, SSA, typed IR; and polling by strips after opt.
def total(a):
    s = 0.0
    for x in a:
        s += x
    return s
#> bc total(f8[::1])
# code total a s x
#    0  CONST                0.0  @2:8
#    1  STORE                s  @2:4
#    2  LOAD                 a  @3:13
#    3  ITER                  @3:4
#    4  FOR                  -> 11  @3:4
#    5  STORE                x  @3:8
#    6  LOAD                 s  @4:8
#    7  LOAD                 x  @4:13
#    8  INPLACE              +=  @4:8
#    9  STORE                s  @4:8
#   10  JUMP                 -> 4  @4:8
#   11  LOAD                 s  @5:11
#   12  RETURN                @5:4

#> cfg total(f8[::1])
# b0: 0..3 -> b1
# b1: 4..4 -> b2 b3 idom b0 loop b1 (header)
# b2: 5..10 -> b1 idom b1 loop b1
# b3: 11..12 idom b1

#> ssa total(f8[::1])
# total(v2)
# b0:
#     v3 = py_const
#     v4 = py_iter v2
#     jump b1
# b1:
#     v6 = phi b0:v3 b2:v14
#     v8 = phi b0:v4 b2:v12
#     v9 = py_more v8
#     branch v9 b2 b3
# b2:
#     v11 = py_value v8
#     v12 = py_step v8
#     v14 = py_inplace + v6 v11
#     jump b1
# b3:
#     return v6

#> ir total(f8[::1])
# total(v1: array(float64, 1d, C)) -> float64
# b0:
#     v3 = extent 0 v1 : int64
#     jump b1
# b1:
#     v7 = phi b0:0.0 b2:v14 : float64
#     v8 = phi b0:0 b2:v13 : int64
#     v9 = lt v8 v3 : bool
#     branch v9 b2 b3
# b2:
#     v11 = load v1 v8 : float64
#     v13 = add v8 1 : int64
#     v14 = add v7 v11 : float64
#     jump b1
# b3:
#     return v7


def sum2d(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j]
    return total
# No index check is left; the inner loop runs in strips of 4096 between polls, the outer one polls each 32nd time.
#> opt sum2d(f8[:, ::1])
# sum2d(v1: array(float64, 2d, C)) -> float64
# b0:
#     v4 = extent 0 v1 : int64
#     v6 = extent 1 v1 : int64
#     jump b1
# b1:
#     v19 = phi b0:0.0 b9:v64 : float64
#     v20 = phi b0:0 b9:v24 : int64
#     v21 = lt v20 v4 : bool
#     branch v21 b2 b3
# b2:
#     v24 = add v20 1 : int64
#     jump b10
# b3:
#     return v19
# b4:
#     v29 = phi b14:v19 b5:v39 : float64
#     v30 = phi b14:0 b5:v34 : int64
#     v31 = lt v30 v6 : bool
#     branch v31 b5 b15
# b5:
#     v34 = add v30 1 : int64
#     v38 = load v1 v20 v30 : float64
#     v39 = add v29 v38 : float64
#     jump b4
# b6:
#     jump b7
# b7:
#     v47 = and v24 31 : int64
#     v49 = eq v47 0 : bool
#     branch v49 b8 b9
# b8:
#     poll
#     jump b9
# b9:
#     jump b1
# b10:
#     v53 = le v6 4096 : bool
#     branch v53 b14 b11
# b11:
#     v58 = le v6 131072 : bool
#     branch v58 b12 b13
# b12:
#     poll
#     jump b14
# b13:
#     v63 = later chunk0 of 0 v6 v1 v20 v19 : tuple(float64, int64)
#     v65 = item 0 v63 : float64
#     jump b15
# b14:
#     jump b4
# b15:
#     v64 = phi b4:v29 b13:v65 : float64
#     jump b6
# chunk0(v4: int64, v9: array(float64, 2d, C), v10: int64, v14: float64) -> tuple(float64, int64)
# b0:
#     jump b4
# b1:
#     v2 = phi b5:v19 b2:v12 : float64
#     v3 = phi b5:v22 b2:v8 : int64
#     v5 = lt v3 v4 : bool
#     v40 = lt v3 v36 : bool
#     branch v40 b2 b9
# b2:
#     v8 = add v3 1 : int64
#     v11 = load v9 v10 v3 : float64
#     v12 = add v2 v11 : float64
#     jump b1
# b3:
#     v16 = tuple v2 v3 : tuple(float64, int64)
#     return v16
# b4:
#     v18 = phi b0:v14 : float64
#     v21 = phi b0:0 : int64
#     v26 = lt v4 4096 : bool
#     v27 = select v26 v4 4096 : int64
#     jump b5
# b5:
#     v19 = phi b4:v18 b6:v20 : float64
#     v22 = phi b4:v21 b6:v23 : int64
#     v36 = phi b4:v27 b6:v38 : int64
#     jump b1
# b6:
#     v20 = phi b8:v2 : float64
#     v23 = phi b8:v3 : int64
#     v38 = phi b8:v32 : int64
#     jump b5
# b7:
#     v29 = sub v4 v3 : int64
#     v30 = lt v29 4096 : bool
#     v31 = select v30 v29 4096 : int64
#     v32 = add v3 v31 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v5 b7 b3


def sum2d_strided(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j]
    return total
#> opt sum2d_strided(f8[:, :])
# sum2d_strided(v1: array(float64, 2d, A)) -> float64
# b0:
#     v4 = extent 0 v1 : int64
#     v6 = extent 1 v1 : int64
#     jump b1
# b1:
#     v19 = phi b0:0.0 b9:v64 : float64
#     v20 = phi b0:0 b9:v24 : int64
#     v21 = lt v20 v4 : bool
#     branch v21 b2 b3
# b2:
#     v24 = add v20 1 : int64
#     jump b10
# b3:
#     return v19
# b4:
#     v29 = phi b14:v19 b5:v39 : float64
#     v30 = phi b14:0 b5:v34 : int64
#     v31 = lt v30 v6 : bool
#     branch v31 b5 b15
# b5:
#     v34 = add v30 1 : int64
#     v38 = load v1 v20 v30 : float64
#     v39 = add v29 v38 : float64
#     jump b4
# b6:
#     jump b7
# b7:
#     v47 = and v24 31 : int64
#     v49 = eq v47 0 : bool
#     branch v49 b8 b9
# b8:
#     poll
#     jump b9
# b9:
#     jump b1
# b10:
#     v53 = le v6 4096 : bool
#     branch v53 b14 b11
# b11:
#     v58 = le v6 131072 : bool
#     branch v58 b12 b13
# b12:
#     poll
#     jump b14
# b13:
#     v63 = later chunk0 of 0 v6 v1 v20 v19 : tuple(float64, int64)
#     v65 = item 0 v63 : float64
#     jump b15
# b14:
#     jump b4
# b15:
#     v64 = phi b4:v29 b13:v65 : float64
#     jump b6
# chunk0(v4: int64, v9: array(float64, 2d, A), v10: int64, v14: float64) -> tuple(float64, int64)
# b0:
#     jump b4
# b1:
#     v2 = phi b5:v19 b2:v12 : float64
#     v3 = phi b5:v22 b2:v8 : int64
#     v5 = lt v3 v4 : bool
#     v40 = lt v3 v36 : bool
#     branch v40 b2 b9
# b2:
#     v8 = add v3 1 : int64
#     v11 = load v9 v10 v3 : float64
#     v12 = add v2 v11 : float64
#     jump b1
# b3:
#     v16 = tuple v2 v3 : tuple(float64, int64)
#     return v16
# b4:
#     v18 = phi b0:v14 : float64
#     v21 = phi b0:0 : int64
#     v26 = lt v4 4096 : bool
#     v27 = select v26 v4 4096 : int64
#     jump b5
# b5:
#     v19 = phi b4:v18 b6:v20 : float64
#     v22 = phi b4:v21 b6:v23 : int64
#     v36 = phi b4:v27 b6:v38 : int64
#     jump b1
# b6:
#     v20 = phi b8:v2 : float64
#     v23 = phi b8:v3 : int64
#     v38 = phi b8:v32 : int64
#     jump b5
# b7:
#     v29 = sub v4 v3 : int64
#     v30 = lt v29 4096 : bool
#     v31 = select v30 v29 4096 : int64
#     v32 = add v3 v31 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v5 b7 b3
