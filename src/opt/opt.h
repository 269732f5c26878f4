/* opt.h: passes on the typed IR, in the order of opt_run(). One pass, one file, one function; what a pass needs,
 * keeps and breaks stands above it. Each asks ops for their properties (ir_op[].effect), not for names. */
#pragma once
#include "ir/remark.h"

/* GPU: a function that becomes kernels; DEVICE: one that a thread of a kernel calls. */
typedef enum TargetId { TARGET_CPU, TARGET_PARALLEL, TARGET_GPU, TARGET_DEVICE } TargetId;

/* What a CALL's Instance is: its Fn as it is now, or NULL. */
typedef Fn *(*FnOf)(const struct Instance *callee);

/* All passes for one function. Afterwards no op of LEVEL_NEST is left, and references are counted. seen(context) is called
 * after opt_nests(). */
void opt_run(Fn *fn, TargetId target, FnOf fn_of, void (*seen)(void *context), void *context);
void opt_nests(Fn *fn, TargetId target, FnOf fn_of); /* the first of them: nests are fused, and not yet loops */

/* inline.c. body_of: of a function that may be inlined, or NULL; *site: how tracebacks call it, or NULL (none is shown). */
void opt_inline(Fn *fn, const Fn *(*body_of)(const struct Instance *callee, const Site **site));
bool opt_may_inline(Fn *fn);            /* could a call of it be small enough? */
void opt_protect(Fn *fn);               /* protect.c: handlers only of what can fail */
void opt_split(Fn *fn);                 /* split.c: phis of tuples → phis of their items */
void opt_dce(Fn *fn);                   /* dce.c: values without use, unreachable blocks */
void opt_fuse(Fn *fn, bool last);       /* fuse.c: nests → fewer nests; temporaries that nobody needs are never made. last: says what is left */
bool opt_fits_frame(const Fn *fn, const Ins *new_);     /* frame.c: is that array small and its extents constants? */
void opt_frame(Fn *fn, FnOf fn_of);     /* frame.c: small arrays that this call alone sees → its frame */
void opt_long(Fn *fn, FnOf fn_of);      /* long.c: calls that may take long are marked */
void loop_find_long(Fn *fn);            /* long.c: Blk.is_long of headers. needs: dominators, loops */
bool opt_in_frame(const Fn *fn, Ref v);  /* frame.c: is it in the frame, or made of what is? */
void opt_usual(Fn *fn);                 /* usual.c: what is broadcast, for the call in which nothing is stretched */
void opt_version(Fn *fn, TargetId t);     /* version.c: what a nest overwrites is copied; copies for the usual shapes and strides */
bool prange_any(const Fn *fn);
void opt_prange(Fn *fn, TargetId t);      /* prange.c: loops over prange → nests */
void opt_chunks(Fn *fn);                /* chunks.c: nest → region of chunks, each with the nest on a part of its range */
void opt_kernels(Fn *fn);               /* kernels.c: a function with nests → kernels (gpu only) */
void opt_device(Fn *fn);                /* device.c: refuses what a GPU has not */
void opt_parallel(Fn *fn, TargetId t);    /* parallel.c: nest → loops */
void opt_whiles(Fn *fn);                /* whiles.c: `while i < n` → counted loops */
void opt_checks(Fn *fn);                /* checks.c: checks and wraps of indices that can be proved away */
void opt_flat(Fn *fn);                  /* flat.c: `elif`s that choose between integers → selects */
void opt_brief(Fn *fn);                 /* brief.c: loops that are certainly short */
void opt_chosen(Fn *fn);                /* chosen.c: elements of small arrays at an index that data choose */
void opt_poll(Fn *fn);                  /* poll.c: innermost counted loops strip-mined; polls; stack checks */
/* remarks.c: what is left of arrays (again: it runs again and again), and of one check of a loop; closed: nothing leaves the
 * loop before its end. */
void remark_arrays(Fn *fn, bool again);
void remark_prange(const Fn *fn);       /* loops over prange for a target where it is range */
void remark_check(const Fn *fn, const Ins *in, bool closed);
void opt_memory(Fn *fn);                /* memory.c: RETAIN, RELEASE, cleanups */

/* What an op may do, a row of rt.def included; *fails: leave with an error. dce.c */
IrEffect opt_effect(const Ins *in, bool *fails);
bool opt_fails(const Ins *in);          /* may it leave with an error, and so for the handler of its block? dce.c */

/* What changes while a body is copied. load: the value for this LOAD (of the body copied; arg: its operands in the copy),
 * or none: it is made. store: is told of each STORE (NULL: all are made). skip: a STORE that is not made; skipped: what it would have stored. */
typedef struct NestEdit {
    const Ref *known;           /* NULL, or by Ref of the body: what need not be made (a STORE too); none: it is made */
    Ref (*load)(void *context, Ref load, const Ref *arg);       /* NULL: all are made */
    bool (*store)(void *context, Ref store, const Ref *arg);    /* true: it is not made */
    bool (*nest)(void *context, Ref nest, const Ref *arg, Ref *value);      /* NULL, or makes the copy of a NEST, or does not */
    void *context;
    Ref skip, skipped;
} NestEdit;
/* body.c: the body of a nest appended to fn->cur; value: of its parameters; edit: or NULL. What it returns, or none. */
Ref nest_body(Fn *fn, Fn *body, const Ref *value, BlkId handler, NestEdit *edit);
BlkId nest_split(Fn *fn, BlkId b, uint32_t at);                 /* parallel.c: what stands behind at moves to a new block; b has no end */
/* stretch.c: is this value of the body a capture that says whether an axis is stretched? */
bool nest_is_stretch(const Fn *fn, const Nest *nest, const Ref *arg, Ref body_value);
/* stretch.c: does this value of the parent say whether an axis is stretched? */
bool nest_is_test(const Fn *fn, Ref v);
/* stretch.c: an index of a body in the making that is stretched several times over → the same with one test. */
Ref nest_index(NestBuild *nb, Ref i);
/* stretch.c: the axis that index i of the body runs along, times 1 or (an extent of 1 that is stretched) 0; -1: none.
 * arg: of the NEST. */
int nest_axis(const Fn *fn, const Nest *nest, const Ref *arg, Ref i);
bool nest_walks_f(const Fn *fn, const Nest *nest, const Ref *arg, TargetId target);    /* parallel.c: is the first axis innermost? */

/* A nest on its way to loops: what the loop forms share. */
typedef struct NestLoops {
    Fn *fn;
    Nest *nest;
    const Ref *arg;             /* of the NEST: extents, captures, initial values */
    TargetId target;
    uint32_t axis[NDIM_MAX];    /* outermost first */
    Ref tile[NDIM_MAX];         /* by axis: iterations in a block; none: all of them (tile.c) */
    BlkId handler;
    struct Blocks *block;       /* block.c: NULL, or functions that are computed for a block of the innermost axis at a time */
    Ref *scratch;               /* its memory in fn, made when it is needed */
} NestLoops;

/* apart.c: a part of a function that becomes one of its own, compiled when it is first called. */
typedef struct Apart {
    Fn *from, *to;
    VEC(Ref) brought;           /* of from: its parameters, in their order */
} Apart;
Apart apart_begin(Fn *from);                            /* to: empty, at the position of from */
Ref apart_bring(Apart *p, Ref r);                       /* what r of from is in to */
void apart_end(Apart *p, Ref result, Fn *top);          /* it returns result (none: nothing), and is one of top's chunks */
/* The call of the which-th in the list of first (Fn.also), which all have the parameters of p: what it returns. */
Ref apart_call(const Apart *p, Ref which, const Fn *first);

/* hoist.c: values of a nest's body that may stand still along an outer axis, and cost too much to be computed for each row. */
typedef struct Hoist {
    Fn *fn;
    const Nest *nest;
    const Ref *arg;             /* of the NEST */
    uint32_t inner, n;          /* the axis of the innermost loop; how many values */
    Ref root[8], array[8];      /* of the body; the arrays of their values */
    uint32_t axes[8];           /* along which a value changes in any case, by bit */
    uint64_t tests[8][NDIM_MAX];        /* captures that say whether it does along an axis, by bit */
} Hoist;
Ref hoist_look(Hoist *h);               /* sets root[]; → does one of them stand still along an outer axis? none: there is none */
void hoist_make(Hoist *h, const Ref *capture);          /* the arrays, of what the nest captures; nothing is stretched along the inner axis */
const Ref *hoist_known(const Hoist *h, NestBuild *nb);  /* their elements, by Ref of the body (NestEdit.known) */

void nest_tiles(NestLoops *l);          /* tile.c: sets tile[] */
/* tile.c: → do all arrays lie the other way round, so that the last axis of nest (arg: its operands) is better outermost? none: that is
 * not for the call to tell, or its axes have an order. */
Ref nest_turned(Fn *fn, const Nest *nest, const Ref *arg);
/* parallel.c: the body for these indices; what it yields. place: in the block (with l->block), or none. */
Ref nest_clone(const NestLoops *l, const Ref *index, Ref place);
Ref nest_clone_edited(const NestLoops *l, const Ref *index, Ref place, NestEdit *edit);
/* place.c: r of the body for other indices, if it is a sum of products of indices and what is fixed in the nest. */
bool nest_is_number(const Nest *nest, Ref r);
Ref nest_number(const NestLoops *l, Ref r, const Ref *index);
/* block.c: what is computed by blocks, or NULL; elements in a block; before the loop over a block of n elements that begins at
 * this index: the stages; in it: NestEdit.known for the body of its element at place. */
typedef struct Blocks Blocks;
Blocks *block_look(const NestLoops *l);
Ref block_size(const Blocks *x);
bool block_has(const Blocks *x, Ref r);         /* are the values of r of the body in a buffer? */
void block_stages(Blocks *x, const Ref *at, Ref n);
const Ref *block_known(Blocks *x, Ref place);
/* place.c: RED_PLACE of a nest whose innermost loop is in blocks. */
enum { PLACE_BLOCK = 1024 };
typedef struct Places {
    const NestLoops *l;
    uint32_t n;                 /* how many; 0: none, or none in blocks */
    Ref before[NRED_MAX];       /* the reductions at the start of the block */
    Ref first[NDIM_MAX], size;  /* the block: indices of its first element, how many elements */
    Ref buffer[NRED_MAX];       /* of a MIN or MAX: its contributions in the block; none: they are read again */
    bool in_order;              /* a block has higher numbers than those before it */
} Places;
void places_look(Places *p, const NestLoops *l);
void places_begin(Places *p, Ref *acc, const Ref *index, Ref size);     /* before the loop over a block; acc: what that begins with */
void places_keep(Places *p, Ref place, const Ref *x, Ref *next);                /* in it: x is contributed */
void places_find(Places *p, Ref *next);                                         /* behind it: next of RED_PLACE and what is before it */
/* scan.c: NEST_SCAN. */
typedef struct Scan {
    const NestLoops *l;
    Ref store;                  /* the body's; none: it is no scan */
    bool blocks;                /* a block's contributions are stored, and then scanned there */
    Ref first[NDIM_MAX], size, before;  /* the block: its first indices, how many elements, the reduction at its start */
} Scan;
void scan_look(Scan *s, const NestLoops *l);
void scan_begin(Scan *s, Ref *acc, const Ref *index, Ref size); /* before the loop over a block */
void scan_clone(Scan *s, const Ref *index, Ref place, const Ref *acc, Ref *next);       /* the body for one element */
void scan_end(Scan *s, Ref *next);                              /* behind the loop over a block */
/* pick.c: NEST_PICK: the body for one element; next: of the reductions. */
void pick_clone(const NestLoops *l, const Ref *index, Ref place, const Ref *acc, Ref *next);
bool pairwise_wanted(const NestLoops *l);                       /* pairwise.c: has it a sum of floats? */
void pairwise_loops(const NestLoops *l, Ref *result);           /* one a reduction */

/* grid.c: a nest in a kernel: its iterations are dealt out to the threads of the grid. work: the memory that kernels share. */
typedef struct Grid {
    NestLoops loops;
    Ref work;
    int64_t slot;               /* bytes: where the values of its reductions will be, 8 a part */
    int64_t partial;            /* and where what they are combined from */
} Grid;
enum { GRID_STEPS = 3 };        /* kernels that a nest with reductions takes */
void grid_nest(const Grid *g, uint32_t step);           /* step 0 .. GRID_STEPS - 1; others than 0 for reductions only */
int64_t grid_nwork(const Nest *nest);                   /* bytes of the partial values */
Ref grid_load(Fn *fn, Ref work, int64_t at, Ty t);
void grid_store(Fn *fn, Ref work, int64_t at, Ref value);
Ref grid_thread(Fn *fn, int64_t which);                 /* IR_THREAD */

void opt_reread(Fn *fn, BlkId b);       /* reread.c: what is read again in a block is what it was */

/* A counted loop: idx = phi(start ..., idx + 1 ...), left by its header where idx < n is false. loop.c */
typedef struct Loop {
    BlkId header;
    Ref idx, n, cond;
    bool counted, plain /* its header may run twice */, innermost;
} Loop;
Loop loop_look(const Fn *fn, BlkId header);     /* needs: dominators. innermost is left to the caller */
bool loop_has(const Fn *fn, BlkId header, BlkId b);     /* does b lie behind the header? */

bool loop_streams(Fn *fn, BlkId h);     /* strewn.c: Blk.streams of a loop that is not counted. needs: dominators, loops */
BlkId loop_around(const Fn *fn, BlkId h);       /* the header of the loop around that of h, or BLK_NONE. loop.c */
uint32_t loop_depth(const Fn *fn, BlkId h);     /* how many loops are around the loop of h. poll.c */
bool *loop_members(Fn *fn, BlkId h);    /* by BlkId: from where its way back is reached. needs: dominators */
/* protect.c: the block that begins each turn of a loop in a `try`, or BLK_NONE. Its handler is that of the loop's polls. */
BlkId loop_turn(const Fn *fn, BlkId h);
/* The protected block that alone follows loop header h, or BLK_NONE. Its handler is around the loop. needs: dominators, loops */
BlkId loop_test(Fn *fn, BlkId h);
void loop_drop_turn(Fn *fn, BlkId turn);        /* a block like any other from now on */

/* A landing block like this one, for a copy of what it is for: value(context, v) is what v is there. copies: is it plain enough? */
typedef Ref (*LandingValue)(const void *context, Ref v);
bool landing_copies(const Fn *fn, BlkId landing);
BlkId landing_copy(Fn *fn, BlkId landing, BlkId idom, LandingValue value, const void *context);

/* repair.c: at the ends of the landing blocks `from`, which were added, values of the blocks in[] are value(context, v). in[] has nblk
 * entries; blocks above are copies. needs: nothing. breaks: everything but dominators. */
typedef struct Redefined { const BlkId *from; uint32_t nfrom; const bool *in; BlkId nblk; LandingValue value; const void *context; } Redefined;
void opt_repair(Fn *fn, const Redefined *r);

/* One way back to h (`continue` makes several, and LLVM takes a loop with several for two loops). needs: dominators. */
void loop_join(Fn *fn, BlkId h);

/* What poll.c and loop_strip() build blocks with. */
BlkId loop_block(Fn *fn, BlkId idom, BlkId like);       /* with the handler of like */
void loop_jump(Fn *fn, BlkId to);               /* end fn->cur; the predecessors of the target are the caller's affair */
void loop_branch(Fn *fn, Ref cond, BlkId yes, BlkId no);
uint32_t loop_edge(const Fn *fn, BlkId b, BlkId pred);  /* which of b's predecessors that is, and its operand of b's phis */
void loop_pred(Fn *fn, BlkId b, BlkId pred);

/* turns.c: two turns of a small innermost loop, if it is one, become one. needs: dominators, loops. keeps: these */
bool loop_twice(Fn *fn, const Loop *l);

/* strip.c: cuts an innermost counted loop into strips without polls and, where they can be foreseen, without checks. */
void loop_strip(Fn *fn, const Loop *l);
void loop_look_strewn(Fn *fn, const Loop *l);   /* strewn.c: Blk.strewn of one that is not. needs: dominators */
