# Owners: who retains and who releases, on the ways out by an error too.
import numpy as np


def view_or_whole(n, k):
    a = np.empty(n)
    b = a[1:]
    if k:
        return b
    return a
# The view keeps the buffer alive: a retain for it and a release of the local.
#> opt view_or_whole(i8, i8)
# view_or_whole(v1: int64, v2: int64) -> array(float64, 1d, C)
# b0:
#     v6 = ge v1 0 : bool
#     check negative_dim v6
#     v9 = cast v1 : float64
#     v10 = mul 8.0 v9 : float64
#     v12 = lt v10 9.223372036854776e+18 : bool
#     check too_big v12
#     v14 = cast v10 : int64
#     v17 = rt has_room v10 : bool
#     check array_memory v17 v14 1 v1 'float64'
#     v19 = new v1 : array(float64, 1d, C)
#     v23 = data v19 : pointer
#     v27 = gt 1 v1 : bool
#     v28 = select v27 v1 1 : int64
#     v29 = sub v1 1 : int64
#     v30 = gt v29 0 : bool
#     v31 = select v30 v29 0 : int64
#     v32 = mul v28 8 : int64
#     v33 = offset v23 v32 : pointer
#     v34 = view object v19 v33 v31 v28 0 1 : array(float64, 1d, C)
#     v35 = ne v2 0 : bool
#     branch v35 b1 b2
# b1:
#     retain v34
#     release v19
#     return v34
# b2:
#     return v19


def temporary(n, k):
    a = np.empty(n)
    a[k] = 1.0
    return a[0]
# The buffer goes when the store's index is wrong (cleanup) as on the way out.
#> opt temporary(i8, i8)
# temporary(v1: int64, v2: int64) -> float64
# b0:
#     v6 = ge v1 0 : bool
#     check negative_dim v6
#     v9 = cast v1 : float64
#     v10 = mul 8.0 v9 : float64
#     v12 = lt v10 9.223372036854776e+18 : bool
#     check too_big v12
#     v14 = cast v10 : int64
#     v17 = rt has_room v10 : bool
#     check array_memory v17 v14 1 v1 'float64'
#     v19 = new v1 : array(float64, 1d, C)
#     v21 = index v2 v1 : int64
#     store v19 1.0 v21
#     v27 = load v19 0 : float64
#     release v19
#     return v27


def borrowed(a):
    return a[1:]
# An argument is never counted but where it is returned.
#> opt borrowed(f8[::1])
# borrowed(v1: array(float64, 1d, C)) -> array(float64, 1d, C)
# b0:
#     v5 = data v1 : pointer
#     v6 = extent 0 v1 : int64
#     v12 = gt 1 v6 : bool
#     v13 = select v12 v6 1 : int64
#     v14 = sub v6 1 : int64
#     v15 = gt v14 0 : bool
#     v16 = select v15 v14 0 : int64
#     v17 = mul v13 8 : int64
#     v18 = offset v5 v17 : pointer
#     v19 = view object v1 v18 v16 v13 0 1 : array(float64, 1d, C)
#     retain v19
#     return v19


def in_the_frame(x):
    a = np.zeros(2)
    a[0] = x
    return a[0] + a[1]
# A small array of constant extents that nobody else sees: neither made nor counted.
#> opt in_the_frame(f8)
# in_the_frame(v1: float64) -> float64
# b0:
#     v11 = new zeroed in the frame 2 : array(float64, 1d, C)
#     store v11 v1 0
#     v14 = load v11 0 : float64
#     v17 = load v11 1 : float64
#     v18 = add v14 v17 : float64
#     return v18


def carried(n):
    v = np.zeros(2)
    for i in range(n):
        w = np.empty(2)
        w[0] = v[1]
        w[1] = i
        v = w
    return v[0]
# The next turn needs the array of this one: two arrays in memory.
#> opt carried(i8)
# carried(v1: int64) -> float64
# b0:
#     v11 = new zeroed 2 : array(float64, 1d, C)
#     v18 = lt 0 v1 : bool
#     v19 = select v18 v1 0 : int64
#     jump b4
# b1:
#     v21 = phi b5:v43 b2:v28 : array(float64, 1d, C)
#     v22 = phi b5:v46 b2:v26 : int64
#     v23 = lt v22 v19 : bool
#     v64 = lt v22 v60 : bool
#     branch v64 b2 b9
# b2:
#     v25 = bitcast v22 : int
#     v26 = add v22 1 : int64
#     v28 = new 2 : array(float64, 1d, C)
#     v29 = extent 0 v21 : int64
#     v30 = ult 1 v29 : bool
#     check index v30 1 0 v29
#     v32 = load v21 1 : float64
#     release v21
#     store v28 v32 0
#     v34 = cast v25 : float64
#     store v28 v34 1
#     jump b1
# b3:
#     v37 = extent 0 v21 : int64
#     v38 = ult 0 v37 : bool
#     check index v38 0 0 v37
#     v40 = load v21 0 : float64
#     release v21
#     return v40
# b4:
#     v42 = phi b0:v11 : array(float64, 1d, C)
#     v45 = phi b0:0 : int64
#     v50 = lt v19 4096 : bool
#     v51 = select v50 v19 4096 : int64
#     jump b5
# b5:
#     v43 = phi b4:v42 b6:v44 : array(float64, 1d, C)
#     v46 = phi b4:v45 b6:v47 : int64
#     v60 = phi b4:v51 b6:v62 : int64
#     jump b1
# b6:
#     v44 = phi b8:v21 : array(float64, 1d, C)
#     v47 = phi b8:v22 : int64
#     v62 = phi b8:v56 : int64
#     jump b5
# b7:
#     v53 = sub v19 v22 : int64
#     v54 = lt v53 4096 : bool
#     v55 = select v54 v53 4096 : int64
#     v56 = add v22 v55 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v23 b7 b3
