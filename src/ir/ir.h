/* ir.h: SSA, untyped and typed: functions, blocks, instructions, and the nest.
 *
 * A Fn is flat arrays. A value is a Ref, the index of the instruction that makes it; its type stands in the
 * instruction. CONST, PARAM and UNDEF belong to no block and dominate everything. A block's instructions are in
 * Blk.ins: phis first, a terminator last. An instruction's position (Ins.pos) indexes Fn.pos.
 *
 * Arrays are values: {owner, data, extents, strides} that only lower/ takes apart. With order C or F the strides
 * follow from the extents. ir_extent() looks through NEW, VIEW and fixed extents, so extents that are known to be
 * equal are the same Ref, and checks between them fold. VIEW makes an array that shares the owner of another.
 * Whether a reference is counted is decided by opt/memory.c alone: no one else emits RETAIN and RELEASE.
 *
 * Building is appending to fn->cur. Builders fold constants and reuse an equal value of a dominating block,
 * so the same expression twice is one Ref. A block that is made says what dominates it (ir_block).
 *
 * An op whose effect is RAISE or WRITE and that fails leaves for Blk.handler (none: leaves the function).
 * Holds in a finished Fn (check.c): every block reachable from 0, operands dominate uses, one terminator a block,
 * phi operands = predecessors, types as the op asks, no op past its level. */
#pragma once
#include "type/type.h"

struct Instance;
struct Func;
typedef struct Ref { uint32_t i; } Ref;                     /* 0: none */
typedef uint32_t BlkId;
#define REF_NONE ((Ref){ 0 })
#define BLK_NONE UINT32_MAX
static inline bool ref_is_none(Ref r) { return r.i == 0; }
static inline bool ref_eq(Ref a, Ref b) { return a.i == b.i; }

typedef enum IrOp {
#define IR(op, nargs, level, effect) IR_##op,
#include "ir/ir.def"
#undef IR
    IR_MAX
} IrOp;
static_assert(IR_MAX <= 256, "Ins.op is a byte");
typedef enum IrLevel { LEVEL_PY, LEVEL_NEST, LEVEL_ANY } IrLevel;
typedef struct IrDesc { const char *name; int8_t nargs; uint8_t level, effect; } IrDesc;
extern const IrDesc ir_op[IR_MAX];
static inline bool ir_is_terminator(IrOp op) { return (op >= IR_JUMP && op <= IR_UNREACHABLE) || op == IR_PY_RAISE || op == IR_PY_RERAISE; }

typedef enum MathId {
#define MATH(id, nargs, cname, intrinsic, sleef, ulp, numpy, where, own) MATH_##id,
#include "ir/math.def"
#undef MATH
    MATH_MAX
} MathId;
enum { MATH_OWN_VECTORS = 16 };        /* of MathRow.own */
typedef struct MathRow { const char *name; int nargs; const char *cname, *intrinsic, *sleef; int ulp; const char *numpy; int where, own; } MathRow;
extern const MathRow math_row[MATH_MAX];

/* Python's operators. The names in ir.c: "+", "&", "//" ... */
typedef enum BinOp { BIN_ADD, BIN_AND, BIN_FLOORDIV, BIN_LSHIFT, BIN_MATMUL, BIN_MUL, BIN_MOD, BIN_OR, BIN_POW, BIN_RSHIFT,
                     BIN_SUB, BIN_TRUEDIV, BIN_XOR, BIN_MAX } BinOp;    /* the order of CPython's BINARY_OP argument */
typedef enum UnOp { UN_NEG, UN_POS, UN_INVERT, UN_NOT, UN_MAX } UnOp;
typedef enum CmpOp { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_MAX } CmpOp;   /* the order of CPython's */
extern const char *const bin_name[BIN_MAX], *const un_name[UN_MAX], *const cmp_name[CMP_MAX];
extern const uint8_t cmp_mirrored[CMP_MAX];  /* a < b is b > a */

enum {                          /* Ins.flags: what stands behind them is of these ops alone */
    INS_NO_WRAP = 1,            /* ADD, SUB, MUL: the int64 result is the sum in mathematics */
    INS_STARRED = 1,            /* PY_CALL, PY_CALL_IN: the first argument is a tuple of arguments */
    INS_CONSUMED = 2,           /* PY_CALL: the call or fold right after it is all that uses the result */
    INS_PRANGE = 4,             /* PHI: the index of a loop over prange */
    INS_LONG = 4,               /* CALL: it may take long (opt/long.c) */
    INS_APART = 8,              /* LOAD, STORE on a way that is hardly ever taken: the address is computed there, not before a loop */
    INS_ARRAY = 16,             /* MATH in the body of an array expression (opt/block.c) */
    INS_FRAME = 32,             /* NEW: a place of the frame (opt/frame.c): nobody counts it, and it does not fail */
    INS_NEW = 64,               /* PARAM, PHI: an array that is no part of another one here, and new where this is called */
    INS_ANY_ORDER = 128,        /* ADD of floats: it may be made with others in another order */
};
/* Of a POLL. ENTRY: at the start of a function. TURN: of a loop in a `try` (opt/protect.c). */
enum { POLL_LOOP, POLL_ENTRY, POLL_TURN };
/* What a comprehension compiled as a fold does with each value: np/fold.c. */
typedef enum Fold { FOLD_NONE, FOLD_SUM, FOLD_ANY, FOLD_ALL, FOLD_MIN, FOLD_MAX, FOLD_COUNT, FOLD_LAST, FOLD_LIST, FOLD_FILL,
                    FOLD_GROW } Fold;

typedef struct Ins {
    uint8_t op;
    uint8_t flags;              /* INS_ */
    uint16_t nargs;
    uint32_t pos;               /* index in Fn.pos */
    BlkId blk;                  /* BLK_NONE: CONST, PARAM, UNDEF */
    Ty ty;                      /* NULL in untyped SSA; NONE where there is no result */
    union { Ref arg[3]; struct { uint32_t start, cap; } more; };    /* more: nargs > 3, in Fn.operand. Use ir_args() */
    union { int64_t i; double d; const void *p; const char *s; } imm;
    uint32_t cleanup;           /* opt/memory.c: Fn.operand[cleanup] is a count, behind it what to release if this op fails; 0: nothing */
} Ins;

/* Which of a nest's copies a loop belongs to (opt/version.c), so that remarks can name it. OURS: a loop that stands for nothing in
 * the source. */
typedef enum LoopForm { FORM_WRITTEN, FORM_FLAT, FORM_ROWS, FORM_COLUMN, FORM_TURNED, FORM_ANY, FORM_RARE, FORM_OURS } LoopForm;

typedef struct Blk {
    VEC(Ref) ins;
    VEC(BlkId) pred;
    BlkId succ[2];
    uint8_t nsucc;
    bool cold;                  /* error paths */
    bool ends_strip;            /* it asks whether another strip of a loop follows */
    BlkId handler;              /* BLK_NONE: leave the function. This block is then in blk[handler].pred, but handler is not
                                   in succ. RPO, reachability and dominators count this edge. Untyped SSA: a handler's phi
                                   operand for this block is a value at this block's start, so it dominates the start, not
                                   only the end. Typed IR: a handler has no phis; it is a landing block of its own for each
                                   untyped block that is protected, and jumps to the code of the handler */
    BlkId idom;                 /* block 0: BLK_NONE */
    BlkId loop;                 /* the header of the innermost loop around it; BLK_NONE */
    bool is_header;
    bool unroll;                /* a loop header: its loop is to be unrolled */
    bool plain;                 /* a loop header: its loop is not worth vector code */
    bool strewn;                /* a loop header: vectors in its loop would be put together one by one */
    bool waits;                 /* a loop header: vectors in its loop would wait for a sum of floats, as its turns do */
    bool deep;                  /* a loop header: in so many loops that each time it has few turns, one supposes */
    bool streams;               /* a loop header: its addresses are a base and an index, and need no strength reduction */
    bool ends;                  /* a loop header: the first and the last turn differ from the others, as on a ring */
    bool brief;                 /* a loop header: so few iterations that nothing polls in it */
    bool heavy;                 /* a loop header: an iteration is a block of elements, so that it polls more often */
    bool is_long;               /* a loop header: a turn may take long (opt/long.c) */
    bool apart;                 /* a loop header: no iteration reads or writes memory that another one writes */
    uint8_t form;               /* LoopForm */
} Blk;

enum { HAVE_DOM = 1, HAVE_LOOPS = 2, HAVE_USES = 4 };       /* Fn.have: which facts are up to date */

typedef struct FnOptions {
    bool boundscheck, numpy_division /* error_model="numpy" */, debug, parallel;
    uint8_t fastmath;           /* FAST_ bits */
} FnOptions;
enum { FAST_NNAN = 1, FAST_NINF = 2, FAST_NSZ = 4, FAST_ARCP = 8, FAST_CONTRACT = 16, FAST_AFN = 32, FAST_REASSOC = 64, FAST_ALL = 127 };

enum { TURNS_LONG = 66 };
typedef struct Fn Fn;
/* The joint extent of e and f, which fit each other behind block `at`. */
typedef struct Joint { Ref extent, e, f; BlkId at; } Joint;

struct Fn {
    Unit *unit;
    const char *name;           /* for dumps, symbols, profilers */
    void *code;                 /* PyObject*: the code object that positions are of; NULL: the caller's frame stands for it */
    FnOptions opt;
    Ty ret;
    uint32_t nparam;
    Ref *param;
    VEC(Ins) ins;               /* ins.at[0] is unused */
    VEC(Blk) blk;               /* 0: entry */
    VEC(Ref) operand;
    VEC(Pos) pos;               /* pos.at[0]: unknown */
    uint32_t have;
    uint32_t *nuse;             /* HAVE_USES */
    bool recursive;             /* in a call cycle */
    uint8_t turns;              /* of its loops in one call, at most, + 1; TURNS_LONG: more, or not known; 0: nobody asked yet (opt/long.c) */
    Fn *parent;                 /* of a nest's body */
    bool one_each;              /* a comprehension: one value an iteration of its one loop */
    const void *info;           /* FnInfo: what tracebacks say of it (compile.c) */
    VEC(Fn *) chunks;           /* what its PARALLEL and LATER ops run; on a GPU: the kernels it became, in their order */
    const bool *gets_out;       /* by parameter: may it outlive a call? NULL: nobody asked yet (opt/frame.c) */
    bool later;                 /* what few calls need: compiled when it is first called */
    bool settled;               /* opt.c has done with it */
    Fn *also;                   /* later: the next that the same LATER chooses from */
    int64_t nwork;              /* of a kernel: bytes of the memory that its last parameter points to; 0: it has no such parameter */
    const char **local_name;    /* by Ref: the local it was stored to, or NULL (ssa_local_name) */
    uint32_t nlocal_name;
    /* untyped SSA: locals that are shared with inner functions. Calls pass them on and take them back */
    const char **cell;          /* their names, the free variables too */
    const char **changed;       /* those of them that an inner function assigns to */
    const char **stored;        /* the free variables that this function assigns to: it returns a tuple, the result first */
    uint32_t ncell, nchanged, nstored;
    /* state of building */
    VEC(Joint) joint;           /* of arrays that were broadcast together, by extent (np/elementwise.c) */
    uint32_t nobject;           /* how often a view was made that is an object of its own */
    BlkId cur;
    uint32_t cur_pos;
    uint8_t form;               /* of the blocks that are made */
    void *infer;                /* the state of the pass (infer/pass.h) that builds this */
    struct ValueTable *known;   /* equal values: ir.c */
};

/* A loop over ndim axes. body: parameters are ndim indices (int64), then the captures. It returns NONE, or the
 * contributions to the reductions (one value, or a TUPLE of nred). NEST's operands: ndim extents, captures, then
 * the initial values. Its result: NONE, the reduction, or a TUPLE of them. Iterations are independent unless
 * ORDERED; order of axes is free. A body may CHECK and CALL; the first error in index order wins (cpu).
 * Unless ORDERED or PRANGE, loads see memory as it was before the nest (opt/version.c copies what its stores may
 * overwrite), but for a load of the very array that is stored to: that is of the same element. */
enum { NRED_MAX = 16, NSUM_MAX = 8 };
typedef enum RedOp { RED_ADD, RED_MUL, RED_MIN, RED_MAX, RED_AND, RED_OR, RED_XOR, RED_ANY, RED_ALL, RED_LAST /* of the last iteration */,
               RED_PLACE /* where the MIN or MAX before it was found: the least of the int64 contributed with its value */ } RedOp;
enum {                          /* Nest.flags */
    NEST_ORDERED = 1,
    NEST_PRANGE = 2,
    NEST_BLOCKS = 4,            /* its sums of floats begin anew after so many elements (opt/pairwise.c): its last operand */
    NEST_FREE = 8,              /* they are made in any order */
    NEST_APART = 16,            /* what its stores may overwrite is copied */
    NEST_COLD = 32,             /* for rare calls only, so that its loops are not worth LLVM's time */
    NEST_DISJOINT = 64,         /* what is stored overlaps nothing that is loaded, but for the same element: no need to test it */
    NEST_SCAN = 128,            /* ORDERED, one reduction, and the body's one STORE, to a new array, is of its contribution: what is
                                   stored is what the reduction has come to with it (opt/scan.c) */
    NEST_LATER = 256,           /* each of its copies is a function of its own (opt/usual.c) */
    NEST_STRETCHED = 512,       /* one of its tests is false (opt/usual.c) */
    NEST_PICK = 1024,           /* ORDERED; its first reduction counts the elements that are picked (1, or 0). For those alone the others
                                   are made and the STOREs, each to the place in its new array that the count has before. Its blocks
                                   are how many are picked in all (opt/pick.c) */
};
typedef struct Nest {
    uint32_t ndim, nred, ncapture;
    uint32_t flags;
    LoopForm form;
    Fn *body;
    struct { RedOp op; Ty ty; } red[NRED_MAX];
    uint32_t nsum;
    struct { uint32_t capture; RedOp op; } sum[NSUM_MAX];   /* PRANGE: captured arrays that all iterations add to (opt/accumulate.c) */
    uint32_t own;               /* PRANGE: 1 + the captured bool that says whether iterations change elements of their own; 0: they do (opt/own.c) */
} Nest;

/* ir.c (ops, blocks), scalar.c, aggregate.c: building -------------------------------------------------------------- */

Fn *ir_fn(Unit *u, const char *name, void *code);           /* has block 0, which is current */
static inline Ins *ir_ins(const Fn *fn, Ref r) { return &fn->ins.at[r.i]; }  /* valid until the next op is emitted */
static inline Ty ir_ty(const Fn *fn, Ref r) { return fn->ins.at[r.i].ty; }
static inline Ref *ir_args(const Fn *fn, const Ins *in)
{
    return in->nargs <= 3 ? (Ref *)in->arg : &fn->operand.at[in->more.start];
}
static inline Ref ir_arg(const Fn *fn, Ref r, uint32_t k) { return ir_args(fn, ir_ins(fn, r))[k]; }
uint32_t ir_pos(Fn *fn, Pos p);                             /* the index of p; the last one is reused when equal */

/* Appends an instruction to fn->cur (CONST, PARAM, UNDEF: to no block). */
Ref ir_emit(Fn *fn, IrOp op, Ty ty, const Ref *arg, uint32_t nargs);
Ref ir_emit_imm(Fn *fn, IrOp op, Ty ty, const Ref *arg, uint32_t nargs, int64_t imm);
Ref ir_emit_ptr(Fn *fn, IrOp op, Ty ty, const Ref *arg, uint32_t nargs, const void *imm);
void ir_add_arg(Fn *fn, Ref in, Ref arg);                   /* to a phi, one a predecessor */
void ir_keep_args(Fn *fn, Ref in, const Ref *arg, uint32_t n);   /* these instead, at most as many as before; arg: not its own */
Ref ir_param(Fn *fn, Ty ty);                                /* the next one */

Ref ir_int(Fn *fn, Ty ty, int64_t v);                       /* any integer type, bool */
Ref ir_float(Fn *fn, Ty ty, double v);
Ref ir_i64(Fn *fn, int64_t v);                              /* ty(TY_I64): indices, extents, strides, counts */
Ref ir_bool(Fn *fn, bool v);
Ref ir_none(Fn *fn);
Ref ir_constant(Fn *fn, Ty ty, const void *p);              /* of a zero-part type, STR or ARRAY */
Ref ir_undef(Fn *fn, Ty ty);
Ref ir_zero(Fn *fn, Ty scalar);                             /* 0 of any scalar, complex too */
bool ir_is_int(const Fn *fn, Ref r, int64_t *v);            /* a constant integer or bool? */
bool ir_is_float(const Fn *fn, Ref r, double *v);
bool ir_is_const(const Fn *fn, Ref r);
/* Of an array whose elements are constants (a CONST): its size in bytes. Of all other values 0. */
static inline uint64_t ir_frozen_nbytes(const Ins *in)
{
    return in->op == IR_CONST && ty_is_array(in->ty) ? ((const uint64_t *)in->imm.p)[in->ty->nparts] : 0;
}

Ref ir_bin(Fn *fn, IrOp op, Ref a, Ref b);                  /* ADD .. SHR; the type is a's */
Ref ir_cmp(Fn *fn, IrOp op, Ref a, Ref b);                  /* EQ .. ULT → bool */
Ref ir_un(Fn *fn, IrOp op, Ref a);                          /* NEG NOT */
Ref ir_hide(Fn *fn, Ref a);                                 /* HIDE; a bool that is known stays known */
Ref ir_select(Fn *fn, Ref c, Ref a, Ref b);
Ref ir_trunc(Fn *fn, Ref a);                                /* IR_TRUNC of a float, float16 too */
Ref ir_cast(Fn *fn, Ref a, Ty ty);                          /* scalars, weak ones and complex too: 0 where it is the same type */
Ref ir_retype(Fn *fn, Ref a, Ty ty);                        /* same parts, another type: PYINT ↔ I64, a layout forgotten */
Ref ir_bitcast(Fn *fn, Ref a, Ty ty);
Ref ir_math(Fn *fn, MathId id, const Ref *arg, uint32_t n); /* 1 to 3 floats of one type */
Ref ir_math1(Fn *fn, MathId id, Ref a);
Ref ir_math2(Fn *fn, MathId id, Ref a, Ref b);
Ref ir_complex(Fn *fn, Ty ty, Ref re, Ref im);
Ref ir_real(Fn *fn, Ref z);                                 /* of a complex, type ty_real */
Ref ir_imag(Fn *fn, Ref z);
Ref ir_tuple(Fn *fn, Ty aggregate, const Ref *item, uint32_t n);
Ref ir_item(Fn *fn, Ref aggregate, uint32_t k);
Ref ir_some(Fn *fn, Ty optional, Ref value);                /* the optional or maybe with this value */
Ref ir_nothing(Fn *fn, Ty optional);
Ref ir_has(Fn *fn, Ref optional);
Ref ir_unwrap(Fn *fn, Ref optional);

Ref ir_new(Fn *fn, Ty array, const Ref *extent, bool zeroed);   /* no checks: extents are >= 0 */
Ref ir_extent(Fn *fn, Ref array, uint32_t axis);
bool ir_is_extent(const Fn *fn, Ref n, Ref array, uint32_t axis);    /* is n that, whichever Ref it is? */
Ref ir_stride(Fn *fn, Ref array, uint32_t axis);
Ref ir_data(Fn *fn, Ref array);
Ref ir_nelem(Fn *fn, Ref array);                            /* the product of the extents */
Ref ir_offset(Fn *fn, Ref ptr, Ref nbytes);
/* Where a view's elements are in its base: along axis k of the base, start[k] and the sum of step[j] * index[j] over the view's axes
 * j with axis[j] == k; -1: along none. VIEW has it as operands behind its strides, if whoever made it knew. */
typedef struct ViewMap { Ref start[NDIM_MAX], step[NDIM_MAX]; int axis[NDIM_MAX]; } ViewMap;
/* map: relative to base, or NULL. base may be a view; the VIEW's is what that is of. */
Ref ir_view(Fn *fn, Ty array, Ref base, Ref ptr, const Ref *extent, const Ref *stride, const ViewMap *map);
/* The same as an array object of its own, as Python's views are: where it is returned it is not the base, though it shows as much. */
Ref ir_view_object(Fn *fn, Ty array, Ref base, Ref ptr, const Ref *extent, const Ref *stride, const ViewMap *map);
/* Of those that show the same, two are one object only if they were told apart by nobody: which is this one? A view that is none, or that
 * was asked before, stays. */
Ref ir_view_which(Fn *fn, Ref v, uint32_t which);
bool ir_is_object(const Fn *fn, Ref v);
Ref ir_view_again(Fn *fn, const Ins *in, const Ref *arg);     /* the VIEW with other operands */
ViewMap ir_whole_map(Fn *fn, uint32_t ndim);                /* index j along axis j */
bool ir_view_map(Fn *fn, Ref view, ViewMap *map);           /* relative to operand 0; false: not known */
Ref ir_load(Fn *fn, Ref array, const Ref *index);           /* checked before; the element's type is the dtype */
void ir_store(Fn *fn, Ref array, Ref value, const Ref *index);  /* value has the dtype */

void ir_check(Fn *fn, Ref ok, DiagId id, const Ref *arg, uint32_t n);   /* nothing where ok is constant true */
bool ir_stands(const Fn *fn, Ref v);                        /* was v computed on every way here? */
bool ir_was_run(const Fn *fn, BlkId b);                     /* to its end, on every way here? */
bool ir_was_checked(const Fn *fn, Ref ok);                  /* on every way here */
Ref ir_call(Fn *fn, struct Instance *callee, Ty ret, const Ref *arg, uint32_t n);
Ref ir_rt(Fn *fn, int rt, Ty ret, const Ref *arg, uint32_t n);          /* rt: an RtId */

/* Blocks. idom: the block that dominates the new one (usually fn->cur). */
BlkId ir_block(Fn *fn, BlkId idom);
void ir_protect(Fn *fn, BlkId b, BlkId handler);            /* what fails in b goes to handler, which has no phis; BLK_NONE: nothing */
void ir_unprotect(Fn *fn, BlkId b);
static inline void ir_at(Fn *fn, BlkId b) { fn->cur = b; }  /* what is emitted next goes to the end of b */
void ir_jump(Fn *fn, BlkId to);                             /* ends fn->cur; adds it to to's predecessors */
void ir_branch(Fn *fn, Ref cond, BlkId yes, BlkId no);      /* cond constant: a jump */
void ir_return(Fn *fn, Ref value);
void ir_fail(Fn *fn, DiagId id, const Ref *arg, uint32_t n);
bool ir_ended(const Fn *fn);                                /* fn->cur has its terminator */
Ref ir_phi(Fn *fn, BlkId b, Ty ty);                         /* at the start of b, no operands yet */

/* x = ir_if(fn, c); ...; ir_else(fn, &x); ...; then fn->cur is after both:
 *     IrIf s = ir_if(fn, c); Ref a = ...; ir_else(fn, &s); Ref b = ...; Ref r = ir_endif(fn, &s, a, b);
 * a and b of one type, or REF_NONE for no value. A branch that raised or returned contributes nothing. */
typedef struct IrIf { BlkId other, join, then_end; bool then_ended; } IrIf;
IrIf ir_if(Fn *fn, Ref cond);
void ir_else(Fn *fn, IrIf *s);
Ref ir_endif(Fn *fn, IrIf *s, Ref a, Ref b);

/* for (i = 0; i < n; i++) with carried values: IrLoop l = ir_loop(fn, n); ... l.index ...; ir_endloop(fn, &l) */
typedef struct IrLoop { BlkId header, body, exit; Ref index, carried[NRED_MAX]; uint32_t ncarried; } IrLoop;
IrLoop ir_loop(Fn *fn, Ref n, const Ref *init, uint32_t ncarried);
void ir_endloop(Fn *fn, IrLoop *l, const Ref *next);        /* fn->cur is behind the loop; carried[] are the final values */

/* nest.c: a nest is built in two Fns at once. Between begin and end emit to n.body with values of the parent
 * brought in by nest_use() (constants are remade, others captured once). */
typedef struct NestBuild {
    Fn *parent, *body;
    Nest *nest;
    Ref index[NDIM_MAX], extent[NDIM_MAX];
    VEC(Ref) captured;
    Ref init[NRED_MAX], blocks;         /* of NEST_BLOCKS */
} NestBuild;
/* The elements of a block, where it sums in blocks; else none. arg: of the NEST. */
static inline Ref nest_blocks(const Nest *nest, const Ref *arg)
{
    return nest->flags & NEST_BLOCKS ? arg[nest->ndim + nest->ncapture + nest->nred] : REF_NONE;
}
NestBuild nest_begin(Fn *parent, const Ref *extent, uint32_t ndim, uint32_t flags);
Ref nest_use(NestBuild *n, Ref parent_value);
void nest_reduce(NestBuild *n, RedOp op, Ty ty, Ref init);  /* before nest_end; yields come in the same order */
Ref ir_identity(Fn *fn, RedOp op, Ty t);                    /* combined with it, a value is itself; MIN, MAX, LAST, PLACE: none */
Ref ir_combine(Fn *fn, RedOp op, Ref acc, Ref x);           /* acc `op` x: what a reduction does with a contribution. Not PLACE */
void ir_combine_all(Fn *fn, const Nest *nest, const Ref *acc, const Ref *x, Ref *out);   /* all reductions of a nest; out: not acc, not x */
/* The place of `best`, found at `at` or, as x, at `there`. */
Ref ir_combine_place(Fn *fn, RedOp op, Ref best, Ref at, Ref x, Ref there);
Ref ir_same(Fn *fn, Ref a, Ref b);                          /* equal, or both with a NaN */
/* Does x take acc's place as minimum (RED_MIN) or maximum?  NaN does, and a complex number with one; else by real part,
 * then by imaginary part. A NaN that is there stays. */
Ref ir_better(Fn *fn, RedOp op, Ref acc, Ref x);
Ref nest_end(NestBuild *n, const Ref *yield, uint32_t nyield);  /* appends the NEST to the parent; its result */
Ref nest_close(NestBuild *n);                                /* the same where the body has its returns */

/* alias.c */
bool ir_apart(Fn *fn, Ref a, Ref b);                        /* two arrays that never share memory? */
static inline bool ir_is_new(const Fn *fn, Ref r) { return ir_ins(fn, r)->op == IR_NEW || ir_ins(fn, r)->flags & INS_NEW; }
/* Parameters of to, from `first` on, are these values of fn: marks those that are new arrays. */
void ir_mark_new(Fn *fn, const Ref *value, uint32_t n, Fn *to, uint32_t first);
Ref ir_meets(Fn *fn, Ref a, Ref b);                         /* → bool: do the addresses of their elements meet? */

/* analyses and utilities: graph.c */
void ir_need(Fn *fn, uint32_t have);                        /* computes what is not there: HAVE_ bits */
bool ir_dominates(const Fn *fn, BlkId a, BlkId b);
void ir_replace(Fn *fn, Ref old, Ref by);                   /* every use; keeps no counts */
bool ir_holds(const Fn *fn, IrOp op);                       /* is there such an op, bodies of nests left aside? */
void ir_replace_pred(Fn *fn, BlkId b, BlkId old, BlkId by); /* b is reached from by, no more from old */
void ir_move_succ(Fn *fn, BlkId from, BlkId to);            /* what followed from follows to */
Fn *ir_copy(Unit *u, const Fn *fn);                         /* nests too */
Ref ir_remake(Fn *fn, const Ins *in, const Ref *arg);       /* in with other operands, appended; what they make constant is folded */
void ir_fold(Fn *fn);                                       /* every instruction made again: equal values become one, extents of new arrays known */
bool ir_decide(Fn *fn);                                      /* branches on constants become jumps: were there any? */
void ir_straighten(Fn *fn);                                 /* blocks that follow only one another become one */
const BlkId *ir_rpo(Fn *fn, uint32_t *n);                   /* blocks in reverse postorder */
void ir_remove_unreachable(Fn *fn);                         /* blocks without a way from 0; phi operands follow */
Ref ir_insert(Fn *fn, BlkId b, uint32_t at, IrOp op, Ty ty, const Ref *arg, uint32_t nargs);   /* before blk.ins.at[at] */

/* check.c: aborts with nj_bug() that names the broken invariant. level: ops past it are wrong. */
void ir_check_fn(Fn *fn, IrLevel level, const char *after);
/* print.c: Fn → text; bodies of nests behind it */
void ir_print(Text *out, const Fn *fn);
