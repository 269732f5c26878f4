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
#     rt check_size v10
#     v12 = new v1 : array(float64, 1d, C)
#     v16 = data v12 : pointer
#     v21 = gt 1 v1 : bool
#     v22 = select v21 v1 1 : int64
#     v23 = sub v1 1 : int64
#     v24 = gt v23 0 : bool
#     v25 = select v24 v23 0 : int64
#     v26 = mul v22 8 : int64
#     v27 = offset v16 v26 : pointer
#     v28 = view v12 v27 v25 v22 0 1 : array(float64, 1d, C)
#     v29 = ne v2 0 : bool
#     branch v29 b1 b2
# b1:
#     retain v28
#     release v12
#     return v28
# b2:
#     return v12


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
#     rt check_size v10
#     v12 = new v1 : array(float64, 1d, C)
#     v14 = index v2 v1 : int64
#     store v12 1.0 v14
#     v20 = load v12 0 : float64
#     release v12
#     return v20


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
#     v19 = view v1 v18 v16 v13 0 1 : array(float64, 1d, C)
#     retain v19
#     return v19
