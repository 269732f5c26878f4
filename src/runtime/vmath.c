/* vmath.c: floating-point functions of our own, as scalars and as vectors of 32 and of 64 bytes: those that SLEEF computes slowly.
 *
 * vmath.h is their source, compiled once for each width; here is what it is written with. A form does the same operations on each
 * element as any other, so all forms of a function have the same bits. They need AVX2 and FMA, or AVX-512: who calls them has
 * looked (lower/cpu/sleef.c). Names: nj_tanhf, and nj_tanhf8, nj_tanhf16 for vectors of 8 and of 16. */
#include "runtime/functions.h"
#include <math.h>
#include <string.h>

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#include <immintrin.h>
#define VMATH_FORMS 1
/* -ffp-contract: what is fused says so */
#pragma GCC optimize("-ffp-contract=off")

/* by width: D, U: doubles and their bits; F, V: floats and theirs, twice as many; G: floats, as many as D */
typedef double D1; typedef uint64_t U1; typedef float F1; typedef uint32_t V1;
typedef double D4 __attribute__((vector_size(32))), D8 __attribute__((vector_size(64)));
typedef uint64_t U4 __attribute__((vector_size(32))), U8 __attribute__((vector_size(64)));
typedef float F8 __attribute__((vector_size(32))), F16 __attribute__((vector_size(64)));
typedef uint32_t V8 __attribute__((vector_size(32))), V16 __attribute__((vector_size(64)));

static inline uint64_t bits_of(double x) { uint64_t u; memcpy(&u, &x, 8); return u; }
static inline double of_bits(uint64_t u) { double x; memcpy(&x, &u, 8); return x; }
static inline uint32_t bits_of_float(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
static inline float float_of_bits(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }

/* by part: vmath.h, pow */
#define POW(inverse, high, low) inverse,
static const double pow_inverse[] = {
#include "runtime/pow.def"
};
#undef POW
#define POW(inverse, high, low) high,
static const double pow_high[] = {
#include "runtime/pow.def"
};
#undef POW
#define POW(inverse, high, low) low,
static const double pow_low[] = {
#include "runtime/pow.def"
};
#undef POW

/* ---- one element ---- */
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define D D1
#define U U1
#define F F1
#define V V1
#define NAME_D(name) nj_##name
#define NAME_F(name) nj_##name##f
#define LOCAL(name) name##_1
#define LANES_D 1
#define LANES_F 1
#define BITS(x) bits_of(x)
#define OF_BITS(u) of_bits(u)
#define BITS_F(x) bits_of_float(x)
#define OF_BITS_F(u) float_of_bits(u)
#define IS(a, op, b) ((a) op (b))
#define IS_F(a, op, b) ((a) op (b))
#define SELECT(m, a, b) ((m) ? (a) : (b))
#define SELECT_F(m, a, b) ((m) ? (a) : (b))
#define LEAST(a, b) ((a) < (b) ? (a) : (b))
#define MOST(a, b) ((a) > (b) ? (a) : (b))
#define MASK bool
#define MASK_F bool
#define FMA(a, b, c) __builtin_fma(a, b, c)
#define FMA_F(a, b, c) __builtin_fmaf(a, b, c)
#define TRUNC(x) __builtin_trunc(x)
#define TRUNC_F(x) __builtin_truncf(x)
#define ANY(m) (m)
#define ALL(m) (m)
#define BOTH(a, b) ((a) & (b))
#define ANY_F(m) (m)
#define AT(table, k) (table)[k]
#define BY_HALVES(f, x) ((float)f((double)(x)))
#include "runtime/vmath.h"
#include "runtime/vmath_end.h"

static double powi_few(double x, double n) { return powi_near_1(x, n); }

/* ---- 32 bytes ---- */
#define D D4
#define U U4
#define F F8
#define V V8
#define NAME_D(name) nj_##name##4
#define NAME_F(name) nj_##name##f8
#define LOCAL(name) name##_4
#define LANES_D 4
#define LANES_F 8
#define BITS(x) ((U)(x))
#define OF_BITS(u) ((D)(u))
#define BITS_F(x) ((V)(x))
#define OF_BITS_F(u) ((F)(u))
#define IS(a, op, b) ((__m256d)((a) op (b)))
#define IS_F(a, op, b) ((__m256)((a) op (b)))
#define SELECT(m, a, b) ((D)_mm256_blendv_pd((__m256d)(b), (__m256d)(a), m))
#define SELECT_F(m, a, b) ((F)_mm256_blendv_ps((__m256)(b), (__m256)(a), m))
#define LEAST(a, b) ((D)_mm256_min_pd((__m256d)(a), (__m256d)(b)))
#define MOST(a, b) ((D)_mm256_max_pd((__m256d)(a), (__m256d)(b)))
#define MASK __m256d
#define MASK_F __m256
#define FMA(a, b, c) ((D)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#define FMA_F(a, b, c) ((F)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define TRUNC(x) ((D)_mm256_round_pd((__m256d)(x), 11))
#define TRUNC_F(x) ((F)_mm256_round_ps((__m256)(x), 11))
#define ANY(m) (_mm256_movemask_pd(m) != 0)
#define ALL(m) (_mm256_movemask_pd(m) == 15)
#define BOTH(a, b) _mm256_and_pd(a, b)
#define ANY_F(m) (_mm256_movemask_ps(m) != 0)
#define AT(table, k) ((D)_mm256_i64gather_pd(table, (__m256i)(k), 8))
#define HALF(x, k) ((D)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)(x), k)))
#define FLOATS(x) _mm256_cvtpd_ps((__m256d)(x))
#define BY_HALVES(f, x) ((F)_mm256_set_m128(FLOATS(f(HALF(x, 1))), FLOATS(f(HALF(x, 0)))))
#include "runtime/vmath.h"
#include "runtime/vmath_end.h"
#pragma GCC pop_options

/* ---- 64 bytes ---- */
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,fma,prefer-vector-width=512")
#define D D8
#define U U8
#define F F16
#define V V16
#define NAME_D(name) nj_##name##8
#define NAME_F(name) nj_##name##f16
#define LOCAL(name) name##_8
#define LANES_D 8
#define LANES_F 16
#define BITS(x) ((U)(x))
#define OF_BITS(u) ((D)(u))
#define BITS_F(x) ((V)(x))
#define OF_BITS_F(u) ((F)(u))
#define IS(a, op, b) _mm512_cmp_pd_mask((__m512d)(a), (__m512d)(b), WHEN(op))
#define IS_F(a, op, b) _mm512_cmp_ps_mask((__m512)(a), (__m512)(b), WHEN(op))
#define SELECT(m, a, b) ((D)_mm512_mask_blend_pd(m, (__m512d)(b), (__m512d)(a)))
#define SELECT_F(m, a, b) ((F)_mm512_mask_blend_ps(m, (__m512)(b), (__m512)(a)))
#define LEAST(a, b) ((D)_mm512_min_pd((__m512d)(a), (__m512d)(b)))
#define MOST(a, b) ((D)_mm512_max_pd((__m512d)(a), (__m512d)(b)))
#define MASK __mmask8
#define MASK_F __mmask16
#define WHEN(op) (1 op 2 ? _CMP_LT_OQ : 2 op 1 && 1 op 1 ? _CMP_GE_OQ : 2 op 1 ? _CMP_GT_OQ : _CMP_EQ_OQ)   /* < >= > == */
#define FMA(a, b, c) ((D)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#define FMA_F(a, b, c) ((F)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define TRUNC(x) ((D)_mm512_roundscale_pd((__m512d)(x), 11))
#define TRUNC_F(x) ((F)_mm512_roundscale_ps((__m512)(x), 11))
#define ANY(m) ((m) != 0)
#define ALL(m) ((m) == 255)
#define BOTH(a, b) ((__mmask8)((a) & (b)))
#define ANY_F(m) ((m) != 0)
#define AT(table, k) ((D)_mm512_i64gather_pd((__m512i)(k), table, 8))
#define HALF(x, k) ((D)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)(x), k)))
#define FLOATS(x) _mm512_cvtpd_ps((__m512d)(x))
#define BY_HALVES(f, x) \
    ((F)_mm512_insertf32x8(_mm512_castps256_ps512(FLOATS(f(HALF(x, 0)))), FLOATS(f(HALF(x, 1))), 1))
#include "runtime/vmath.h"
#include "runtime/vmath_end.h"
#pragma GCC pop_options

double rt_powi(double x, double n)
{
    if (n == 2 || n == 3)
        return n == 2 ? x * x : x * x * x;
    return fabs(n) <= POWI_MOST && __builtin_cpu_supports("fma") ? powi_few(x, n) : pow(x, n);
}
#else
double rt_powi(double x, double n) { return n == 2 ? x * x : n == 3 ? x * x * x : pow(x, n); }
#endif

#define FORM(name) { #name, (void *)name },
#define FORMS_D(name) FORM(nj_##name) FORM(nj_##name##4) FORM(nj_##name##8)
#define FORMS_F(name) FORM(nj_##name##f) FORM(nj_##name##f8) FORM(nj_##name##f16)
const RtSymbol rt_vmath[] = {
#ifdef VMATH_FORMS
    FORMS_D(fmod) FORMS_D(pow) FORMS_D(powi) FORMS_D(tanh)
    FORMS_F(fmod) FORMS_F(expm1) FORMS_F(sinh) FORMS_F(cosh) FORMS_F(tanh)
#endif
    { NULL, NULL }
};
