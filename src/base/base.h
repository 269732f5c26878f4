/* base.h: what every stage stands on: memory of a compilation, text, messages.
 *
 * A Unit is one compilation. All that a compilation makes lives in its arena and goes in one call; Python
 * objects that must outlive a pass are pinned on it. While compiling, fail() does not return: it jumps to
 * unit->catch, so no C frame between may own anything. */
#pragma once
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define countof(a) (sizeof(a) / sizeof *(a))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* arena.c ---------------------------------------------------------------------------------------------- */

typedef struct Arena Arena;
Arena *arena_new(void);
void arena_free(Arena *a);
void *arena_alloc(Arena *a, size_t nbytes);                 /* zeroed, aligned to 16 */
void *arena_grow(Arena *a, void *old, size_t old_nbytes, size_t nbytes);  /* copies; the tail is zeroed */
char *arena_strdup(Arena *a, const char *s);

/* Where an allocation jumps to that gets no memory: the innermost catch of this thread; without one the process ends.
 *     MemoryCatch m;  memory_begin(&m);  if (setjmp(m.at)) { it ended } else { ... }  memory_end(&m);
 * What is between owns nothing, as with fail(). (The one variable that base/ has, one a thread.) */
typedef struct MemoryCatch { jmp_buf at; struct MemoryCatch *outer; } MemoryCatch;
void memory_begin(MemoryCatch *m);
void memory_end(MemoryCatch *m);
bool memory_has_room(size_t nbytes);                        /* of address space, now: for code that ends the process where memory ends */
_Noreturn void memory_again(void);                          /* memory ended: to the next catch */

#define arena_new_of(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_new_n(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))

/* A growable array in an arena: VEC(Ref) args; vec_push(arena, &args, r); args.at[k], args.n. */
#define VEC(T) struct { T *at; uint32_t n, cap; }
#define vec_push(a, v, x) (*(__typeof__((v)->at))vec_slot((a), (void **)&(v)->at, &(v)->n, &(v)->cap, sizeof *(v)->at) = (x))
void *vec_slot(Arena *a, void **at, uint32_t *n, uint32_t *cap, size_t size);  /* room for one more; n grows */

/* intern.c: bytes → one pointer for equal bytes, for the life of the Intern ------------------------------ */

typedef struct Intern Intern;
Intern *intern_new(Arena *a);
const char *intern_str(Intern *t, const char *s);

/* text.c: printf pieces → one string; all dumps and messages --------------------------------------------- */

typedef struct Text { Arena *arena; char *at; uint32_t n, cap; } Text;
void text_printf(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(Text *t, const char *format, va_list args);
const char *text_str(Text *t);                              /* ends it with NUL; "" when empty */

/* diag.c, diag.def: rows of messages --------------------------------------------------------------------- */

/* A place in the user's source. Lines from 1 (0: none), columns are UTF-8 byte offsets from 0, -1: none. site: NULL, or which
 * function it is of, where that is inlined (opt/inline.c). */
typedef struct Pos { int32_t line, end_line, col, end_col; const struct Site *site; } Pos;
/* A function and the call of it whose place it took. */
typedef struct Site { void *code; const char *name, *filename; int32_t first_line; Pos call; } Site;
Pos pos_caller(Pos p);                                      /* the place in the function that all was inlined into */

typedef enum DiagId {
#define DIAG(id, exception, format) DIAG_##id,
#include "base/diag.def"
#undef DIAG
    DIAG_MAX
} DiagId;

/* A row: the exception's name (a builtin, or TypingError, UnsupportedError of numjit) and its format.
 * Formats take %s %d %ld as usual while compiling. Rows that compiled code raises (ir CHECK) take int64
 * operands: %ld one, %T a shape (its length, then its extents), %P the same as Python shows it, %B bytes, %S every shape left,
 * %s a `const char *` passed as an integer. */
typedef struct DiagRow { const char *name, *exception, *format; } DiagRow;
extern const DiagRow diag_row[DIAG_MAX];

/* What fail() leaves: the text is formatted at once. code: the PyObject* code object pos belongs to, or NULL. */
typedef struct Diag { DiagId id; Pos pos; void *code; const char *text; } Diag;

/* Formats a run-time row with its int64 operands (see DiagRow), in the words of that version of CPython: words.def. */
void diag_format(Text *out, DiagId id, uint32_t python, const int64_t *operand, uint32_t noperand);

/* What an op (ir.def) or a function of the runtime (rt.def) does: each one may do what stands before it too. */
typedef enum IrEffect { EFF_PURE, EFF_READ, EFF_RAISE, EFF_WRITE } IrEffect;

/* One compilation. */
typedef struct Unit {
    Arena *arena;
    jmp_buf *catch_;            /* where fail() goes */
    Diag diag;                  /* what fail() left */
    bool py_error;              /* CPython has set the exception (fail_py) */
    void *self;                 /* PyObject* that owns it, never pinned; or NULL */
    void *code;                 /* the code object being compiled: fail() copies it into diag */
    uint32_t python;            /* version of CPython, 0x030b: messages have its words */
    struct Types *types;        /* the module's type table */
    struct Driver *driver;      /* instances of functions: compile.c */
    struct Remarks *remarks;    /* where passes say what they decided (ir/remark.h); NULL: nobody asked */
    VEC(void *) pins;           /* PyObject* that live as long as what is compiled: unit_pin() */
    VEC(void *) frozen;         /* global arrays and their copies, by turns: resolve.c */
} Unit;

/* Leaves the compilation with the message of row id. Does not return. pos may be NULL: no position. */
_Noreturn void fail(Unit *u, const Pos *pos, DiagId id, ...);
/* The same after a call of CPython has set an exception. */
_Noreturn void fail_py(Unit *u);
/* Keeps a PyObject alive as long as what is compiled: takes a reference of its own. compile.c */
void unit_pin(Unit *u, void *object);
/* A bug of ours: prints what and where, and fails the compilation as InternalError. */
_Noreturn void nj_bug(Unit *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
