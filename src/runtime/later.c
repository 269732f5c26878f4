/* later.c: parts of compiled functions that have no code before they are first called.
 *
 * Whoever comes first has the code made, in a thread of its own: LLVM needs more stack than deep recursion may have left. */
#include "runtime/runtime.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { STACK_NBYTES = 16 << 20 };

typedef struct Making { Later *later; bool ok, bug; } Making;

static void *make(void *making)
{
    Making *m = making;
    m->ok = m->later->compile(m->later, &m->bug);
    return NULL;
}

static void make_apart(void *making)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    bool started = false;
    if (pthread_attr_init(&attr) == 0) {
        pthread_attr_setstacksize(&attr, STACK_NBYTES);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);       /* signals go to the user's threads */
        started = pthread_create(&thread, &attr, make, making) == 0;
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        pthread_attr_destroy(&attr);
    }
    if (started)
        pthread_join(thread, NULL);
    else
        make(making);
}

Status rt_later(Call *c, Later *const *table, int64_t which, uint64_t *slot)
{
    Later *l = table[which];
    void *entry = atomic_load_explicit(&l->entry, memory_order_acquire);
    if (unlikely(!entry)) {
        Making m = { .later = l };
        rt_without_gil(c, make_apart, &m);
        if (m.bug)
            return rt_fail(c, DIAG_INTERNAL, 1, (int64_t)(intptr_t)"code generation failed");
        if (!m.ok)
            return rt_fail(c, DIAG_MEMORY, 1, (int64_t)STACK_NBYTES);
        entry = atomic_load_explicit(&l->entry, memory_order_acquire);
    }
    return ((Status (*)(Call *, uint64_t *))entry)(c, slot);
}
