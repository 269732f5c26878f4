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
#     v136 = lt v16 v103 : bool
#     branch v136 b2 b21
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
#     v73 = lt v6 v44 : bool
#     v74 = select v73 v6 v44 : int64
#     v75 = lt v74 0 : bool
#     v76 = select v75 0 v74 : int64
#     v77 = lt 1024 v76 : bool
#     v78 = select v77 1024 v76 : int64
#     v80 = lt 0 v76 : bool
#     v81 = and v69 v80 : bool
#     branch v81 b10 b11
# b5:
#     v38 = phi b12:v37 b6:v39 : int64
#     v103 = phi b12:v85 b6:v134 : int64
#     jump b15
# b6:
#     v39 = phi b14:v16 b18:v124 : int64
#     v134 = phi b14:v90 b18:v124 : int64
#     jump b5
# b7:
#     v87 = sub v76 v16 : int64
#     v88 = lt 1024 v87 : bool
#     v89 = add v16 1024 : int64
#     v90 = select v88 v89 v76 : int64
#     v92 = lt v16 v76 : bool
#     v93 = le 0 v16 : bool
#     v94 = and v92 v93 : bool
#     v95 = and v69 v94 : bool
#     branch v95 b8 b9
# b8:
#     v97 = sub v90 v16 : int64
#     v98 = eq v97 1024 : bool
#     branch v98 b13 b14
# b9:
#     v115 = phi b7:v16 b17:v38 : int64
#     v118 = and v115 31 : int64
#     v119 = eq v118 31 : bool
#     branch v119 b19 b20
# b10:
#     jump b12
# b11:
#     jump b12
# b12:
#     v85 = phi b10:v78 b11:0 : int64
#     jump b5
# b13:
#     poll
#     jump b14
# b14:
#     jump b6
# b15:
#     v105 = phi b5:v38 b16:v112 : int64
#     v106 = phi b5:true b16:v111 : bool
#     v107 = lt v105 v103 : bool
#     branch v107 b16 b17
# b16:
#     v109 = load v2 v105 : float64
#     v110 = ne v109 0.0 : bool
#     v111 = and v106 v110 : bool
#     v112 = add v105 1 : int64
#     jump b15
# b17:
#     branch v106 b1 b9
# b18:
#     v124 = add v115 1 : int64
#     v125 = load v1 v115 : float64
#     v126 = ult v115 v44 : bool
#     check index v126 v115 0 v44
#     v128 = load v2 v115 : float64
#     v129 = ne v128 0.0 : bool
#     check zero_float_div v129
#     v131 = div v125 v128 : float64
#     store v1 v131 v115
#     jump b6
# b19:
#     poll
#     jump b20
# b20:
#     jump b18
# b21:
#     branch v17 b7 b3
