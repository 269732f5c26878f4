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
#     v16 = phi b11:v39 b2:v20 : int64
#     v17 = lt v16 v6 : bool
#     v129 = lt v16 v98 : bool
#     branch v129 b2 b15
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
#     v38 = phi b0:0 : int64
#     v45 = extent 0 v2 : int64
#     v46 = sub v45 1 : int64
#     v47 = mul v46 8 : int64
#     v48 = lt v47 0 : bool
#     v49 = select v48 v47 0 : int64
#     v50 = select v48 0 v47 : int64
#     v51 = add v50 8 : int64
#     v52 = data v2 : pointer
#     v53 = bitcast v52 : int64
#     v54 = add v49 v53 : int64
#     v55 = add v51 v53 : int64
#     v56 = extent 0 v1 : int64
#     v57 = sub v56 1 : int64
#     v58 = mul v57 8 : int64
#     v59 = lt v58 0 : bool
#     v60 = select v59 v58 0 : int64
#     v61 = select v59 0 v58 : int64
#     v62 = add v61 8 : int64
#     v63 = data v1 : pointer
#     v64 = bitcast v63 : int64
#     v65 = add v60 v64 : int64
#     v66 = add v62 v64 : int64
#     v67 = lt v54 v66 : bool
#     v68 = lt v65 v55 : bool
#     v69 = and v67 v68 : bool
#     v70 = not v69 : bool
#     v74 = lt v6 v45 : bool
#     v75 = select v74 v6 v45 : int64
#     v76 = lt v75 0 : bool
#     v77 = select v76 0 v75 : int64
#     v78 = lt 1024 v77 : bool
#     v79 = select v78 1024 v77 : int64
#     v81 = lt 0 v77 : bool
#     v82 = and v70 v81 : bool
#     v83 = ge 0 v6 : bool
#     v84 = or v82 v83 : bool
#     jump b5
# b5:
#     v39 = phi b4:v38 b6:v40 : int64
#     v98 = phi b4:v79 b6:v89 : int64
#     v99 = phi b4:v84 b6:v96 : bool
#     branch v99 b9 b8
# b6:
#     v40 = phi b7:v16 b12:v119 : int64
#     v86 = sub v77 v40 : int64
#     v87 = lt 1024 v86 : bool
#     v88 = add v40 1024 : int64
#     v89 = select v87 v88 v77 : int64
#     v91 = lt v40 v77 : bool
#     v92 = le 0 v40 : bool
#     v93 = and v91 v92 : bool
#     v94 = and v70 v93 : bool
#     v95 = ge v40 v6 : bool
#     v96 = or v94 v95 : bool
#     jump b5
# b7:
#     poll
#     jump b6
# b8:
#     v113 = and v39 31 : int64
#     v114 = eq v113 31 : bool
#     branch v114 b13 b14
# b9:
#     v101 = phi b5:v39 b10:v108 : int64
#     v102 = phi b5:true b10:v107 : bool
#     v103 = lt v101 v98 : bool
#     branch v103 b10 b11
# b10:
#     v105 = load v2 v101 : float64
#     v106 = ne v105 0.0 : bool
#     v107 = and v102 v106 : bool
#     v108 = add v101 1 : int64
#     jump b9
# b11:
#     branch v102 b1 b8
# b12:
#     v119 = add v39 1 : int64
#     v120 = load v1 v39 : float64
#     v121 = ult v39 v45 : bool
#     check index v121 v39 0 v45
#     v123 = load v2 v39 : float64
#     v124 = ne v123 0.0 : bool
#     check zero_float_div v124
#     v126 = div v120 v123 : float64
#     store v1 v126 v39
#     jump b6
# b13:
#     poll
#     jump b14
# b14:
#     jump b12
# b15:
#     branch v17 b7 b3
