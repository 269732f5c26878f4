/* block.c: memory of arrays. Big blocks that die are kept for the next of their size, since a page fault costs more than the
 * arithmetic on a page. Never touches Python.
 *
 * A size class is an eighth of a power of two, so at most 12.5 % of a block lies idle. Kept blocks are at most `limit`
 * bytes together; the list of a class is a stack: the block used last is the one whose pages are in the cache. Nobody waits
 * for the lock: who does not get it (another thread, or one that a fork left behind) goes to malloc and free. Of little
 * blocks each thread keeps a few, whatever the limit is but 0; they do not count. */
#include "runtime/functions.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGN = 64, KEEP_FROM = 64 << 10, HUGE_PAGE_FROM = 4 << 20, CLASSES = 64 * 8 };
#if defined(__SANITIZE_ADDRESS__)
enum { LIMIT = 0 };                         /* a block that is used after its end is to be seen */
#else
enum { LIMIT = 256 << 20 };
#endif
enum { LITTLE_STEP = 64, LITTLE_SIZES = 5, LITTLE_KEPT = 16 };      /* of 0, 64 ... 256 bytes; of each size */

/* Behind Buffer.object: where malloc's block begins, and how many bytes it has for data. */
typedef struct Tail { void *raw; size_t room; } Tail;
static_assert(sizeof(Tail) <= sizeof(((Buffer *)0)->pad), "");

/* The process's memory. Not of a module: blocks outlive it in arrays that Python holds. */
static struct {
    pthread_mutex_t lock;
    Buffer *kept[CLASSES];                  /* Buffer.object leads to the next */
    _Atomic size_t nbytes, limit;           /* kept (changed under the lock only); at most */
    _Atomic int64_t live, used, peak;       /* blocks; their bytes; the most there were */
    _Atomic int64_t apart;                  /* bytes in counts when the peak was reset */
    struct Count *_Atomic counts;           /* of all threads there were */
} memory = { .lock = PTHREAD_MUTEX_INITIALIZER, .limit = LIMIT };

/* What one thread has made less what it has freed, and not yet added to `memory`, and the little blocks it keeps: only that thread writes,
 * so that a small array costs no locked instruction. A thread that ends leaves its Count to the next one. */
typedef struct Count {
    _Atomic int64_t live, used;
    Buffer *little[LITTLE_SIZES];           /* Buffer.object leads to the next */
    uint8_t nlittle[LITTLE_SIZES];
    atomic_bool taken;
    struct Count *next;
} Count;
static __thread Count *mine __attribute__((tls_model("initial-exec")));
static pthread_key_t leaving;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void leave(void *count)
{
    mine = NULL;
    atomic_store_explicit(&((Count *)count)->taken, false, memory_order_release);
}

static void make_key(void) { (void)pthread_key_create(&leaving, leave); }

static Count *take_count(void)
{
    pthread_once(&once, make_key);
    Count *c = atomic_load(&memory.counts);
    while (c != NULL && atomic_exchange(&c->taken, true))
        c = c->next;
    if (c == NULL && (c = calloc(1, sizeof *c)) != NULL) {
        c->taken = true;
        c->next = atomic_load(&memory.counts);
        while (!atomic_compare_exchange_weak(&memory.counts, &c->next, c))
            ;
    }
    if (c != NULL)
        pthread_setspecific(leaving, c);
    return c;
}

static void add(_Atomic int64_t *to, int64_t n)     /* where nobody else writes */
{
    atomic_store_explicit(to, atomic_load_explicit(to, memory_order_relaxed) + n, memory_order_relaxed);
}

static void add_to_all(int64_t nblocks, int64_t nbytes)
{
    atomic_fetch_add_explicit(&memory.live, nblocks, memory_order_relaxed);
    int64_t used = atomic_fetch_add_explicit(&memory.used, nbytes, memory_order_relaxed) + nbytes;
    int64_t peak = atomic_load_explicit(&memory.peak, memory_order_relaxed);
    while (used > peak && !atomic_compare_exchange_weak(&memory.peak, &peak, used))
        ;
}

static bool is_little(int64_t nbytes) { return nbytes < KEEP_FROM && nbytes > -KEEP_FROM; }

static inline void count(int64_t nblocks, int64_t nbytes)
{
    if (unlikely(!is_little(nbytes) || (mine == NULL && (mine = take_count()) == NULL))) {
        add_to_all(nblocks, nbytes);
        return;
    }
    Count *c = mine;
    int64_t used = atomic_load_explicit(&c->used, memory_order_relaxed) + nbytes;
    add(&c->live, nblocks);
    atomic_store_explicit(&c->used, is_little(used) ? used : 0, memory_order_relaxed);
    if (unlikely(!is_little(used)))
        add_to_all(0, used);
}

int64_t rt_live_allocations(void)
{
    int64_t n = atomic_load(&memory.live);
    for (Count *c = atomic_load(&memory.counts); c != NULL; c = c->next)
        n += atomic_load_explicit(&c->live, memory_order_relaxed);
    return n;
}

static int64_t used_now(void)
{
    int64_t n = atomic_load(&memory.used);
    for (Count *c = atomic_load(&memory.counts); c != NULL; c = c->next)
        n += atomic_load_explicit(&c->used, memory_order_relaxed);
    return n;
}

MemoryStats rt_memory_stats(void)
{
    int64_t used = used_now(), peak = atomic_load(&memory.peak) + atomic_load(&memory.apart);
    return (MemoryStats){ .used = used, .peak = used > peak ? used : peak, .kept = (int64_t)memory.nbytes,
                          .limit = (int64_t)memory.limit };
}

void rt_memory_peak_reset(void)
{
    int64_t used = atomic_load(&memory.used);
    atomic_store(&memory.apart, used_now() - used);
    atomic_store(&memory.peak, used);
}

/* The bytes of nbytes' class, and its number. */
static size_t class_of(size_t nbytes, uint32_t *class_)
{
    uint32_t log = 63 - (uint32_t)__builtin_clzll(nbytes | 1024);
    size_t step = (size_t)1 << (log - 3), n = (nbytes + step - 1) & ~(step - 1);
    log = 63 - (uint32_t)__builtin_clzll(n | 1024);
    *class_ = log * 8 + (uint32_t)(n >> (log - 3) & 7);
    return n;
}

static Tail tail_of(const Buffer *b)
{
    Tail t;
    memcpy(&t, b->pad, sizeof t);
    return t;
}

static bool fits_little(size_t nbytes) { return nbytes <= LITTLE_STEP * (LITTLE_SIZES - 1); }
static size_t little_size(size_t nbytes) { return (nbytes + LITTLE_STEP - 1) / LITTLE_STEP; }

static Buffer *take_little(size_t size)
{
    Buffer *b = mine != NULL ? mine->little[size] : NULL;
    if (b != NULL) {
        mine->little[size] = b->object;
        mine->nlittle[size]--;
    }
    return b;
}

static bool keep_little(Buffer *b, size_t size)
{
    if (mine == NULL || memory.limit == 0 || mine->nlittle[size] >= LITTLE_KEPT)
        return false;
    b->object = mine->little[size];
    mine->little[size] = b;
    mine->nlittle[size]++;
    return true;
}

static Buffer *take_kept(size_t nbytes)
{
    uint32_t class_;
    if (fits_little(nbytes))
        return take_little(little_size(nbytes));
    if (nbytes < KEEP_FROM || memory.nbytes == 0 || pthread_mutex_trylock(&memory.lock) != 0)
        return NULL;
    class_of(nbytes, &class_);
    Buffer *b = memory.kept[class_];
    if (b != NULL) {
        memory.kept[class_] = b->object;
        memory.nbytes -= tail_of(b).room;
    }
    pthread_mutex_unlock(&memory.lock);
    return b;
}

static bool keep(Buffer *b)
{
    uint32_t class_;
    size_t room = tail_of(b).room;
    if (fits_little(room))
        return keep_little(b, little_size(room));
    if (room < KEEP_FROM || room > memory.limit || pthread_mutex_trylock(&memory.lock) != 0)
        return false;
    bool fits = memory.nbytes + room <= memory.limit;
    if (fits) {
        class_of(room, &class_);
        b->object = memory.kept[class_];
        memory.kept[class_] = b;
        memory.nbytes += room;
    }
    pthread_mutex_unlock(&memory.lock);
    return fits;
}

/* glibc's calloc has no cache of a thread's own for small blocks. */
static Buffer *make(size_t nbytes, bool zeroed)
{
    uint32_t class_;
    bool small = nbytes < KEEP_FROM;
    size_t room = fits_little(nbytes) ? little_size(nbytes) * LITTLE_STEP : small ? nbytes : class_of(nbytes, &class_);
    size_t total = room + sizeof(Buffer) + ALIGN;
    char *raw = zeroed && !small ? calloc(1, total) : malloc(total);
    if (raw == NULL)
        return NULL;
    Buffer *b = (Buffer *)(((uintptr_t)raw + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
    if (unlikely(nbytes >= HUGE_PAGE_FROM)) {
        uintptr_t from = ((uintptr_t)raw + 4095) & ~(uintptr_t)4095;
        madvise((void *)from, total - 4096, MADV_HUGEPAGE);
    }
    if (zeroed && small)
        memset(rt_data(b), 0, nbytes);
    Tail t = { raw, room };
    memcpy(b->pad, &t, sizeof t);
    return b;
}

/* By trying. */
bool rt_has_room(double nbytes)
{
    if (likely(nbytes < RT_BIG))
        return true;
    void *p = nbytes < 0x1p63 ? malloc((size_t)nbytes) : NULL;
    free(p);
    return p != NULL;
}

Buffer *rt_block_new(int64_t nbytes, bool zeroed)
{
    Buffer *b = take_kept((size_t)nbytes);
    if (b != NULL && zeroed)
        memset(rt_data(b), 0, (size_t)nbytes);
    if (b == NULL)
        b = make((size_t)nbytes, zeroed);
    if (b == NULL && memory.nbytes > 0) {
        rt_memory_free();
        b = make((size_t)nbytes, zeroed);
    }
    if (b == NULL)
        return NULL;
    atomic_init(&b->refs, 1);
    b->nbytes = (size_t)nbytes;
    b->object = NULL;
    count(1, nbytes);
    return b;
}

Status rt_alloc(Call *c, int64_t nbytes, bool zeroed, Buffer **out)
{
    *out = rt_block_new(nbytes, zeroed);
    return *out != NULL ? STATUS_OK : rt_fail(c, DIAG_MEMORY, 1, nbytes);
}

void rt_block_free(Buffer *b)
{
    count(-1, -(int64_t)b->nbytes);
    if (!keep(b))
        free(tail_of(b).raw);
}

/* The little ones of this thread; only it may touch them. */
static void free_little(void)
{
    for (size_t size = 0; size < LITTLE_SIZES; size++)
        for (Buffer *b; (b = take_little(size)) != NULL; )
            free(tail_of(b).raw);
}

void rt_memory_free(void)
{
    free_little();
    if (pthread_mutex_trylock(&memory.lock) != 0)
        return;
    for (uint32_t k = 0; k < CLASSES; k++)
        while (memory.kept[k] != NULL) {
            Buffer *b = memory.kept[k];
            memory.kept[k] = b->object;
            free(tail_of(b).raw);
        }
    memory.nbytes = 0;
    pthread_mutex_unlock(&memory.lock);
}

void rt_memory_limit(int64_t nbytes)
{
    memory.limit = (size_t)nbytes;
    if (memory.nbytes > memory.limit || nbytes == 0)
        rt_memory_free();
}
