/* reduce.h: reductions over any axes of an array, as nests: what reduce.c gives to the files that define them.
 *
 * A reduction over all axes is one NEST over the axes of the array whose body yields the element's contribution. Over
 * some, the axes are walked in the order of memory: where the innermost ones are reduced, a NEST inside the NEST over
 * the others; where they are not, the result is an array of accumulators that the NEST adds rows to. */
#pragma once
#include "np/np_build.h"

/* A nest that is being built, and the one around it. */
typedef struct Level { NestBuild nb; struct Level *up; } Level;
Fn *level_fn(Fn *fn, Level *l);                             /* where to emit: the body, or fn outside of nests */

typedef struct Reduce Reduce;
struct Reduce {
    Fn *fn;
    const char *name;           /* of NumPy's ufunc, for messages */
    RedOp op;
    Ty work, store;             /* of the running value; of an accumulator in memory between rows */
    Ref array;
    bool reduced[NDIM_MAX];
    Ref init;                   /* type work */
    Ref mask;                   /* where=: an array of bool of the same shape, or none */
    bool cast, strided;         /* a sum of floats that NumPy would read through a buffer (NEST_BLOCKS) */
    bool temporary;             /* NumPy reduces a new array here, which is not strided */
    Ref row;                    /* strided: elements one step apart */
    /* The contribution of the element at index, type work. The builder's own: data, other. */
    Ref (*value)(const Reduce *r, Level *l, const Ref *index);
    Ty data;
    Ref other;
};

/* The arguments that reductions share; REF_NONE where absent. */
typedef struct ReduceArgs { Ref a, axis, dtype, out, keepdims, initial, where; } ReduceArgs;

Reduce reduce_begin(Fn *fn, const ReduceArgs *a, const char *name, RedOp op, Ty work);
Ref reduce_element(const Reduce *r, Level *l, const Ref *index);        /* the element, as it is */
Ref reduce_kept(const Reduce *r, Level *l, Ref x, const Ref *index);    /* x at the kept axes of index: a scalar, or an array of them */
void reduce_need(const Reduce *r);                          /* raises where there is nothing to reduce: no identity */
Ref reduce_run(const Reduce *r);                            /* a scalar of type store, or a new array over the kept axes */
Ref reduce_count(const Reduce *r);                          /* how many elements each result has: a scalar, or an array */
/* result → what the call returns: keepdims, out */
Ref reduce_end(const Reduce *r, const ReduceArgs *a, Ref result);
/* f(result, other) for every element of a scalar or array; other: a scalar or an array of the same shape */
typedef Ref ReduceMap(Fn *fn, Ref x, Ref other, Ty to);
Ref reduce_map(Fn *fn, Ref x, Ref other, Ty to, ReduceMap *f);
Ref reduce_identity(Fn *fn, RedOp op, Ty t);

uint32_t reduce_axis(Fn *fn, Ref axis, uint32_t ndim);      /* a constant axis */
bool reduce_flag(Fn *fn, Ref x, const char *name, bool absent);         /* a constant bool */
Ref reduce_axis_last(Fn *fn, Ref array, Ref axis);          /* a view with the axis, known at run time, behind the others */
Ref reduce_absolute(Fn *fn, Ref x);                         /* of an int64 */
Ty reduce_sum_type(Ty t);                                   /* statistics.c: of a sum of t: small integers are summed as 64-bit ones */
