/* infer.h: untyped SSA + argument types → typed IR.
 *
 * Typing is building: one pass walks the untyped blocks in reverse postorder and emits typed IR through the builders of
 * np/, with the types that phis are known to have so far. At the end the types of each phi's operands are joined; if
 * one grew, the pass runs again on a fresh Fn. A value whose type is not known yet (a phi operand from a back edge, a call of an
 * instance with no result yet) is bottom: ops on it are skipped. Branches on constants are followed one way only. */
#pragma once
#include "np/np.h"
#include "numjit.h"

typedef enum PassResult { PASS_DONE, PASS_AGAIN } PassResult;
/* One pass over inst. AGAIN: a phi or the return type grew, or a callee was met whose type is not known yet.
 * Fails (fail()) where the program has no meaning and no type can grow any more. */
PassResult infer_pass(Instance *inst);

/* resolve.c: a global, free variable, or attribute of a module → a typed constant. */
Ref resolve_global(Fn *fn, Func *f, const char *name);
Ref resolve_free(Fn *fn, Func *f, int64_t index);
Ref resolve_object(Fn *fn, void *object, const char *what);     /* any Python object as a constant value */
Ref resolve_module_attr(Fn *fn, Ty module, const char *name);
const NpRow *resolve_row(void *callable);                       /* the row of np.def of a callable, or NULL */

/* compile.c gives these to infer: the instance of a function for argument types (ret may be NULL still). */
Instance *driver_instance(Driver *d, Func *f, const Ty *arg, uint32_t narg);
