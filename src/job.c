/* job.c: which functions a job of the code generator has.
 *
 * A Fn that is `later` is no part of its function's job: it waits in the arena of the Entry, with all that a job of its own
 * needs, until rt_later() wants its code. That may be in any thread, without the GIL, while the front end works in another: so
 * that takes no lock but the code generator's, and only reads the IR of finished instances. */
#include "driver.h"

#include <stdatomic.h>

struct LaterCode {
    Later later;                /* first: what compiled code has the address of */
    LaterCode *next;
    Driver *driver;
    CodegenFns fns;             /* itself, its chunks, what they call */
    uint32_t flags;
    void *code;                 /* NULL: nobody needed it yet */
};

/* fn: of i, or of a chunk of it. */
CodegenFn job_fn(Driver *d, const Instance *i, const Fn *fn, Arena *a)
{
    Text symbol = { .arena = a };
    text_printf(&symbol, "%s.%llu", i->func->name, (unsigned long long)d->nsymbol++);
    return (CodegenFn){ .fn = fn, .instance = fn == i->fn ? i : NULL, .info = i->func->prelude ? NULL : fn->info,
                        .symbol = text_str(&symbol), .filename = i->func->decoded->filename, .name = i->func->name,
                        .first_line = i->func->decoded->first_line };
}

/* Appends fn and what it runs apart; of that, what is later ends there, unless everything is wanted. */
static void add_fn(Driver *d, const Instance *i, const Fn *fn, Arena *a, bool everything, CodegenFns *out)
{
    CodegenFn cf = job_fn(d, i, fn, a);
    vec_push(a, out, cf);
    for (uint32_t k = 0; k < fn->chunks.n; k++) {
        cf = job_fn(d, i, fn->chunks.at[k], a);
        if (fn->chunks.at[k]->later && !everything)
            vec_push(a, out, cf);
        else
            add_fn(d, i, fn->chunks.at[k], a, everything, out);
    }
}

CodegenFns job_fns(Driver *d, const Instances *all, Arena *a, bool everything)
{
    CodegenFns fns = { 0 };
    for (uint32_t k = 0; k < all->n; k++)
        add_fn(d, all->at[k], all->at[k]->fn, a, everything, &fns);
    return fns;
}

/* later parts ---------------------------------------------------------------------------------------------- */

/* Under the lock: another thread may have been first. */
static bool compile_once(LaterCode *x, Arena *arena, bool *bug)
{
    CodegenJob job = { .fn = x->fns.at, .nfn = x->fns.n, .arena = arena, .flags = x->flags };
    if (x->later.entry)
        return true;
    if (!x->driver->api->compile(x->driver->codegen, &job)) {
        *bug = !job.no_memory;
        return false;
    }
    x->code = job.code;
    x->driver->nlater++;
    atomic_store_explicit(&x->later.entry, job.entry, memory_order_release);
    return true;
}

static bool compile(Later *l, bool *bug)
{
    MemoryCatch memory;
    Arena *volatile arena = NULL;
    volatile bool ok = false;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0) {
        arena = arena_new();
        codegen_lock();
        ok = compile_once((LaterCode *)l, arena, bug);
        codegen_unlock();
    }
    memory_end(&memory);
    if (arena)
        arena_free(arena);
    return ok;
}

/* Those of fns from at on that are of one instance: it comes before what it runs apart. */
static uint32_t end_of(const CodegenFns *fns, uint32_t at)
{
    do
        at++;
    while (at < fns->n && !fns->at[at].instance);
    return at;
}

static uint32_t count_of(const Fn *fn)
{
    uint32_t n = 0;
    for (; fn; fn = fn->also)
        n++;
    return n;
}

/* The table of each has it, and those behind it in its list. */
static void fill_tables(CodegenFns *fns)
{
    for (uint32_t k = 0; k < fns->n; k++) {
        const Fn *fn = fns->at[k].later ? fns->at[k].fn->also : NULL;
        for (uint32_t n = 1; fn; fn = fn->also, n++)
            for (uint32_t j = 0; j < fns->n; j++)
                if (fns->at[j].fn == fn)
                    ((Later **)fns->at[k].later)[n] = fns->at[j].later[0];
    }
}

typedef struct Search {
    Driver *d;
    const CodegenFns *fns;      /* of the whole job */
    const Instances *all;
    uint32_t flags;
    LaterCode *first;           /* of those found */
} Search;

static LaterCode *waiting(Search *s)
{
    LaterCode *x = arena_new_of(s->d->work.making, LaterCode);
    x->later.compile = compile;
    x->driver = s->d;
    x->flags = s->flags;
    x->next = s->first;
    return s->first = x;
}

static void find_later(Search *s, CodegenFns *fns, uint32_t from, const Instance *i);

/* What the job of fn, a later part of i, has: itself, its chunks, what they call. */
static void gather(Search *s, LaterCode *x, const Instance *i, const Fn *fn)
{
    Arena *a = s->d->work.making;
    bool *wanted = arena_new_n(a, bool, s->all->n);
    add_fn(s->d, i, fn, a, false, &x->fns);
    find_later(s, &x->fns, 1, i);
    driver_called(fn, s->all, wanted);
    for (uint32_t at = 0, k = 0; at < s->fns->n; at = end_of(s->fns, at), k++)
        for (uint32_t j = at; j < end_of(s->fns, at) && wanted[k]; j++)
            vec_push(a, &x->fns, s->fns->at[j]);
    for (uint32_t k = 0; k < x->fns.n; k++)
        ir_need((Fn *)x->fns.at[k].fn, HAVE_DOM | HAVE_LOOPS);
}

/* Those of fns from there on, parts of i or with its instance before them. */
static void find_later(Search *s, CodegenFns *fns, uint32_t from, const Instance *i)
{
    for (uint32_t k = from; k < fns->n; k++)
        if (fns->at[k].fn->later) {
            fns->at[k].later = arena_new_n(s->d->work.making, Later *, count_of(fns->at[k].fn));
            ((Later **)fns->at[k].later)[0] = &waiting(s)->later;
        }
    fill_tables(fns);
    for (uint32_t k = from; k < fns->n; k++) {
        i = fns->at[k].instance ? fns->at[k].instance : i;
        if (fns->at[k].later)
            gather(s, (LaterCode *)fns->at[k].later[0], i, fns->at[k].fn);
    }
}

LaterCode *job_later(Driver *d, CodegenFns *fns, const Instances *all, uint32_t flags)
{
    Search s = { .d = d, .fns = fns, .all = all, .flags = flags };
    find_later(&s, fns, 0, NULL);
    return s.first;
}

void job_later_free(Driver *d, LaterCode *first)
{
    for (LaterCode *x = first; x; x = x->next)
        if (x->code)
            d->api->release(d->codegen, x->code);
}
