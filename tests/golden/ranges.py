# What bounds say: a remainder of what is never negative needs no correction of its sign, however often it is taken.
def gcds(n):
    s = 0
    for i in range(1, n):
        a = i
        b = n
        while b > 0:
            a, b = b, a % b
        s += a
    return s
#> opt gcds(i8)
# gcds(v1: int64) -> int64
# b0:
#     v10 = sub v1 1 : int64
#     v11 = lt 1 v1 : bool
#     v12 = select v11 v10 0 : int64
#     jump b1
# b1:
#     v14 = phi b0:0 b8:v47 : int64
#     v15 = phi b0:0 b8:v18 : int64
#     v16 = lt v15 v12 : bool
#     branch v16 b2 b3
# b2:
#     v18 = add v15 1 : int64
#     v20 = gt v1 0 : bool
#     branch v20 b4 b5
# b3:
#     return v14
# b4:
#     v22 = phi b2:v18 b13:v59 : int64
#     v23 = phi b2:v1 b13:v64 : int64
#     v73 = phi b2:1024 b13:v80 : int64
#     v33 = rem v22 v23 : int64
#     v45 = gt v33 0 : bool
#     branch v45 b9 b5
# b5:
#     v24 = phi b2:v18 b4:v23 b10:v59 : int64
#     v47 = add v14 v24 : int64
#     jump b6
# b6:
#     v54 = and v18 31 : int64
#     v56 = eq v54 0 : bool
#     branch v56 b7 b8
# b7:
#     poll
#     jump b8
# b8:
#     jump b1
# b9:
#     v58 = phi b4:v23 : int64
#     v59 = phi b4:v33 : int64
#     v64 = rem v58 v59 : int64
#     v70 = gt v64 0 : bool
#     branch v70 b11 b10
# b10:
#     jump b5
# b11:
#     v79 = sub v73 1 : int64
#     v82 = eq v79 0 : bool
#     branch v82 b12 b13
# b12:
#     poll
#     jump b13
# b13:
#     v80 = phi b11:v79 b12:1024 : int64
#     jump b4
