/* infer.h: untyped SSA + argument types → typed IR.
 *
 * Typing is building: one pass walks the untyped blocks in reverse postorder and emits typed IR through the builders of
 * np/, with the types that phis are known to have so far. At the end the types of each phi's operands are joined; if
 * one grew, the pass runs again on a fresh Fn. A value whose type is not known yet (a phi operand from a back edge, a call of an
 * instance with no result yet) is bottom: ops on it are skipped. Branches on constants are followed one way only. */
#pragma once
#include "np/np.h"
#include "numjit.h"
#include "ssa/ssa.h"

typedef enum PassResult { PASS_DONE, PASS_AGAIN } PassResult;
/* One pass over inst. AGAIN: a phi or the return type grew, or a callee was met whose type is not known yet.
 * Fails (fail()) where the program has no meaning and no type can grow any more. */
PassResult infer_pass(Instance *inst);

/* resolve.c: a global, free variable, or attribute of a module → a typed constant. */
void *resolve_key(void *dict, const char *name);            /* borrowed; NULL: dict is NULL, or has no such key */
Ref resolve_global(Fn *fn, Func *f, const char *name);
Ref resolve_free(Fn *fn, Func *f, int64_t index);
/* The object that a PY_GLOBAL, or a PY_ATTR of `of`, names, if its class is derived from int, float, complex or str; else NULL. */
Ty resolve_derived(Fn *fn, Func *f, const Ins *name, Ref of);
Ref resolve_module_attr(Fn *fn, Ty module, const char *name);
/* rows.c */
void *resolve_path(const char *path);                           /* "numpy.sum" → a new reference to the object, or NULL with an exception */

Ref resolve_import(Fn *fn, Func *f, const char *module, Ref level);
bool resolve_is_exception(void *object);                    /* a class of exceptions? */
/* The parameter type that stands for a constant argument of a function of numjit/lib: small ints, bools, short strings and
 * tuples and lists of them; any other value: its type. */
Ty resolve_literal(Fn *fn, Ref value);
Ref resolve_literal_value(Fn *fn, Ty literal, Ref otherwise);   /* what is passed for a parameter of that type: otherwise, where it is none of these */
Ref resolve_literal_param(Fn *fn, Ref param);                   /* what the parameter stands for */
/* call.c: a call of a typed callable. names: PyObject* tuple of the names of the last arguments, or NULL. */
Ref resolve_call(Fn *fn, Func *f, Ref callee, const Ref *arg, uint32_t n, void *names);
/* The same where inner functions share locals of f: cell, their values by f->ssa->cell, becomes their values after it. */
Ref resolve_call_in(Fn *fn, Func *f, Ref callee, Ref *cell, const Ref *arg, uint32_t n, void *names);
/* x, where the closures in it have those variables as they are. */
Ref resolve_current(Fn *fn, Func *f, Ref x, Ref *cell);
/* instance.c: the call of a compiled function with all its arguments in order; none: its type is not known yet. */
Ref infer_call_func(Fn *fn, Func *f, const Ref *arg, uint32_t n);

/* What is built needs a type that is not known yet: leaves the op, whose value is bottom in this pass. */
_Noreturn void infer_not_yet(Fn *fn);
/* The return type of f for these arguments (NEVER: it raises), without a call of it; leaves the op while it is not known. */
Ty infer_return_type(Fn *fn, Func *f, const Ty *arg, uint32_t n);

/* vectorize.c. A call of a ufunc that no row knows: NumPy's own or another library's, by its inner loop. None: object is no ufunc.
 * out: a result, a tuple of them, or none. message: what LinAlgError says if the loop meets an invalid operation, or NULL. */
Ref vectorize_numpy(Fn *fn, void *object, const Ref *arg, uint32_t n, Ref out, const char *message);
/* f(arg...) where f has a Vectorized; out: a result to write to, or none. None: the number of operands is wrong. */
Ref vectorize_call(Fn *fn, Func *f, const Ref *arg, uint32_t n, Ref out);

/* A call whose result has its final type: what starts with nothing must not be seen as it grows. */
Ref infer_call_complete(Fn *fn, Func *f, const Ref *arg, uint32_t n);

/* comprehension.c */
bool infer_is_comprehension(Fn *fn, Ty callee);
/* consumed: one call right after takes it, and no one else. */
Ref infer_comprehension(Fn *fn, Ref closure, Ref source, bool consumed);

/* What a user's function is given for x: of a list comprehension the list, so that it is run once. */
Ref infer_list_given(Fn *fn, Ref x);

/* funcs.c gives these to infer: the instance of a function for argument types (ret may be NULL still). */
/* ret: what a signature asks for, or NULL. caller: the target of who calls; a function with a decorator has its own. */
/* fastmath: the caller's, which the prelude takes on. */
Instance *driver_instance(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId caller, uint8_t fastmath);
/* Makes f->decoded and f->ssa; what is wrong with them fails the caller's Unit. */
void driver_prepare(Driver *d, Func *f, Unit *caller);
/* Gives the instance SSA of its own, with these loops written out; what its phis are known to be is forgotten. */
void driver_unroll(Instance *i, const Unroll *loop, uint32_t n);
/* The comprehension f compiled as a fold. */
Func *driver_fold(Driver *d, Func *f, Fold fold);
Func *driver_inner(Driver *d, void *number);                    /* the Func of a closure's type: its object */
/* A function of numjit/lib, by module and name, or as the object that another one of them names. */
Func *driver_lib(Driver *d, Unit *u, const char *module, const char *name);
Func *driver_lib_object(Driver *d, Unit *u, void *function);
