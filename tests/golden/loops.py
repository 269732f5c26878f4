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
#     v19 = phi b0:0.0 b9:v29 : float64
#     v20 = phi b0:0 b9:v24 : int64
#     v21 = lt v20 v4 : bool
#     branch v21 b2 b3
# b2:
#     v24 = add v20 1 : int64
#     jump b10
# b3:
#     return v19
# b4:
#     v29 = phi b11:v52 b5:v39 : float64
#     v30 = phi b11:v55 b5:v34 : int64
#     v31 = lt v30 v6 : bool
#     v73 = lt v30 v69 : bool
#     branch v73 b5 b15
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
#     v51 = phi b2:v19 : float64
#     v54 = phi b2:0 : int64
#     v59 = lt v6 4096 : bool
#     v60 = select v59 v6 4096 : int64
#     jump b11
# b11:
#     v52 = phi b10:v51 b12:v53 : float64
#     v55 = phi b10:v54 b12:v56 : int64
#     v69 = phi b10:v60 b12:v71 : int64
#     jump b4
# b12:
#     v53 = phi b14:v29 : float64
#     v56 = phi b14:v30 : int64
#     v71 = phi b14:v65 : int64
#     jump b11
# b13:
#     v62 = sub v6 v30 : int64
#     v63 = lt v62 4096 : bool
#     v64 = select v63 v62 4096 : int64
#     v65 = add v30 v64 : int64
#     jump b14
# b14:
#     poll
#     jump b12
# b15:
#     branch v31 b13 b6


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
#     v19 = phi b0:0.0 b9:v29 : float64
#     v20 = phi b0:0 b9:v24 : int64
#     v21 = lt v20 v4 : bool
#     branch v21 b2 b3
# b2:
#     v24 = add v20 1 : int64
#     jump b10
# b3:
#     return v19
# b4:
#     v29 = phi b11:v52 b5:v39 : float64
#     v30 = phi b11:v55 b5:v34 : int64
#     v31 = lt v30 v6 : bool
#     v73 = lt v30 v69 : bool
#     branch v73 b5 b15
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
#     v51 = phi b2:v19 : float64
#     v54 = phi b2:0 : int64
#     v59 = lt v6 4096 : bool
#     v60 = select v59 v6 4096 : int64
#     jump b11
# b11:
#     v52 = phi b10:v51 b12:v53 : float64
#     v55 = phi b10:v54 b12:v56 : int64
#     v69 = phi b10:v60 b12:v71 : int64
#     jump b4
# b12:
#     v53 = phi b14:v29 : float64
#     v56 = phi b14:v30 : int64
#     v71 = phi b14:v65 : int64
#     jump b11
# b13:
#     v62 = sub v6 v30 : int64
#     v63 = lt v62 4096 : bool
#     v64 = select v63 v62 4096 : int64
#     v65 = add v30 v64 : int64
#     jump b14
# b14:
#     poll
#     jump b12
# b15:
#     branch v31 b13 b6
