# A loop with `continue` has one way back: LLVM takes a loop with several for two loops, and vectorises neither.
def words(text):
    n = 0
    inside = False
    for c in text:
        if c == 32:
            inside = False
            continue
        if inside:
            continue
        inside = True
        n += 1
    return n
#> opt words(u1[::1])
# words(v1: array(uint8, 1d, C)) -> int
# b0:
#     v4 = extent 0 v1 : int64
#     jump b4
# b1:
#     v7 = phi b5:v35 b2:v31 : int
#     v8 = phi b5:v38 b2:v32 : bool
#     v9 = phi b5:v41 b2:v14 : int64
#     v10 = lt v9 v4 : bool
#     v59 = lt v9 v55 : bool
#     branch v59 b2 b9
# b2:
#     v12 = load v1 v9 : uint8
#     v14 = add v9 1 : int64
#     v17 = cast v12 : int64
#     v18 = eq v17 32 : bool
#     v25 = add v7 1 : int
#     v28 = select v8 v7 v25 : int
#     v29 = select v8 v8 true : bool
#     v31 = select v18 v7 v28 : int
#     v32 = select v18 false v29 : bool
#     jump b1
# b3:
#     return v7
# b4:
#     v34 = phi b0:0 : int
#     v37 = phi b0:false : bool
#     v40 = phi b0:0 : int64
#     v45 = lt v4 4096 : bool
#     v46 = select v45 v4 4096 : int64
#     jump b5
# b5:
#     v35 = phi b4:v34 b6:v36 : int
#     v38 = phi b4:v37 b6:v39 : bool
#     v41 = phi b4:v40 b6:v42 : int64
#     v55 = phi b4:v46 b6:v57 : int64
#     jump b1
# b6:
#     v36 = phi b8:v7 : int
#     v39 = phi b8:v8 : bool
#     v42 = phi b8:v9 : int64
#     v57 = phi b8:v51 : int64
#     jump b5
# b7:
#     v48 = sub v4 v9 : int64
#     v49 = lt v48 4096 : bool
#     v50 = select v49 v48 4096 : int64
#     v51 = add v9 v50 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v10 b7 b3
