/* pool.c: the process's threads, and regions of work that they share.
 *
 * A region is a Job: nchunk calls of one function, taken by the caller and by every worker that comes along. Each thread has a share
 * of neighbouring chunks, the same in each region of as many, so that what it has in its cache is of use again (two threads on
 * arrays of 100,000 elements: 0.7 to 0.9 of the time); when its share is done it takes from others'. The caller waits only for chunks that
 * others have begun, so a region ends even where no worker ever gets a core. Idle workers spin shortly, then sleep on a futex.
 * Regions nest, and any thread may open one.
 *
 * What a chunk computes depends on its number alone. The error of the lowest chunk wins: chunks above it are not begun,
 * those already running are told by their poll word; chunks below it run to their end. What a signal's handler raises stops
 * all of them; so does the end of a region around, whose chunk this one is part of. */
#define _GNU_SOURCE
#include "runtime/functions.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 255, SPIN = 2000, WAIT_NS = 20 * 1000 * 1000, STACK_BYTES = 8 << 20 };

/* Chunks from next to end are to be taken, in order. In a cache line of its own. */
typedef struct Share { _Alignas(64) _Atomic int64_t next; int64_t end; } Share;

typedef struct Job {
    ChunkFn run;
    void *context;
    uint32_t nshare;            /* one for each thread that may come; the caller's is the first */
    _Atomic int64_t limit;      /* chunks from here on are not wanted: the lowest that failed; INT64_MIN: none is */
    _Atomic uint32_t inside;    /* workers in it; a futex */
    uint32_t entered, most;     /* under the lock: workers that came, and may come */
    Call *call[WORKERS_MAX];    /* under the lock: theirs, or NULL */
    Call failed;                /* under the lock: the error of chunk `failed_at` */
    int64_t failed_at;
    const struct Job *outer;    /* the job in whose chunk `outer_chunk` this one was opened, or NULL */
    int64_t outer_chunk;
    struct Job *below;          /* the list of open jobs, newest first */
    Share share[];
} Job;

/* The process's one pool. Not of a module: threads and fork are the process's. */
static struct {
    pthread_mutex_t lock;
    Job *jobs;
    _Atomic uint32_t size;      /* threads with the caller; 0: not asked for yet */
    uint32_t started;           /* workers that run */
    _Atomic uint32_t signal;    /* counts regions: what idle workers wait on */
    _Atomic uint32_t sleeping;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static __thread uint32_t thread_mask __attribute__((tls_model("initial-exec")));   /* rt_threads_set(); 0: all */
static __thread uint32_t thread_number __attribute__((tls_model("initial-exec")));  /* of a worker; 0: none */
static __thread int64_t chunk_size __attribute__((tls_model("initial-exec")));      /* rt_chunk_size() */

static void futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t ns)
{
    struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, ns ? &t : NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, uint32_t n) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0); }

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* size ------------------------------------------------------------------------------------------------------- */

static uint32_t cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : (uint32_t)n;
}

static uint32_t pool_size(void)
{
    uint32_t size = atomic_load_explicit(&pool.size, memory_order_relaxed);
    if (size == 0) {                    /* two threads that ask at once find the same */
        const char *s = getenv("NUMJIT_NUM_THREADS");
        long n = s ? strtol(s, NULL, 10) : 0;
        size = n > 0 ? (n > WORKERS_MAX ? WORKERS_MAX : (uint32_t)n) : cores();
        atomic_store_explicit(&pool.size, size, memory_order_relaxed);
    }
    return size;
}

int64_t rt_threads(void) { return thread_mask ? thread_mask : pool_size(); }
int64_t rt_threads_most(void) { return pool_size(); }

bool rt_threads_set(int64_t n)
{
    if (n < 1 || n > pool_size())
        return false;
    thread_mask = (uint32_t)n;
    return true;
}

Status rt_threads_choose(Call *c, int64_t n)
{
    return rt_threads_set(n) ? STATUS_OK : rt_fail(c, DIAG_NUM_THREADS, 1, rt_threads_most());
}

int64_t rt_thread_id(void) { return thread_number; }

int64_t rt_chunk_size(int64_t n)
{
    int64_t was = chunk_size;
    chunk_size = n;
    return was;
}

/* chunks ----------------------------------------------------------------------------------------------------- */

/* Needs the lock. */
static void stop_above(Job *j, int64_t chunk)
{
    int64_t limit = atomic_load(&j->limit);
    if (chunk < limit)
        atomic_store(&j->limit, chunk);
    for (uint32_t k = 0; k < j->entered; k++)
        if (j->call[k])
            rt_poll_set(j->call[k], 1);
}

/* Is this chunk of j not wanted any more, or what it is part of? */
static bool is_stopped(const Job *j, int64_t chunk)
{
    for (; j; chunk = j->outer_chunk, j = j->outer)
        if (chunk >= atomic_load(&j->limit))
            return true;
    return false;
}

bool rt_stopped(const Call *c) { return is_stopped(c->job, c->chunk); }

/* A Call that only keeps an error; a Python exception in it is an object. */
static void keeper(Call *c)
{
    rt_call_begin(c);
    c->worker = true;
}

/* The error of c, which ran `chunk`, becomes the job's if it is the lowest; c has none afterwards. Where the job itself is not wanted any
 * more, all of it is stopped. */
static void keep_error(Job *j, Call *c, int64_t chunk)
{
    Call higher;
    keeper(&higher);
    rt_error_box(c);
    if (c->error == ERROR_PYTHON)
        rt_error_detach(c);
    if (c->error == ERROR_STOPPED)
        chunk = is_stopped(j->outer, j->outer_chunk) ? INT64_MIN : INT64_MAX;
    else if (c->interrupted)
        chunk = INT64_MIN;              /* whatever chunk it was in: all are */
    pthread_mutex_lock(&pool.lock);     /* no one waits for the GIL under it */
    if (chunk < j->failed_at) {
        rt_error_move(&higher, &j->failed);
        rt_error_move(&j->failed, c);
        j->failed_at = chunk;
        stop_above(j, chunk);
    }
    pthread_mutex_unlock(&pool.lock);
    rt_error_drop(&higher);
    rt_error_drop(c);
}

static void take_share(Job *j, Call *c, Share *share)
{
    for (;;) {
        int64_t k = atomic_fetch_add(&share->next, 1);
        if (k >= share->end || k >= atomic_load(&j->limit))
            return;
        c->chunk = k;
        if (j->run(c, j->context, k) != STATUS_OK)
            keep_error(j, c, k);
    }
}

/* first: its own share */
static void take_chunks(Job *j, Call *c, uint32_t first)
{
    for (uint32_t k = 0; k < j->nshare; k++)
        take_share(j, c, &j->share[(first + k) % j->nshare]);
}

static bool has_chunks(Job *j)
{
    for (uint32_t k = 0; k < j->nshare; k++)
        if (atomic_load_explicit(&j->share[k].next, memory_order_relaxed) < j->share[k].end)
            return true;
    return false;
}

/* workers ---------------------------------------------------------------------------------------------------- */

/* A job with chunks left, entered; NULL: none. Needs the lock. */
static Job *find_job(uint32_t *seat)
{
    for (Job *j = pool.jobs; j; j = j->below)
        if (j->entered < j->most && has_chunks(j)) {
            *seat = j->entered++;
            j->call[*seat] = NULL;
            atomic_fetch_add(&j->inside, 1);
            return j;
        }
    return NULL;
}

static void work(Job *j, uint32_t seat, Call *c)
{
    c->job = j;
    rt_poll_set(c, 0);
    pthread_mutex_lock(&pool.lock);
    j->call[seat] = c;
    pthread_mutex_unlock(&pool.lock);
    take_chunks(j, c, thread_number);
    rt_let_go(c);
    pthread_mutex_lock(&pool.lock);
    j->call[seat] = NULL;
    pthread_mutex_unlock(&pool.lock);
    if (atomic_fetch_sub(&j->inside, 1) == 1)       /* j may be freed from here on: of its word only the address is used */
        futex_wake(&j->inside, 1);
}

static void *worker_main(void *number)
{
    Call c;
    thread_number = (uint32_t)(uintptr_t)number;
    rt_call_begin(&c);
    c.worker = true;
    while (thread_number > 0) {
        uint32_t seen = atomic_load(&pool.signal), seat = 0;
        pthread_mutex_lock(&pool.lock);
        Job *j = find_job(&seat);
        pthread_mutex_unlock(&pool.lock);
        if (j) {
            work(j, seat, &c);
            continue;
        }
        for (int k = 0; k < SPIN && atomic_load_explicit(&pool.signal, memory_order_relaxed) == seen; k++)
            relax();
        if (atomic_load(&pool.signal) != seen)
            continue;
        atomic_fetch_add(&pool.sleeping, 1);
        futex_wait(&pool.signal, seen, 0);
        atomic_fetch_sub(&pool.sleeping, 1);
    }
    return NULL;
}

static void fork_prepare(void) { pthread_mutex_lock(&pool.lock); }
static void fork_parent(void) { pthread_mutex_unlock(&pool.lock); }

/* Workers stayed in the parent, with the chunks they had begun. A job that the forking thread itself has open (a signal handler
 * that forks) ends with an error, in the child; if it is a worker (an exception's constructor forks), it ends with what it is at. */
static void fork_child(void)
{
    thread_number = 0;
    pthread_mutex_init(&pool.lock, NULL);
    for (Job *j = pool.jobs; j; j = j->below) {
        atomic_store(&j->limit, INT64_MIN);
        atomic_store(&j->inside, 0);
        if (j->failed_at == INT64_MAX)
            rt_fail(&j->failed, DIAG_FORKED, 0);
        j->failed_at = INT64_MIN;
    }
    pool.jobs = NULL;
    pool.started = 0;
    atomic_store(&pool.sleeping, 0);
}

/* Before the lock is ever taken: where a thread registers them when it has it, another one may fork meanwhile. */
__attribute__((constructor)) static void prepare_forks(void) { pthread_atfork(fork_prepare, fork_parent, fork_child); }

/* Needs the lock. A thread that cannot be made is one worker less: no error. */
static void start_workers(uint32_t want)
{
    pthread_attr_t attr;
    sigset_t all, old;
    if (pool.started >= want || pthread_attr_init(&attr) != 0)
        return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);           /* signals go to the user's threads */
    pthread_t thread;
    while (pool.started < want && pthread_create(&thread, &attr, worker_main, (void *)(uintptr_t)(pool.started + 1)) == 0)
        pool.started++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

/* regions ---------------------------------------------------------------------------------------------------- */

static void open_job(Job *j)
{
    pthread_mutex_lock(&pool.lock);
    start_workers(j->most);
    j->below = pool.jobs;
    pool.jobs = j;
    pthread_mutex_unlock(&pool.lock);
    atomic_fetch_add(&pool.signal, 1);
    if (atomic_load(&pool.sleeping) > 0)
        futex_wake(&pool.signal, j->most);
}

static void unlink_job(Job *j)
{
    pthread_mutex_lock(&pool.lock);
    for (Job **at = &pool.jobs; *at; at = &(*at)->below)
        if (*at == j) {
            *at = j->below;
            break;
        }
    pthread_mutex_unlock(&pool.lock);
}

/* Until the workers have left: they have begun chunks. The caller's own polls go on, so Ctrl-C stops them. */
static void wait_for_workers(Job *j, Call *c)
{
    for (int spin = 0; ; spin++) {
        uint32_t n = atomic_load(&j->inside);
        if (n == 0)
            return;
        if (spin < SPIN) {
            relax();
            continue;
        }
        futex_wait(&j->inside, n, WAIT_NS);
        if (atomic_load_explicit(&c->poll, memory_order_relaxed) && rt_poll(c) != STATUS_OK) {
            keep_error(j, c, INT64_MAX);
            spin = 0;
        }
    }
}

static Status serial(Call *c, ChunkFn run, void *context, int64_t nchunk)
{
    for (int64_t k = 0; k < nchunk; k++)
        if (run(c, context, k) != STATUS_OK)
            return STATUS_ERROR;
    return STATUS_OK;
}

Status rt_parallel(Call *c, ChunkFn run, void *context, int64_t nchunk)
{
    int64_t threads = rt_threads();
    if (nchunk < 2 || threads < 2 || rt_ending())
        return serial(c, run, context, nchunk);
    uint32_t nshare = (uint32_t)(threads < nchunk ? threads : nchunk);
    Job *j = aligned_alloc(_Alignof(Job), sizeof *j + nshare * sizeof *j->share);
    if (j == NULL)
        return serial(c, run, context, nchunk);
    j->run = run;
    j->context = context;
    j->nshare = nshare;
    for (uint32_t k = 0; k < nshare; k++) {
        atomic_init(&j->share[k].next, nchunk * k / nshare);
        j->share[k].end = nchunk * (k + 1) / nshare;
    }
    atomic_init(&j->limit, INT64_MAX);
    atomic_init(&j->inside, 0);
    j->entered = 0;
    j->most = nshare - 1;
    j->failed_at = INT64_MAX;
    keeper(&j->failed);
    if (!c->worker && !c->registered)
        rt_poll(c);                                     /* releases the GIL, begins to listen for signals */
    j->outer = c->job;
    j->outer_chunk = c->chunk;
    c->job = j;
    open_job(j);
    take_chunks(j, c, 0);
    unlink_job(j);
    c->job = (void *)j->outer;                          /* out of its chunks, which may not be wanted: its polls are for signals again */
    c->chunk = j->outer_chunk;
    wait_for_workers(j, c);
    Status s = STATUS_OK;
    if (j->failed_at != INT64_MAX) {
        rt_error_move(c, &j->failed);
        s = STATUS_ERROR;
    }
    rt_error_drop(&j->failed);
    free(j);
    return s;
}

/* The tree ------------------------------------------------------------------------------------------------------
 * n iterations are halved, the left half rounded down to a multiple of 8, as NumPy halves what it sums, until the parts have
 * about CHUNK_WORK units of work. So the parts depend on n alone, and a sum of them by pairs is NumPy's sum. */
enum { CHUNK_WORK = 1 << 15, CHUNKS_MAX = 1 << 10, LEAF_MIN = 128, OWN_COST = 4, OWN_MAX = 1 << 24 };

/* A chunk that fills and adds up `own` elements has at least as much other work, and all have OWN_MAX elements at most. */
int64_t rt_chunks(int64_t n, int64_t cost, int64_t own)
{
    int64_t work = own > CHUNK_WORK / OWN_COST ? own * OWN_COST : CHUNK_WORK;
    int64_t chunks = 1, leaf = chunk_size > 0 ? chunk_size : work / (cost < 1 ? 1 : cost);
    if (leaf < 1)
        leaf = 1;
    for (int64_t part = n; part > leaf && part >= 2 && chunks < CHUNKS_MAX && (own == 0 || 2 * chunks <= OWN_MAX / own); part = (part + 1) / 2)
        chunks *= 2;
    return chunks;
}

int64_t rt_chunk_levels(int64_t nchunk) { return __builtin_ctzll((uint64_t)nchunk); }

int64_t rt_chunk_start(int64_t n, int64_t nchunk, int64_t k)
{
    int64_t start = 0;
    if (k >= nchunk)
        return n;
    for (int64_t half = nchunk / 2; half > 0; half /= 2) {
        int64_t left = n / 2;
        if (left > LEAF_MIN / 2)
            left -= left % 8;
        if (k >= half) {
            k -= half;
            start += left;
            n -= left;
        } else {
            n = left;
        }
    }
    return start;
}
