/* rt.c: tables of what compiled code links with. */
#define _GNU_SOURCE
#include "runtime/functions.h"
#include <math.h>
#include <stdlib.h>

const RtRow rt_row[RT_MAX] = {
#define RT(id, function, effect, fails, result, params) \
    [RT_##id] = { #id, #function, EFF_##effect, fails, result, params, (void *)function },
#include "runtime/rt.def"
#undef RT
};

/* What LLVM makes calls of on its own. */
void __divti3(void), __modti3(void), __udivti3(void), __umodti3(void);

#define BOTH(name) { #name, (void *)name }, { #name "f", (void *)name##f },
const RtSymbol rt_libm[] = {
    BOTH(sqrt) BOTH(fabs) BOTH(floor) BOTH(ceil) BOTH(trunc) BOTH(rint) BOTH(copysign) BOTH(fma)
    BOTH(exp) BOTH(exp2) BOTH(expm1) BOTH(log) BOTH(log2) BOTH(log10) BOTH(log1p)
    BOTH(sin) BOTH(cos) BOTH(tan) BOTH(asin) BOTH(acos) BOTH(atan) BOTH(atan2)
    BOTH(sinh) BOTH(cosh) BOTH(tanh) BOTH(asinh) BOTH(acosh) BOTH(atanh)
    BOTH(cbrt) BOTH(pow) BOTH(hypot) BOTH(erf) BOTH(erfc) BOTH(tgamma) BOTH(lgamma)
    BOTH(fmod) BOTH(remainder) BOTH(nextafter) BOTH(nj_ldexp)
    { "powi", (void *)rt_powi },
    /* not in math.def: the passes may ask for them */
    BOTH(exp10) BOTH(ldexp) BOTH(sincos) BOTH(fmin) BOTH(fmax) BOTH(round) BOTH(nearbyint) BOTH(frexp)
    { "memcpy", (void *)memcpy }, { "memmove", (void *)memmove }, { "memset", (void *)memset },
    { "memcmp", (void *)memcmp }, { "bcmp", (void *)memcmp },
    { "__divti3", (void *)__divti3 }, { "__modti3", (void *)__modti3 },
    { "__udivti3", (void *)__udivti3 }, { "__umodti3", (void *)__umodti3 },
    { NULL, NULL }
};
