/* call.c: one call from Python into compiled code: the GIL, polls and the ticker, errors and frames.
 *
 * The ticker is a thread that sets the poll word of the calls in its list every 20 ms. Only calls of the main thread
 * that reached a long loop are in it, and it sleeps while there are none. A forked child makes its own. */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "runtime/functions.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* TICKER_STACK: threads' own data of all libraries is there too. */
enum { STACK_RESERVE = 256 * 1024, TICKER_STACK = 256 * 1024, TICK_NS = 20 * 1000 * 1000, FRAME_MAX = 1000 };

/* The state of the process's one ticker. Not of a module: threads and fork are the process's. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t owner;            /* the thread whose calls are in the list: the main one */
    bool running;
    Call *first;
} ticker = { .lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

/* The end of the interpreter. A thread of the pool that asks for the GIL then finds none, or no interpreter: it stops where it is. */
static struct {
    atomic_bool begun;
    _Atomic uint32_t asking;    /* threads of the pool that may not have seen it */
} end;

__thread uintptr_t rt_stack_limit;

static void *ticker_main(void *unused)
{
    pthread_mutex_lock(&ticker.lock);
    for (;;) {
        while (ticker.first == NULL)
            pthread_cond_wait(&ticker.work, &ticker.lock);
        pthread_mutex_unlock(&ticker.lock);
        nanosleep(&(struct timespec){ .tv_nsec = TICK_NS }, NULL);
        pthread_mutex_lock(&ticker.lock);
        for (Call *c = ticker.first; c != NULL; c = c->next)
            rt_poll_set(c, 1);
    }
    return unused;
}

/* Needs the lock. Without a thread Ctrl-C waits for the end of the loop: no error. */
static void ticker_start(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    if (ticker.running || pthread_attr_init(&attr) != 0)
        return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, TICKER_STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);   /* signals go to the user's threads */
    ticker.running = pthread_create(&thread, &attr, ticker_main, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

static void fork_prepare(void) { pthread_mutex_lock(&ticker.lock); }
static void fork_parent(void) { pthread_mutex_unlock(&ticker.lock); }
static void fork_child(void)
{
    pthread_mutex_init(&ticker.lock, NULL);
    pthread_cond_init(&ticker.work, NULL);
    ticker.running = false;
    atomic_store(&end.asking, 0);
    if (ticker.first != NULL && !pthread_equal(ticker.owner, pthread_self()))
        ticker.first = NULL;    /* those calls stayed in the parent */
    if (ticker.first != NULL)
        ticker_start();
}

/* Before the lock is ever taken. */
__attribute__((constructor)) static void prepare_forks(void) { pthread_atfork(fork_prepare, fork_parent, fork_child); }

static void ticker_add(Call *c)
{
    pthread_mutex_lock(&ticker.lock);
    ticker.owner = pthread_self();
    c->prev = NULL;
    c->next = ticker.first;
    if (c->next != NULL)
        c->next->prev = c;
    ticker.first = c;
    ticker_start();
    pthread_cond_signal(&ticker.work);
    pthread_mutex_unlock(&ticker.lock);
}

static void ticker_remove(Call *c)
{
    pthread_mutex_lock(&ticker.lock);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        ticker.first = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&ticker.lock);
}

static bool on_main_thread(void) { return gettid() == getpid(); }

/* The main thread's stack grows down from where the kernel wrote the program's name; it keeps 128 MB free below that. For the C library's
 * answer that thread reads all mappings of the process, in 0.2 ms. False: it is to be asked. */
static bool main_stack(uintptr_t *low, size_t *nbytes)
{
    struct rlimit most;
    uintptr_t top = getauxval(AT_EXECFN), here = (uintptr_t)__builtin_frame_address(0);
    if (!on_main_thread() || getrlimit(RLIMIT_STACK, &most) != 0 || most.rlim_cur > 64 << 20 || here > top || top - here > most.rlim_cur)
        return false;                   /* a thread that forked is the main one of the child, on its own stack */
    *nbytes = most.rlim_cur;
    *low = top - most.rlim_cur;
    return true;
}

static bool thread_stack(uintptr_t *low, size_t *nbytes)
{
    pthread_attr_t attr;
    void *at = NULL;
    size_t guard = 0;
    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return false;
    pthread_attr_getstack(&attr, &at, nbytes);
    pthread_attr_getguardsize(&attr, &guard);
    pthread_attr_destroy(&attr);
    *low = (uintptr_t)at + guard;
    return true;
}

static uintptr_t find_stack_limit(void)
{
    uintptr_t low;
    size_t nbytes;
    if (!main_stack(&low, &nbytes) && !thread_stack(&low, &nbytes))
        return 1;
    size_t reserve = nbytes > 4 * STACK_RESERVE ? STACK_RESERVE : nbytes / 4;
    if (on_main_thread())
        reserve += 128 * 1024;  /* the environment and what else grows there */
    return low + reserve;
}

void rt_find_stack_limit(void) { rt_stack_limit = find_stack_limit(); }

void rt_call_finish(Call *c)
{
    if (c->registered)
        ticker_remove(c);
    c->registered = false;
    if (c->thread_state != NULL)
        PyEval_RestoreThread(c->thread_state);
    c->thread_state = NULL;
    if (c->frame != c->frame_first)
        free(c->frame);
    c->frame = c->frame_first;
    c->nframe = 0;
    Py_CLEAR(c->held);
    Py_CLEAR(c->raised);
}

void rt_gil_release(Call *c)
{
    if (c->thread_state == NULL)
        c->thread_state = PyEval_SaveThread();
}

bool rt_ending(void) { return atomic_load(&end.begun); }

void rt_end(void)
{
    PyThreadState *mine = PyEval_SaveThread();
    atomic_store(&end.begun, true);
    while (atomic_load(&end.asking) > 0)
        nanosleep(&(struct timespec){ .tv_nsec = 100 * 1000 }, NULL);
    PyEval_RestoreThread(mine);
}

static void worker_take(Call *c)
{
    atomic_fetch_add(&end.asking, 1);
    if (rt_ending()) {
        atomic_fetch_sub(&end.asking, 1);
        for (;;)
            pause();
    }
    c->gil_state = (int)PyGILState_Ensure();
    atomic_fetch_sub(&end.asking, 1);
}

/* nogil says that the outermost rt_gil_give() releases it again. */
void rt_gil_take(Call *c)
{
    if (c->gil_depth++ > 0)
        return;
    if (c->worker) {
        worker_take(c);
        return;
    }
    c->nogil = c->thread_state != NULL;
    if (c->nogil)
        PyEval_RestoreThread(c->thread_state);
    c->thread_state = NULL;
}

void rt_gil_give(Call *c)
{
    if (--c->gil_depth > 0)
        return;
    if (c->worker)
        PyGILState_Release((PyGILState_STATE)c->gil_state);
    else if (c->nogil)
        rt_gil_release(c);
}

void rt_without_gil(Call *c, void (*work)(void *), void *arg)
{
    bool held = !c->worker && c->thread_state == NULL;
    if (held)
        rt_gil_release(c);
    work(arg);
    if (held) {
        PyEval_RestoreThread(c->thread_state);
        c->thread_state = NULL;
    }
}

Status rt_fail(Call *c, DiagId id, uint32_t n, ...)
{
    va_list args;
    va_start(args, n);
    c->error = ERROR_DIAG;
    c->diag = (int32_t)id;
    c->noperand = (int32_t)(n < CALL_OPERANDS ? n : CALL_OPERANDS);
    for (int32_t k = 0; k < c->noperand; k++)
        c->operand[k] = va_arg(args, int64_t);
    va_end(args);
    return STATUS_ERROR;
}

Status rt_fail_py(Call *c)
{
    c->error = ERROR_PYTHON;
    if (c->worker)                      /* its thread state goes with the GIL */
        rt_error_detach(c);
    return STATUS_ERROR;
}

void rt_error_detach(Call *c)
{
    PyObject *type, *value, *trace;
    if (c->pending != NULL)
        return;
    rt_gil_take(c);
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace != NULL)
        PyException_SetTraceback(value, trace);
    c->pending = value;
    Py_XDECREF(type);
    Py_XDECREF(trace);
    rt_gil_give(c);
}

/* What is detached becomes CPython's again, where the thread keeps it. */
static void attach(Call *c)
{
    rt_gil_take(c);
    PyErr_SetObject((PyObject *)Py_TYPE((PyObject *)c->pending), c->pending);
    Py_CLEAR(c->pending);
    rt_gil_give(c);
}

void rt_error_move(Call *to, Call *from)
{
    to->error = from->error;
    to->diag = from->diag;
    to->noperand = from->noperand;
    memcpy(to->operand, from->operand, sizeof to->operand);
    to->exception = from->exception;
    memcpy(to->slot, from->slot, sizeof to->slot);
    for (uint32_t k = 0; k < from->nframe; k++)
        rt_trace(to, from->frame[k].fn, (int32_t)from->frame[k].pos);
    to->interrupted = from->interrupted;
    from->interrupted = false;
    to->pending = from->pending;
    from->pending = NULL;
    from->error = ERROR_NONE;
    from->nframe = 0;
    if (to->pending != NULL && !to->worker)
        attach(to);
}

void rt_error_drop(Call *c)
{
    if (c->pending != NULL) {
        rt_gil_take(c);
        Py_CLEAR(c->pending);
        rt_gil_give(c);
    }
    if (c->error == ERROR_RAISE)
        rt_drop(c->exception, c->slot);
    if (c->frame != c->frame_first)
        free(c->frame);
    c->frame = c->frame_first;
    c->frame_cap = countof(c->frame_first);
    c->nframe = 0;
    c->error = ERROR_NONE;
    c->interrupted = false;
}

static Status raise_now(Call *c)
{
    rt_gil_take(c);
    PyErr_SetObject((PyObject *)Py_TYPE((PyObject *)c->raised), c->raised);
    Py_CLEAR(c->raised);
    c->interrupted = true;
    Status s = rt_fail_py(c);
    rt_gil_give(c);
    return s;
}

/* The first poll says that the work is worth releasing the GIL; later ones are the ticker's. */
__attribute__((used)) static Status poll(Call *c)
{
    atomic_store(&c->poll, 0);          /* before it looks: who stops it now sets the word again */
    if (c->job != NULL && rt_stopped(c)) {
        c->error = ERROR_STOPPED;
        rt_poll_set(c, 1);              /* no handler of the user's holds this up for long */
        return STATUS_ERROR;
    }
    if (c->raised != NULL)
        return raise_now(c);
    if (c->worker)
        return STATUS_OK;
    if (!c->registered) {
        rt_gil_release(c);
        if (on_main_thread()) {
            ticker_add(c);
            c->registered = true;
        }
        return STATUS_OK;
    }
    rt_gil_take(c);
    c->interrupted = PyErr_CheckSignals() != 0;
    rt_gil_give(c);
    return c->interrupted ? rt_fail_py(c) : STATUS_OK;
}

/* poll() for compiled code, LLVM's calling convention preserve_most: all integer registers but rax and r11 are kept, so that
 * loops need not make room for a call that is hardly ever made. */
__attribute__((naked)) Status rt_poll(Call *c)
{
#define SAVE(r) "push %%" #r "\n.cfi_adjust_cfa_offset 8\n"
#define RESTORE(r) "pop %%" #r "\n.cfi_adjust_cfa_offset -8\n"
    __asm__(SAVE(rcx) SAVE(rdx) SAVE(rsi) SAVE(rdi) SAVE(r8) SAVE(r9) SAVE(r10)
            "call %P0\n"
            RESTORE(r10) RESTORE(r9) RESTORE(r8) RESTORE(rdi) RESTORE(rsi) RESTORE(rdx) RESTORE(rcx)
            "ret" : : "i"(poll));
}

Status rt_recursion(Call *c) { return rt_fail(c, DIAG_RECURSION, 0); }

void rt_trace(Call *c, const FnInfo *fn, int32_t pos)
{
    if (c->nframe >= FRAME_MAX) {
        c->nframe_dropped++;
        return;
    }
    if (c->nframe == c->frame_cap) {
        uint32_t cap = c->frame_cap * 4;
        bool first = c->frame == c->frame_first;
        Frame *more = realloc(first ? NULL : c->frame, cap * sizeof *more);
        if (more == NULL) {
            c->nframe_dropped++;
            return;
        }
        if (first)
            memcpy(more, c->frame_first, sizeof c->frame_first);
        c->frame = more;
        c->frame_cap = cap;
    }
    c->frame[c->nframe++] = (Frame){ fn, (uint32_t)pos };
}
