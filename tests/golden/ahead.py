# A check of data is made for a strip before it runs; the strip has none left, so that LLVM can vectorise it.
def ratio(a, b):
    for i in range(a.size):
        a[i] = a[i] / b[i]
#> opt ratio(f8[::1], f8[::1])
# ratio(v1: array(float64, 1d, C), v2: array(float64, 1d, C)) -> none
# b0:
#     v6 = extent 0 v1 : int64
#     jump b4
# b1:
#     v16 = phi b17:v38 b2:v20 : int64
#     v17 = lt v16 v6 : bool
#     v117 = lt v16 v100 : bool
#     branch v117 b2 b18
# b2:
#     v20 = add v16 1 : int64
#     v22 = load v1 v16 : float64
#     v25 = load v2 v16 : float64
#     v29 = div v22 v25 : float64
#     store v1 v29 v16
#     jump b1
# b3:
#     return <none>
# b4:
#     v37 = phi b0:0 : int64
#     v44 = extent 0 v2 : int64
#     v45 = sub v44 1 : int64
#     v46 = mul v45 8 : int64
#     v47 = lt v46 0 : bool
#     v48 = select v47 v46 0 : int64
#     v49 = select v47 0 v46 : int64
#     v50 = add v49 8 : int64
#     v51 = data v2 : pointer
#     v52 = bitcast v51 : int64
#     v53 = add v48 v52 : int64
#     v54 = add v50 v52 : int64
#     v55 = extent 0 v1 : int64
#     v56 = sub v55 1 : int64
#     v57 = mul v56 8 : int64
#     v58 = lt v57 0 : bool
#     v59 = select v58 v57 0 : int64
#     v60 = select v58 0 v57 : int64
#     v61 = add v60 8 : int64
#     v62 = data v1 : pointer
#     v63 = bitcast v62 : int64
#     v64 = add v59 v63 : int64
#     v65 = add v61 v63 : int64
#     v66 = lt v53 v65 : bool
#     v67 = lt v64 v54 : bool
#     v68 = and v66 v67 : bool
#     v69 = not v68 : bool
#     v71 = le v6 1024 : bool
#     v72 = and v69 v71 : bool
#     v74 = le v6 v44 : bool
#     v75 = and v72 v74 : bool
#     branch v75 b10 b11
# b5:
#     v38 = phi b12:v37 b6:v39 : int64
#     v100 = phi b12:v79 b6:v115 : int64
#     jump b15
# b6:
#     v39 = phi b14:v16 b9:v113 : int64
#     v115 = phi b14:v89 b9:v113 : int64
#     jump b5
# b7:
#     v81 = sub v6 v16 : int64
#     v82 = lt v81 1024 : bool
#     v83 = select v82 v81 1024 : int64
#     v84 = sub v44 v16 : int64
#     v85 = le 0 v16 : bool
#     v86 = and v69 v85 : bool
#     v87 = lt v83 v84 : bool
#     v88 = select v87 v83 v84 : int64
#     v89 = add v16 v88 : int64
#     v91 = lt 0 v88 : bool
#     v92 = and v86 v91 : bool
#     branch v92 b8 b9
# b8:
#     v94 = sub v89 v16 : int64
#     v95 = eq v94 1024 : bool
#     branch v95 b13 b14
# b9:
#     v112 = phi b7:v16 b17:v38 : int64
#     v113 = later chunk0 of 0 v112 v6 v1 v2 v69 : int64
#     jump b6
# b10:
#     jump b12
# b11:
#     jump b12
# b12:
#     v79 = phi b10:v6 b11:0 : int64
#     jump b5
# b13:
#     poll
#     jump b14
# b14:
#     jump b6
# b15:
#     v102 = phi b5:v38 b16:v109 : int64
#     v103 = phi b5:true b16:v108 : bool
#     v104 = lt v102 v100 : bool
#     branch v104 b16 b17
# b16:
#     v106 = load v2 v102 : float64
#     v107 = ne v106 0.0 : bool
#     v108 = and v103 v107 : bool
#     v109 = add v102 1 : int64
#     jump b15
# b17:
#     branch v103 b1 b9
# b18:
#     branch v17 b7 b3
# chunk0(v3: int64, v5: int64, v16: array(float64, 1d, C), v18: array(float64, 1d, C), v30: bool) -> int64
# b0:
#     jump b1
# b1:
#     v2 = phi b0:v3 b2:v4 : int64
#     v8 = and v2 31 : int64
#     v9 = eq v8 31 : bool
#     branch v9 b4 b5
# b2:
#     v4 = phi b3:v15 : int64
#     v32 = sub v5 v4 : int64
#     v33 = lt v32 1024 : bool
#     v34 = select v33 v32 1024 : int64
#     v35 = extent 0 v18 : int64
#     v36 = sub v35 v4 : int64
#     v37 = le 0 v4 : bool
#     v38 = and v30 v37 : bool
#     v39 = lt v34 v36 : bool
#     v40 = select v39 v34 v36 : int64
#     v43 = lt 0 v40 : bool
#     v44 = and v38 v43 : bool
#     v45 = not v44 : bool
#     v46 = lt v4 v5 : bool
#     v47 = and v45 v46 : bool
#     branch v47 b1 b6
# b3:
#     v15 = add v2 1 : int64
#     v17 = load v16 v2 : float64
#     v19 = extent 0 v18 : int64
#     v20 = ult v2 v19 : bool
#     check index v20 v2 0 v19
#     v23 = load v18 v2 : float64
#     v25 = ne v23 0.0 : bool
#     check zero_float_div v25
#     v27 = div v17 v23 : float64
#     store v16 v27 v2
#     jump b2
# b4:
#     poll
#     jump b5
# b5:
#     jump b3
# b6:
#     return v4
