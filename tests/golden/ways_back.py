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
#     v62 = lt v9 v58 : bool
#     branch v62 b2 b9
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
#     v46 = lt v4 0 : bool
#     v47 = select v46 0 v4 : int64
#     v48 = lt 4096 v47 : bool
#     v49 = select v48 4096 v47 : int64
#     jump b5
# b5:
#     v35 = phi b4:v34 b6:v36 : int
#     v38 = phi b4:v37 b6:v39 : bool
#     v41 = phi b4:v40 b6:v42 : int64
#     v58 = phi b4:v49 b6:v60 : int64
#     jump b1
# b6:
#     v36 = phi b8:v7 : int
#     v39 = phi b8:v8 : bool
#     v42 = phi b8:v9 : int64
#     v60 = phi b8:v54 : int64
#     jump b5
# b7:
#     v51 = sub v47 v9 : int64
#     v52 = lt 4096 v51 : bool
#     v53 = add v9 4096 : int64
#     v54 = select v52 v53 v47 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v10 b7 b3
