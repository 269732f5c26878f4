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
#     v16 = phi b11:v38 b2:v20 : int64
#     v17 = lt v16 v6 : bool
#     v128 = lt v16 v97 : bool
#     branch v128 b2 b15
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
#     v82 = ge 0 v6 : bool
#     v83 = or v81 v82 : bool
#     jump b5
# b5:
#     v38 = phi b4:v37 b6:v39 : int64
#     v97 = phi b4:v78 b6:v88 : int64
#     v98 = phi b4:v83 b6:v95 : bool
#     branch v98 b9 b8
# b6:
#     v39 = phi b7:v16 b12:v118 : int64
#     v85 = sub v76 v39 : int64
#     v86 = lt 1024 v85 : bool
#     v87 = add v39 1024 : int64
#     v88 = select v86 v87 v76 : int64
#     v90 = lt v39 v76 : bool
#     v91 = le 0 v39 : bool
#     v92 = and v90 v91 : bool
#     v93 = and v69 v92 : bool
#     v94 = ge v39 v6 : bool
#     v95 = or v93 v94 : bool
#     jump b5
# b7:
#     poll
#     jump b6
# b8:
#     v112 = and v38 31 : int64
#     v113 = eq v112 31 : bool
#     branch v113 b13 b14
# b9:
#     v100 = phi b5:v38 b10:v107 : int64
#     v101 = phi b5:true b10:v106 : bool
#     v102 = lt v100 v97 : bool
#     branch v102 b10 b11
# b10:
#     v104 = load v2 v100 : float64
#     v105 = ne v104 0.0 : bool
#     v106 = and v101 v105 : bool
#     v107 = add v100 1 : int64
#     jump b9
# b11:
#     branch v101 b1 b8
# b12:
#     v118 = add v38 1 : int64
#     v119 = load v1 v38 : float64
#     v120 = ult v38 v44 : bool
#     check index v120 v38 0 v44
#     v122 = load v2 v38 : float64
#     v123 = ne v122 0.0 : bool
#     check zero_float_div v123
#     v125 = div v119 v122 : float64
#     store v1 v125 v38
#     jump b6
# b13:
#     poll
#     jump b14
# b14:
#     jump b12
# b15:
#     branch v17 b7 b3
