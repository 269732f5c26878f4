/* runtime.h: what compiled code calls while it runs. Machine values in, machine values and a Status out.
 *
 * There may be no GIL and we may be in any thread: nothing here raises or jumps; an error is recorded in the Call.
 * Knows no IR. call.c, catch.c and print.c take the GIL for what they do with Python (rt_gil_take); ufunc.c and
 * sort.c look for NumPy's loops while compiling. */
#pragma once
#include "type/type.h"
#include <stdatomic.h>

typedef int32_t Status;
enum { STATUS_OK = 0, STATUS_ERROR = 1 };

/* What a compiled function is, for tracebacks: one a Fn with a code object; lives with the Entry. */
/* part: of its caller's code object, whose own entry in a traceback it replaces. */
typedef struct FnInfo { void *code; const Pos *pos; uint32_t npos; const char *name; bool part; } FnInfo;

typedef struct Frame { const FnInfo *fn; uint32_t pos; } Frame;

enum { CALL_SLOTS = 64, CALL_OPERANDS = 72, POLL_ENTRIES = 256 };
typedef enum ErrorKind { ERROR_NONE, ERROR_DIAG, ERROR_RAISE, ERROR_PYTHON, ERROR_STOPPED /* another chunk of the region failed */ } ErrorKind;

/* One call from Python into compiled code. On the dispatcher's stack; compiled code gets its address.
 * lower/ knows the offsets of the first fields (static_assert in lower.c). */
typedef struct Call {
    _Atomic int32_t poll;       /* set: rt_poll() has work. 1 at the start: the first long loop releases the GIL */
    int32_t error;              /* ErrorKind */
    uintptr_t stack_limit;      /* RECURSION below it */
    int32_t diag;               /* ERROR_DIAG: DiagId */
    int32_t noperand;
    int64_t operand[CALL_OPERANDS];
    const void *exception;      /* ERROR_RAISE: Type* of kind EXCEPTION; its items' parts are in slot[] */
    uint64_t slot[CALL_SLOTS];
    int32_t entries;            /* into functions of a call cycle, until the first that polls */
    /* the runtime's own */
    uint32_t frame_cap;
    Frame *frame;               /* malloc'ed, innermost first */
    struct {                    /* zero at the start of a call */
        void *thread_state;     /* PyThreadState* while the GIL is released, else NULL */
        void *held;             /* PyObject*: a dict with the exceptions that places caught, texts of them; NULL */
        void *raised;           /* PyObject*: by a signal's handler while an exception object was made; for the next poll, or the end */
        void *pending;          /* worker, ERROR_PYTHON: PyObject*, the exception */
        void *job;              /* the parallel region it works in, and the chunk of it: pool.c */
        int64_t chunk;
        uint64_t nframe_dropped;
        uint32_t nframe;
        uint32_t gil_depth;     /* open rt_gil_take */
        bool registered;        /* in the ticker's list */
        bool nogil;
        bool interrupted;       /* ERROR_PYTHON: a signal's handler raised it */
        bool worker;            /* of a thread of the pool: no thread state of its own; polls for the job only */
    };
    int gil_state;
    struct Call *next, *prev;   /* the ticker's list */
    Frame frame_first[16];
} Call;

/* Of rt_link and IR_RERAISE. NO_CAUSE: `from None`. NAMED: `raise e`, which a traceback shows; a bare `raise` it does not. */
enum { LINK_CONTEXT = 1, LINK_CAUSE = 2, LINK_NO_CAUSE = 4, LINK_NAMED = 8 };
/* An exception that a handler caught: in the frame of its function. */
enum { CAUGHT_FRAMES = 16 };
typedef struct Caught {
    void *class_;               /* PyObject*, borrowed */
    void *python;               /* ERROR_PYTHON: the exception; the Call holds it */
    int32_t error, diag;        /* as in the Call */
    int32_t noperand;
    uint32_t nframe;
    const void *exception;
    union { int64_t operand[CALL_OPERANDS]; uint64_t slot[CALL_SLOTS]; };      /* ERROR_DIAG, ERROR_RAISE */
    Frame frame[CAUGHT_FRAMES]; /* the innermost ones */
} Caught;
static_assert(sizeof(Caught) % 8 == 0, "compiled code makes room for it");

/* The value as a new PyObject*, or NULL with an exception; the GIL is held. python/box.c gives it. */
void *rt_box(const Type *x, const uint64_t *part);
int rt_unbox(void *object, const Type *x, uint64_t *part);     /* the parts borrow from object; -1 with an exception */

/* catch.c */
void rt_catch_in(Call *c, Caught *out, Caught *context);
void rt_reraise_as(Call *c, Caught *x, int64_t link);
bool rt_matches(const Caught *x, void *class_);
void rt_link(Call *c, Caught *context, Caught *cause, int64_t link);
const Caught *rt_keep(Call *c, const Caught *x);
Status rt_caught_text(Call *c, Caught *x, bool quoted, uint64_t *out);
Status rt_caught_args(Call *c, Caught *x, int64_t type, uint64_t *out);
void *rt_builtin(const char *name);         /* CPython's exception class of that name, a new reference, at the interpreter's end too; or NULL with an exception */
void rt_error_box(Call *c);                 /* an error whose parts borrow from what the Call holds becomes an exception object */
void rt_let_go(Call *c);                    /* of what it holds */
void rt_hold(Caught *out, const void *exception, const uint64_t *slot);
/* What was caught as a new exception object, or NULL with an exception; takes over what its slots own. raised: what a signal's handler
 * raised meanwhile, a new reference, or NULL. python/raise.c */
void *rt_exception(const Caught *x, void **raised);

/* call.c */
extern __thread uintptr_t rt_stack_limit __attribute__((tls_model("initial-exec"), visibility("hidden")));      /* of this thread; 0: not asked for yet */
void rt_find_stack_limit(void);
void rt_call_finish(Call *c);
/* Any thread sets the word of a call, and compiled code reads it now and then: no order is needed. */
static inline void rt_poll_set(Call *c, int32_t v) { atomic_store_explicit(&c->poll, v, memory_order_relaxed); }
/* Needs the GIL. */
static inline void rt_call_begin(Call *c)
{
    if (unlikely(rt_stack_limit == 0))
        rt_find_stack_limit();
    rt_poll_set(c, 1);
    c->error = ERROR_NONE;
    c->stack_limit = rt_stack_limit;
    c->entries = POLL_ENTRIES;
    c->frame_cap = countof(c->frame_first);
    c->frame = c->frame_first;
    memset(&c->thread_state, 0, offsetof(Call, gil_state) - offsetof(Call, thread_state));
}
/* Takes the GIL again if it was released; frees frames, what is held. */
static inline void rt_call_end(Call *c)
{
    if (unlikely(c->registered || c->thread_state != NULL || c->frame != c->frame_first || c->held != NULL || c->raised != NULL))
        rt_call_finish(c);
}
void rt_gil_release(Call *c);
void rt_gil_take(Call *c);                                  /* nests with rt_gil_give */
void rt_gil_give(Call *c);
void rt_end(void);                                          /* the interpreter ends soon; needs the GIL, which others may have meanwhile */
bool rt_ending(void);
Status rt_fail(Call *c, DiagId id, uint32_t n, ...);        /* int64 operands; returns STATUS_ERROR */
Status rt_fail_py(Call *c);                                 /* CPython has set the exception (GIL held); it is kept in the thread */

/* An error on its way from one Call to another (parallel regions): call.c. detach: what CPython has set goes into the Call. */
void rt_error_detach(Call *c);
void rt_error_move(Call *to, Call *from);                   /* to has none before, from has none after it */
void rt_error_drop(Call *c);

/* pool.c. Calls run(call, context, k) for k in 0 .. nchunk-1 on the caller and on idle threads of the pool; the error of the
 * lowest chunk that fails, if any. Threads: of regions that the calling thread opens. */
typedef Status (*ChunkFn)(Call *c, void *context, int64_t chunk);
Status rt_parallel(Call *c, ChunkFn run, void *context, int64_t nchunk);
bool rt_stopped(const Call *c);                             /* is the chunk of c not wanted any more? */
int64_t rt_threads(void);
int64_t rt_threads_most(void);
int64_t rt_thread_id(void);                                  /* 0: not one of the pool; they are 1 .. rt_threads_most() - 1 */
int64_t rt_chunk_size(int64_t n);                           /* of regions that this thread opens: at most n iterations a chunk; 0: as is best. What it was */
bool rt_threads_set(int64_t n);                             /* false: n is not in 1 .. rt_threads_most() */

/* later.c. A part of a function that few calls need (IR_LATER). compile makes its code when it is first called: any thread, no
 * GIL, a stack of its own; false: out of memory, or (*bug) a bug of ours. */
typedef struct Later Later;
struct Later {
    _Atomic(void *) entry;      /* Status (*)(Call *, uint64_t *slot), or NULL */
    bool (*compile)(Later *l, bool *bug);
};
Status rt_later(Call *c, Later *const *table, int64_t which, uint64_t *slot);
void rt_without_gil(Call *c, void (*work)(void *), void *arg);      /* call.c */

/* A block of memory that arrays own together. The data stands behind it, aligned to 64. An owner pointer is a Buffer*, or
 * a PyObject* with OWNER_OBJECT set (an argument or a constant: borrowed, never counted), or NULL. OWNER_VIEW in each: the array
 * is another object than what owns the memory, though it may show the same; which of those that show the same, the bits from
 * OWNER_WHICH on say, which addresses do not use. */
enum { OWNER_OBJECT = 1, OWNER_VIEW = 2, OWNER_WHICH = 48 };
#define OWNER_BITS ((uintptr_t)0xffff << OWNER_WHICH | OWNER_OBJECT | OWNER_VIEW)
typedef struct Buffer { _Atomic int64_t refs; size_t nbytes; void *object; /* PyObject* that stands for it, or NULL */ char pad[40]; } Buffer;
static_assert(sizeof(Buffer) == 64, "data is aligned to 64");
static inline Buffer *rt_buffer(uintptr_t owner) { return owner & OWNER_OBJECT ? NULL : (Buffer *)(owner & ~OWNER_BITS); }
static inline void *rt_data(Buffer *b) { return b + 1; }
/* Is there one reference only? Then nobody else can count. */
static inline bool rt_is_last(const Buffer *b) { return atomic_load_explicit(&b->refs, memory_order_acquire) == 1; }
int64_t rt_live_allocations(void);
/* block.c: bytes in blocks, their high-water mark, kept for reuse, at most kept. */
typedef struct MemoryStats { int64_t used, peak, kept, limit; } MemoryStats;
MemoryStats rt_memory_stats(void);
void rt_memory_peak_reset(void);
void rt_memory_limit(int64_t nbytes);
void rt_memory_free(void);                                  /* what is kept goes back to the system */
Buffer *rt_block_new(int64_t nbytes, bool zeroed);          /* with one reference; NULL: there is no memory */
void rt_block_free(Buffer *b);                              /* its last reference is gone */

/* The rows of rt.def, and the addresses of everything compiled code links with. */
typedef enum RtId {
#define RT(id, function, effect, fails, result, params) RT_##id,
#include "runtime/rt.def"
#undef RT
    RT_MAX
} RtId;
typedef struct RtRow { const char *name, *symbol; uint8_t effect; bool fails; const char *result, *params; void *address; } RtRow;
extern const RtRow rt_row[RT_MAX];
typedef struct RtSymbol { const char *name; void *address; } RtSymbol;
extern const RtSymbol rt_libm[];                            /* every C name of math.def, d and f; ends with NULL */
extern const RtSymbol rt_vmath[];                           /* vmath.c: ends with NULL */

/* Which function rt_cfun computes. */
typedef enum RtComplex { RT_C_EXP, RT_C_LOG, RT_C_SQRT, RT_C_SIN, RT_C_COS, RT_C_TAN, RT_C_ASIN, RT_C_ACOS, RT_C_ATAN,
    RT_C_SINH, RT_C_COSH, RT_C_TANH, RT_C_ASINH, RT_C_ACOSH, RT_C_ATANH, RT_C_LOG10 } RtComplex;

/* While compiling, with the GIL: the inner loop of numpy.<name> for these type numbers (inputs, outputs), callable without it. */
bool rt_find_loop(const char *name, const int *types, uint32_t n, void **loop, void **data);
/* The same for floats of a function of math.def (cname: libm's of it), if NumPy computes it in vectors here. */
bool rt_find_vector_loop(const char *name, const char *cname, uint32_t nin, bool is_f32, void **loop, void **data);
/* Any ufunc's loop that takes inputs of these types (weak ones are Python's numbers). object: a PyObject*; lives as long as it.
 * 0: it is none; -1: it has no loop for them. */
enum { RT_OPERANDS = 8, RT_CORE = 4 };
typedef struct RtUfunc {
    const char *name, *layout;          /* layout NULL: of elements */
    uint32_t nin, nout, ndim;           /* ndim: core dimensions there are */
    uint8_t ncore[RT_OPERANDS], dim[RT_OPERANDS][RT_CORE];
    int64_t size[RT_OPERANDS * RT_CORE];    /* of a core dimension, where it is fixed; else -1 */
    Ty type[RT_OPERANDS];
    void *loop, *data;
} RtUfunc;
bool rt_is_ufunc(void *object);
int rt_find_ufunc(void *object, const Ty *in, uint32_t nin, RtUfunc *out);
/* And the sort of elements of this type number, or of their places; NULL: there is none. */
void *rt_find_sort(int type, bool stable, bool places);
void *rt_find_dot(int type);                            /* NumPy's product of two vectors of this dtype, or NULL */

bool rt_call_loop(int64_t loop, int64_t data, int64_t *table, char *a, char *b, char *c, char *d, char *e, char *f,
                  char *g, char *h);
Status rt_alloc(Call *c, int64_t nbytes, bool zeroed, Buffer **out);
enum { RT_BIG = 1 << 30 };                                   /* less than that is always there, for rt_has_room */
bool rt_has_room(double nbytes);
void rt_retain(void *owner);
void rt_release(void *owner);
void rt_drop(const Type *x, const uint64_t *part);           /* gives back what a value of that type owns */
Status rt_poll(Call *c);
Status rt_recursion(Call *c);
void rt_trace(Call *c, const FnInfo *fn, int32_t pos);
