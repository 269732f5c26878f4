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
#     v8 = new v1 : array(float64, 1d, C)
#     v12 = data v8 : pointer
#     v20 = gt 1 v1 : bool
#     v21 = select v20 v1 1 : int64
#     v23 = sub v1 v21 : int64
#     v24 = gt v23 0 : bool
#     v25 = select v24 v23 0 : int64
#     v26 = mul v21 8 : int64
#     v27 = offset v12 v26 : pointer
#     v28 = view v8 v27 v25 : array(float64, 1d, C)
#     v29 = ne v2 0 : bool
#     branch v29 b1 b2
# b1:
#     retain v28
#     release v8
#     return v28
# b2:
#     return v8


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
#     v8 = new v1 : array(float64, 1d, C)
#     v10 = index v2 v1 : int64
#     store v8 1.0 v10
#     v16 = load v8 0 : float64
#     release v8
#     return v16


def borrowed(a):
    return a[1:]
# An argument is never counted but where it is returned.
#> opt borrowed(f8[::1])
# borrowed(v1: array(float64, 1d, C)) -> array(float64, 1d, C)
# b0:
#     v5 = data v1 : pointer
#     v6 = extent 0 v1 : int64
#     v15 = gt 1 v6 : bool
#     v16 = select v15 v6 1 : int64
#     v18 = sub v6 v16 : int64
#     v19 = gt v18 0 : bool
#     v20 = select v19 v18 0 : int64
#     v21 = mul v16 8 : int64
#     v22 = offset v5 v21 : pointer
#     v23 = view v1 v22 v20 : array(float64, 1d, C)
#     retain v23
#     return v23
