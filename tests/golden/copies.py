"""The copy of a nest that the types make likely stands in the function; the others are functions that no call may ever need."""


def double(a, b):
    return a * b


#> opt double(f8[::1], f8[::1])
# double(v1: array(float64, 1d, C), v2: array(float64, 1d, C)) -> array(float64, 1d, C)
# b0:
#     v4 = extent 0 v1 : int64
#     v5 = extent 0 v2 : int64
#     v6 = eq v4 1 : bool
#     v7 = eq v5 1 : bool
#     v8 = or v6 v7 : bool
#     v9 = eq v4 v5 : bool
#     v10 = or v8 v9 : bool
#     check broadcast v10 1 v4 1 v5
#     v12 = select v6 v5 v4 : int64
#     v13 = new v12 : array(float64, 1d, C)
#     v14 = eq v4 v12 : bool
#     v16 = eq v5 v12 : bool
#     v20 = and v14 v16 : bool
#     branch v20 b2 b3
# b1:
#     return v13
# b2:
#     jump b9
# b3:
#     later chunk0 of 0 v12 v1 v2 v13
#     jump b4
# b4:
#     jump b1
# b5:
#     jump b4
# b6:
#     v30 = phi b10:v42 b7:v38 : int64
#     v31 = lt v30 v12 : bool
#     v62 = lt v30 v58 : bool
#     branch v62 b7 b14
# b7:
#     v34 = load v1 v30 : float64
#     v35 = load v2 v30 : float64
#     v36 = mul v34 v35 : float64
#     store v13 v36 v30
#     v38 = add v30 1 : int64
#     jump b6
# b8:
#     jump b5
# b9:
#     v41 = phi b2:0 : int64
#     v46 = lt v12 0 : bool
#     v47 = select v46 0 v12 : int64
#     v48 = lt 4096 v47 : bool
#     v49 = select v48 4096 v47 : int64
#     jump b10
# b10:
#     v42 = phi b9:v41 b11:v43 : int64
#     v58 = phi b9:v49 b11:v60 : int64
#     jump b6
# b11:
#     v43 = phi b13:v30 : int64
#     v60 = phi b13:v54 : int64
#     jump b10
# b12:
#     v51 = sub v47 v30 : int64
#     v52 = lt 4096 v51 : bool
#     v53 = add v30 4096 : int64
#     v54 = select v52 v53 v47 : int64
#     jump b13
# b13:
#     poll
#     jump b11
# b14:
#     branch v31 b12 b8
# chunk0(v1: int64, v2: array(float64, 1d, C), v6: array(float64, 1d, C), v10: array(float64, 1d, C)) -> none
# b0:
#     v3 = extent 0 v2 : int64
#     v4 = eq v1 v3 : bool
#     v5 = cast v4 : int64
#     v7 = extent 0 v6 : int64
#     v8 = eq v1 v7 : bool
#     v9 = cast v8 : int64
#     jump b5
# b1:
#     return <none>
# b2:
#     v17 = phi b6:v30 b3:v26 : int64
#     v18 = lt v17 v1 : bool
#     v50 = lt v17 v46 : bool
#     branch v50 b3 b10
# b3:
#     v20 = mul v5 v17 : int64
#     v21 = load v2 v20 : float64
#     v22 = mul v9 v17 : int64
#     v23 = load v6 v22 : float64
#     v24 = mul v21 v23 : float64
#     store v10 v24 v17
#     v26 = add v17 1 : int64
#     jump b2
# b4:
#     jump b1
# b5:
#     v29 = phi b0:0 : int64
#     v34 = lt v1 0 : bool
#     v35 = select v34 0 v1 : int64
#     v36 = lt 4096 v35 : bool
#     v37 = select v36 4096 v35 : int64
#     jump b6
# b6:
#     v30 = phi b5:v29 b7:v31 : int64
#     v46 = phi b5:v37 b7:v48 : int64
#     jump b2
# b7:
#     v31 = phi b9:v17 : int64
#     v48 = phi b9:v42 : int64
#     jump b6
# b8:
#     v39 = sub v35 v17 : int64
#     v40 = lt 4096 v39 : bool
#     v41 = add v17 4096 : int64
#     v42 = select v40 v41 v35 : int64
#     jump b9
# b9:
#     poll
#     jump b7
# b10:
#     branch v18 b8 b4
