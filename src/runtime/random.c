/* random.c: the generator behind numpy.random in compiled code: MT19937 (Matsumoto and Nishimura 1998), one for each
 * thread, since threads share nothing and need no lock. A thread that was never seeded, or that a fork began, begins with
 * numbers of the system's. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif
#include "runtime/functions.h"

enum { WORDS = 624, AHEAD = 397 };
typedef struct Random { uint32_t word[WORDS]; uint32_t at; bool seeded, has_gauss; double gauss; } Random;
static __thread Random *random_mine __attribute__((tls_model("initial-exec")));  /* room for such data is scarce: a pointer */
static pthread_key_t random_key;                /* frees it as the thread ends */
static pthread_once_t random_once = PTHREAD_ONCE_INIT;

/* A forked child has numbers of its own. */
static void fork_child(void)
{
    if (random_mine != NULL)
        *random_mine = (Random){ .at = WORDS };
}

static void make_key(void)
{
    pthread_key_create(&random_key, free);
    pthread_atfork(NULL, NULL, fork_child);
}

/* Without memory all threads that have none share one. */
static Random *make_random(void)
{
    static Random shared;
    Random *r = calloc(1, sizeof *r);
    pthread_once(&random_once, make_key);
    if (r != NULL)
        pthread_setspecific(random_key, r);
    else
        r = &shared;
    r->at = WORDS;                              /* the first number asks for a seed */
    return random_mine = r;
}

static inline Random *mine(void) { return random_mine != NULL ? random_mine : make_random(); }

static void seed_words(Random *r, uint32_t seed)
{
    r->word[0] = seed;
    for (uint32_t k = 1; k < WORDS; k++)
        r->word[k] = 1812433253u * (r->word[k - 1] ^ (r->word[k - 1] >> 30)) + k;
    r->at = WORDS;
    r->seeded = true;
    r->has_gauss = false;
}

void rt_random_seed(int64_t seed) { seed_words(mine(), (uint32_t)seed); }

static void seed_from_system(Random *r)
{
    uint32_t seed = (uint32_t)time(NULL) ^ (uint32_t)(uintptr_t)r ^ ((uint32_t)getpid() << 16);
#ifdef __linux__
    uint32_t entropy;
    if (getrandom(&entropy, sizeof entropy, GRND_NONBLOCK) == sizeof entropy)
        seed = entropy;
#endif
    seed_words(r, seed);
}

static inline uint32_t mixed(uint32_t high, uint32_t low, uint32_t far)
{
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return far ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
}

static void refill(Random *r)
{
    if (!r->seeded)
        seed_from_system(r);
    uint32_t *w = r->word;
    for (uint32_t k = 0; k < WORDS - AHEAD; k++)
        w[k] = mixed(w[k], w[k + 1], w[k + AHEAD]);
    for (uint32_t k = WORDS - AHEAD; k < WORDS - 1; k++)
        w[k] = mixed(w[k], w[k + 1], w[k + AHEAD - WORDS]);
    w[WORDS - 1] = mixed(w[WORDS - 1], w[0], w[AHEAD - 1]);
    r->at = 0;
}

static inline uint32_t next_word(Random *r)
{
    if (r->at >= WORDS)
        refill(r);
    uint32_t y = r->word[r->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static inline double next_double(Random *r)
{
    uint32_t a = next_word(r) >> 5, b = next_word(r) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

int64_t rt_random_bits(void) { return next_word(mine()); }
double rt_random_double(void) { return next_double(mine()); }

/* The polar method gives two: one is kept for the next call, as in NumPy's RandomState. */
double rt_random_gauss(void)
{
    Random *r = mine();
    double x, y, s;
    if (r->has_gauss) {
        r->has_gauss = false;
        return r->gauss;
    }
    do {
        x = 2.0 * next_double(r) - 1.0;
        y = 2.0 * next_double(r) - 1.0;
        s = x * x + y * y;
    } while (s >= 1.0 || s == 0.0);
    double f = sqrt(-2.0 * log(s) / s);
    r->gauss = f * x;
    r->has_gauss = true;
    return f * y;
}
