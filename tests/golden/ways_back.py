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
#     jump b9
# b1:
#     v7 = phi b10:v32 b8:v28 : int
#     v8 = phi b10:v35 b8:v29 : bool
#     v9 = phi b10:v38 b8:v14 : int64
#     v10 = lt v9 v4 : bool
#     v59 = lt v9 v55 : bool
#     branch v59 b2 b14
# b2:
#     v12 = load v1 v9 : uint8
#     v14 = add v9 1 : int64
#     v17 = cast v12 : int64
#     v18 = eq v17 32 : bool
#     branch v18 b4 b5
# b3:
#     return v7
# b4:
#     jump b8
# b5:
#     branch v8 b6 b7
# b6:
#     jump b8
# b7:
#     v25 = add v7 1 : int
#     jump b8
# b8:
#     v28 = phi b4:v7 b6:v7 b7:v25 : int
#     v29 = phi b4:false b6:v8 b7:true : bool
#     jump b1
# b9:
#     v31 = phi b0:0 : int
#     v34 = phi b0:false : bool
#     v37 = phi b0:0 : int64
#     v43 = lt v4 0 : bool
#     v44 = select v43 0 v4 : int64
#     v45 = lt 4096 v44 : bool
#     v46 = select v45 4096 v44 : int64
#     jump b10
# b10:
#     v32 = phi b9:v31 b11:v33 : int
#     v35 = phi b9:v34 b11:v36 : bool
#     v38 = phi b9:v37 b11:v39 : int64
#     v55 = phi b9:v46 b11:v57 : int64
#     jump b1
# b11:
#     v33 = phi b13:v7 : int
#     v36 = phi b13:v8 : bool
#     v39 = phi b13:v9 : int64
#     v57 = phi b13:v51 : int64
#     jump b10
# b12:
#     v48 = sub v44 v9 : int64
#     v49 = lt 4096 v48 : bool
#     v50 = add v9 4096 : int64
#     v51 = select v49 v50 v44 : int64
#     jump b13
# b13:
#     poll
#     jump b11
# b14:
#     branch v10 b12 b3
