# An element of a small array at an index that data choose is one of them all, so that no index is left that is no constant where loops
# are unrolled: LLVM keeps the elements in registers.
def swapped(a, p):
    b = a.copy()
    for i in range(2):
        b[i] *= 3.0
    b[p] = -b[0]
    return b[p] - b[1]
#> opt swapped(f8[2], i8)
# swapped(v1: array(float64, 2, C), v2: int64) -> float64
# b0:
#     v5 = new in the frame 2 : array(float64, 1d, C)
#     jump b6
# b1:
#     v16 = phi b4:0 b2:v20 : int64
#     v17 = lt v16 2 : bool
#     branch v17 b2 b3
# b2:
#     v20 = add v16 1 : int64
#     v22 = load v5 v16 : float64
#     v25 = mul v22 3.0 : float64
#     store v5 v25 v16
#     jump b1
# b3:
#     v28 = load v5 0 : float64
#     v29 = neg v28 : float64
#     v30 = index v2 2 : int64
#     v52 = eq v30 0 : bool
#     v53 = load v5 0 : float64
#     v54 = select v52 v29 v53 : float64
#     store v5 v54 0
#     v57 = eq v30 1 : bool
#     v58 = load v5 1 : float64
#     v59 = select v57 v29 v58 : float64
#     store v5 v59 1
#     v61 = load v5 1 : float64
#     v62 = eq v30 0 : bool
#     v63 = load v5 0 : float64
#     v64 = select v62 v63 v61 : float64
#     v33 = load v5 1 : float64
#     v34 = sub v64 v33 : float64
#     return v34
# b4:
#     jump b1
# b5:
#     jump b4
# b6:
#     v42 = phi b0:0 b7:v48 : int64
#     v43 = lt v42 2 : bool
#     branch v43 b7 b8
# b7:
#     v46 = load v1 v42 : float64
#     store v5 v46 v42
#     v48 = add v42 1 : int64
#     jump b6
# b8:
#     jump b5
