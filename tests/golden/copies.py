"""The copy of a nest that the types make likely stands in the function; the others are functions that no call may ever need."""


def double(a, b):
    return a * b


#> opt double(f8[::1], f8[::1])
# double(v1: array(float64, 1d, C), v2: array(float64, 1d, C)) -> array(float64, 1d, C)
# b0:
#     v22 = extent 0 v1 : int64
#     v23 = extent 0 v2 : int64
#     v24 = eq v22 v23 : bool
#     branch v24 b1 b2
# b1:
#     v27 = new v23 : array(float64, 1d, C)
#     v31 = data v1 : pointer
#     v32 = view v1 v31 v23 0 0 1 : array(float64, 1d, C)
#     jump b9
# b2:
#     v35 = later chunk0 of 0 v1 v2 : array(float64, 1d, C)
#     jump b3
# b3:
#     v37 = phi b4:v27 b2:v35 : array(float64, 1d, C)
#     return v37
# b4:
#     jump b3
# b5:
#     jump b4
# b6:
#     v43 = phi b10:v55 b7:v51 : int64
#     v44 = lt v43 v23 : bool
#     v73 = lt v43 v69 : bool
#     branch v73 b7 b14
# b7:
#     v47 = load v32 v43 : float64
#     v48 = load v2 v43 : float64
#     v49 = mul v47 v48 : float64
#     store v27 v49 v43
#     v51 = add v43 1 : int64
#     jump b6
# b8:
#     jump b5
# b9:
#     v54 = phi b1:0 : int64
#     v59 = lt v23 4096 : bool
#     v60 = select v59 v23 4096 : int64
#     jump b10
# b10:
#     v55 = phi b9:v54 b11:v56 : int64
#     v69 = phi b9:v60 b11:v71 : int64
#     jump b6
# b11:
#     v56 = phi b13:v43 : int64
#     v71 = phi b13:v65 : int64
#     jump b10
# b12:
#     v62 = sub v23 v43 : int64
#     v63 = lt v62 4096 : bool
#     v64 = select v63 v62 4096 : int64
#     v65 = add v43 v64 : int64
#     jump b13
# b13:
#     poll
#     jump b11
# b14:
#     branch v44 b12 b8
# chunk0(v1: array(float64, 1d, C), v3: array(float64, 1d, C)) -> array(float64, 1d, C)
# b0:
#     v2 = extent 0 v1 : int64
#     v4 = extent 0 v3 : int64
#     v6 = eq v2 1 : bool
#     v7 = eq v4 1 : bool
#     v8 = or v6 v7 : bool
#     v9 = eq v2 v4 : bool
#     v10 = or v8 v9 : bool
#     v11 = select v6 v4 v2 : int64
#     check broadcast v10 1 v2 1 v4
#     v13 = new v11 : array(float64, 1d, C)
#     v14 = eq v2 v11 : bool
#     v15 = cast v14 : int64
#     v16 = eq v4 v11 : bool
#     v17 = cast v16 : int64
#     jump b6
# b1:
#     return v13
# b2:
#     jump b1
# b3:
#     v25 = phi b7:v39 b4:v35 : int64
#     v26 = lt v25 v11 : bool
#     v57 = lt v25 v53 : bool
#     branch v57 b4 b11
# b4:
#     v29 = mul v15 v25 : int64
#     v30 = load v1 v29 : float64
#     v31 = mul v17 v25 : int64
#     v32 = load v3 v31 : float64
#     v33 = mul v30 v32 : float64
#     store v13 v33 v25
#     v35 = add v25 1 : int64
#     jump b3
# b5:
#     jump b2
# b6:
#     v38 = phi b0:0 : int64
#     v43 = lt v11 4096 : bool
#     v44 = select v43 v11 4096 : int64
#     jump b7
# b7:
#     v39 = phi b6:v38 b8:v40 : int64
#     v53 = phi b6:v44 b8:v55 : int64
#     jump b3
# b8:
#     v40 = phi b10:v25 : int64
#     v55 = phi b10:v49 : int64
#     jump b7
# b9:
#     v46 = sub v11 v25 : int64
#     v47 = lt v46 4096 : bool
#     v48 = select v47 v46 4096 : int64
#     v49 = add v25 v48 : int64
#     jump b10
# b10:
#     poll
#     jump b8
# b11:
#     branch v26 b9 b5


def planes(a):
    return a[:, :, 0] + a[:, :, 1]


#> opt planes(u1[:,:,::1])
# planes(v1: array(uint8, 3d, C)) -> array(uint8, 2d, C)
# b0:
#     v6 = data v1 : pointer
#     v7 = extent 0 v1 : int64
#     v9 = extent 2 v1 : int64
#     v10 = extent 1 v1 : int64
#     v11 = mul v9 v10 : int64
#     v16 = ult 0 v9 : bool
#     check index v16 0 2 v9
#     v21 = ult 1 v9 : bool
#     check index v21 1 2 v9
#     v23 = offset v6 1 : pointer
#     v25 = new v7 v10 : array(uint8, 2d, C)
#     v29 = eq v9 1 : bool
#     v30 = view object v1 v6 v7 v10 v11 1 : array(uint8, 2d, A)
#     v31 = view object v1 v23 v7 v10 v11 1 : array(uint8, 2d, A)
#     branch v29 b2 b3
# b1:
#     return v25
# b2:
#     jump b6
# b3:
#     later chunk0 of 0 v1 v11 v25
#     jump b4
# b4:
#     jump b1
# b5:
#     jump b4
# b6:
#     v42 = phi b2:0 b14:v56 : int64
#     v43 = lt v42 v7 : bool
#     branch v43 b7 b8
# b7:
#     jump b15
# b8:
#     jump b5
# b9:
#     v46 = phi b19:0 b10:v54 : int64
#     v47 = lt v46 v10 : bool
#     branch v47 b10 b20
# b10:
#     v50 = load v30 v42 v46 : uint8
#     v51 = load v31 v42 v46 : uint8
#     v52 = add v50 v51 : uint8
#     store v25 v52 v42 v46
#     v54 = add v46 1 : int64
#     jump b9
# b11:
#     v56 = add v42 1 : int64
#     jump b12
# b12:
#     v63 = and v56 31 : int64
#     v64 = eq v63 0 : bool
#     branch v64 b13 b14
# b13:
#     poll
#     jump b14
# b14:
#     jump b6
# b15:
#     v68 = le v10 4096 : bool
#     branch v68 b19 b16
# b16:
#     v72 = le v10 131072 : bool
#     branch v72 b17 b18
# b17:
#     poll
#     jump b19
# b18:
#     v77 = later chunk1 of 0 v10 v30 v42 v31 v25 : int64
#     jump b20
# b19:
#     jump b9
# b20:
#     jump b11
# chunk0(v1: array(uint8, 3d, C), v5: int64, v12: array(uint8, 2d, C)) -> none
# b0:
#     v2 = extent 0 v1 : int64
#     v3 = extent 1 v1 : int64
#     v4 = data v1 : pointer
#     v6 = extent 2 v1 : int64
#     v9 = view object v1 v4 v2 v3 v5 v6 0 0 0 0 1 1 1 : array(uint8, 2d, A)
#     v10 = offset v4 1 : pointer
#     v11 = view object v1 v10 v2 v3 v5 v6 0 0 1 0 1 1 1 : array(uint8, 2d, A)
#     v20 = neg v5 : int64
#     v21 = lt v5 0 : bool
#     v22 = select v21 v20 v5 : int64
#     v23 = lt v22 v6 : bool
#     v25 = select v23 64 v2 : int64
#     v26 = select v23 64 v3 : int64
#     v27 = gt v25 1 : bool
#     v28 = select v27 v25 1 : int64
#     v29 = sub v28 1 : int64
#     v30 = add v2 v29 : int64
#     v31 = div v30 v28 : int64
#     jump b2
# b1:
#     return <none>
# b2:
#     v33 = phi b0:0 b16:v73 : int64
#     v34 = lt v33 v31 : bool
#     branch v34 b3 b4
# b3:
#     v36 = mul v28 v33 : int64
#     v37 = gt v26 1 : bool
#     v38 = select v37 v26 1 : int64
#     v39 = sub v38 1 : int64
#     v40 = add v3 v39 : int64
#     v41 = div v40 v38 : int64
#     jump b5
# b4:
#     jump b1
# b5:
#     v43 = phi b3:0 b19:v71 : int64
#     v44 = lt v43 v41 : bool
#     branch v44 b6 b7
# b6:
#     v46 = mul v38 v43 : int64
#     v47 = sub v2 v36 : int64
#     v48 = lt v47 v25 : bool
#     v49 = select v48 v47 v25 : int64
#     jump b8
# b7:
#     v73 = add v33 1 : int64
#     jump b14
# b8:
#     v51 = phi b6:0 b22:v69 : int64
#     v52 = lt v51 v49 : bool
#     branch v52 b9 b10
# b9:
#     v54 = add v36 v51 : int64
#     v55 = sub v3 v46 : int64
#     v56 = lt v55 v26 : bool
#     v57 = select v56 v55 v26 : int64
#     jump b23
# b10:
#     v71 = add v43 1 : int64
#     jump b17
# b11:
#     v59 = phi b27:0 b12:v67 : int64
#     v60 = lt v59 v57 : bool
#     branch v60 b12 b28
# b12:
#     v62 = add v46 v59 : int64
#     v63 = load v9 v54 v62 : uint8
#     v64 = load v11 v54 v62 : uint8
#     v65 = add v63 v64 : uint8
#     store v12 v65 v54 v62
#     v67 = add v59 1 : int64
#     jump b11
# b13:
#     v69 = add v51 1 : int64
#     jump b20
# b14:
#     v80 = and v73 31 : int64
#     v82 = eq v80 0 : bool
#     branch v82 b15 b16
# b15:
#     poll
#     jump b16
# b16:
#     jump b2
# b17:
#     v87 = and v71 31 : int64
#     v88 = eq v87 0 : bool
#     branch v88 b18 b19
# b18:
#     poll
#     jump b19
# b19:
#     jump b5
# b20:
#     v93 = and v69 31 : int64
#     v94 = eq v93 0 : bool
#     branch v94 b21 b22
# b21:
#     poll
#     jump b22
# b22:
#     jump b8
# b23:
#     v98 = le v57 4096 : bool
#     branch v98 b27 b24
# b24:
#     v103 = le v57 131072 : bool
#     branch v103 b25 b26
# b25:
#     poll
#     jump b27
# b26:
#     v108 = later chunk0 of 0 v57 v46 v9 v54 v11 v12 : int64
#     jump b28
# b27:
#     jump b11
# b28:
#     jump b13
# chunk0(v3: int64, v6: int64, v8: array(uint8, 2d, A), v9: int64, v11: array(uint8, 2d, A), v14: array(uint8, 2d, C)) -> int64
# b0:
#     jump b4
# b1:
#     v2 = phi b5:v22 b2:v17 : int64
#     v4 = lt v2 v3 : bool
#     v40 = lt v2 v36 : bool
#     branch v40 b2 b9
# b2:
#     v7 = add v6 v2 : int64
#     v10 = load v8 v9 v7 : uint8
#     v12 = load v11 v9 v7 : uint8
#     v13 = add v10 v12 : uint8
#     store v14 v13 v9 v7
#     v17 = add v2 1 : int64
#     jump b1
# b3:
#     return v2
# b4:
#     v21 = phi b0:0 : int64
#     v26 = lt v3 4096 : bool
#     v27 = select v26 v3 4096 : int64
#     jump b5
# b5:
#     v22 = phi b4:v21 b6:v23 : int64
#     v36 = phi b4:v27 b6:v38 : int64
#     jump b1
# b6:
#     v23 = phi b8:v2 : int64
#     v38 = phi b8:v32 : int64
#     jump b5
# b7:
#     v29 = sub v3 v2 : int64
#     v30 = lt v29 4096 : bool
#     v31 = select v30 v29 4096 : int64
#     v32 = add v2 v31 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v4 b7 b3
# chunk1(v3: int64, v6: array(uint8, 2d, A), v7: int64, v9: array(uint8, 2d, A), v12: array(uint8, 2d, C)) -> int64
# b0:
#     jump b4
# b1:
#     v2 = phi b5:v20 b2:v15 : int64
#     v4 = lt v2 v3 : bool
#     v38 = lt v2 v34 : bool
#     branch v38 b2 b9
# b2:
#     v8 = load v6 v7 v2 : uint8
#     v10 = load v9 v7 v2 : uint8
#     v11 = add v8 v10 : uint8
#     store v12 v11 v7 v2
#     v15 = add v2 1 : int64
#     jump b1
# b3:
#     return v2
# b4:
#     v19 = phi b0:0 : int64
#     v24 = lt v3 4096 : bool
#     v25 = select v24 v3 4096 : int64
#     jump b5
# b5:
#     v20 = phi b4:v19 b6:v21 : int64
#     v34 = phi b4:v25 b6:v36 : int64
#     jump b1
# b6:
#     v21 = phi b8:v2 : int64
#     v36 = phi b8:v30 : int64
#     jump b5
# b7:
#     v27 = sub v3 v2 : int64
#     v28 = lt v27 4096 : bool
#     v29 = select v28 v27 4096 : int64
#     v30 = add v2 v29 : int64
#     jump b8
# b8:
#     poll
#     jump b6
# b9:
#     branch v4 b7 b3


def again(a, b):
    return (a * b + a) * (b - a)


#> ir again(f8[::1], f8[::1])
# again(v1: array(float64, 1d, C), v2: array(float64, 1d, C)) -> array(float64, 1d, C)
# b0:
#     v4 = extent 0 v1 : int64
#     v5 = extent 0 v2 : int64
#     v7 = eq v4 1 : bool
#     v8 = eq v5 1 : bool
#     v9 = or v7 v8 : bool
#     v10 = eq v4 v5 : bool
#     v11 = or v9 v10 : bool
#     v12 = select v7 v5 v4 : int64
#     check broadcast v11 1 v4 1 v5
#     v14 = new v12 : array(float64, 1d, C)
#     v15 = eq v4 v12 : bool
#     v16 = cast v15 : int64
#     v17 = eq v5 v12 : bool
#     v18 = cast v17 : int64
#     nest body0 v12 with v16 v1 v18 v2 v14
#     v20 = new v12 : array(float64, 1d, C)
#     nest body1 v12 with v14 v16 v1 v20
#     v22 = new v12 : array(float64, 1d, C)
#     nest body2 v12 with v18 v2 v16 v1 v22
#     v24 = new v12 : array(float64, 1d, C)
#     nest body3 v12 with v20 v22 v24
#     return v24
# body0(v1: int64, v2: int64, v4: array(float64, 1d, C), v6: int64, v8: array(float64, 1d, C), v10: array(float64, 1d, C)) -> none
# b0:
#     v3 = mul v1 v2 : int64
#     v5 = load v4 v3 : float64
#     v7 = mul v1 v6 : int64
#     v9 = load v8 v7 : float64
#     v11 = mul v5 v9 : float64
#     store v10 v11 v1
#     return <none>
# body1(v1: int64, v2: array(float64, 1d, C), v4: int64, v6: array(float64, 1d, C), v8: array(float64, 1d, C)) -> none
# b0:
#     v3 = load v2 v1 : float64
#     v5 = mul v1 v4 : int64
#     v7 = load v6 v5 : float64
#     v9 = add v3 v7 : float64
#     store v8 v9 v1
#     return <none>
# body2(v1: int64, v2: int64, v4: array(float64, 1d, C), v6: int64, v8: array(float64, 1d, C), v10: array(float64, 1d, C)) -> none
# b0:
#     v3 = mul v1 v2 : int64
#     v5 = load v4 v3 : float64
#     v7 = mul v1 v6 : int64
#     v9 = load v8 v7 : float64
#     v11 = sub v5 v9 : float64
#     store v10 v11 v1
#     return <none>
# body3(v1: int64, v2: array(float64, 1d, C), v4: array(float64, 1d, C), v6: array(float64, 1d, C)) -> none
# b0:
#     v3 = load v2 v1 : float64
#     v5 = load v4 v1 : float64
#     v7 = mul v3 v5 : float64
#     store v6 v7 v1
#     return <none>
