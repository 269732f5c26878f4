/* math.c: scalar functions that are no instruction and not libm's. No Python, no errors. */
#include "runtime/functions.h"
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool rt_str_eq(const void *x, const char *a, int64_t na, const void *y, const char *b, int64_t nb)
{
    return (x == y && x) || (na == nb && memcmp(a, b, (size_t)na) == 0);
}

/* The order of UTF-8 bytes is that of the code points. */
int64_t rt_str_cmp(const void *x, const char *a, int64_t na, const void *y, const char *b, int64_t nb)
{
    (void)x, (void)y;
    int d = memcmp(a, b, (size_t)(na < nb ? na : nb));
    return d != 0 ? (d > 0) - (d < 0) : (na > nb) - (na < nb);
}

/* To a negative power: 1 / base^n, rounded to zero. base is not 0 then. */
int64_t rt_pow_int(int64_t base, int64_t exponent)
{
    if (exponent < 0)
        return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
    uint64_t x = (uint64_t)base, r = 1;
    for (; exponent > 0; exponent >>= 1, x *= x)
        r *= 1 + ((x - 1) & -(uint64_t)(exponent & 1));      /* x or 1, without a branch: data decide it */
    return (int64_t)r;
}

/* The inverse of a modulo m > 0 by Euclid's algorithm, or -1. */
static int64_t inverse(int64_t a, int64_t m)
{
    int64_t r = m, next = a, x = 0, next_x = 1;
    while (next != 0) {
        int64_t q = r / next, t = r - q * next, u = x - q * next_x;
        r = next, next = t;
        x = next_x, next_x = u;
    }
    return r != 1 ? -1 : x < 0 ? x + m : x;
}

/* As Python's pow: the result has the sign of the modulus. */
Status rt_pow_mod(Call *c, int64_t base, int64_t exponent, int64_t modulus, int64_t *out)
{
    if (modulus == 0)
        return rt_fail(c, DIAG_VALUE, 1, (int64_t)(intptr_t)"pow() 3rd argument cannot be 0");
    if (modulus == INT64_MIN)
        return rt_fail(c, DIAG_OVERFLOW, 1, (int64_t)(intptr_t)"pow() 3rd argument is too large");
    int64_t m = modulus < 0 ? -modulus : modulus, r = 1 % m;
    int64_t x = base % m < 0 ? base % m + m : base % m;
    uint64_t n = exponent < 0 ? -(uint64_t)exponent : (uint64_t)exponent;
    if (exponent < 0 && m > 1 && (x = inverse(x, m)) < 0)
        return rt_fail(c, DIAG_VALUE, 1, (int64_t)(intptr_t)"base is not invertible for the given modulus");
    for (; n > 0; n >>= 1) {
        if (n & 1)
            r = (int64_t)((__int128)r * x % m);
        x = (int64_t)((__int128)x * x % m);
    }
    *out = modulus < 0 && r != 0 ? r - m : r;
    return STATUS_OK;
}

/* The number as a fraction, modulo 2**61 - 1: CPython's documented hash of numbers. 28 bits a step. */
int64_t rt_hash_float(double x)
{
    enum { BITS = 61 };
    const uint64_t modulus = (UINT64_C(1) << BITS) - 1;
    int exponent;
    if (!isfinite(x))
        return isnan(x) ? 0 : x > 0 ? 314159 : -314159;
    double m = frexp(fabs(x), &exponent);
    uint64_t h = 0;
    while (m != 0) {
        h = (h << 28 & modulus) | h >> (BITS - 28);
        m *= 268435456.0;
        exponent -= 28;
        uint64_t digit = (uint64_t)m;
        m -= (double)digit;
        h += digit;
        h -= h >= modulus ? modulus : 0;
    }
    exponent = exponent >= 0 ? exponent % BITS : BITS - 1 - (-1 - exponent) % BITS;
    h = (h << exponent & modulus) | (exponent ? h >> (BITS - exponent) : 0);
    int64_t r = x < 0 ? -(int64_t)h : (int64_t)h;
    return r == -1 ? -2 : r;
}

/* Of magnitudes: every uint64 is one. */
int64_t rt_gcd(int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    while (y != 0) {
        uint64_t t = x % y;
        x = y;
        y = t;
    }
    return (int64_t)x;
}

/* Correctly rounded in decimal, half to even, as CPython's float.__round__: printf and strtod are exact. */
double rt_round_digits(double x, int64_t ndigits)
{
    char text[1500];
    if (!isfinite(x) || x == 0 || ndigits > 323)
        return x;
    if (ndigits < -308)
        return copysign(0.0, x);
    if (ndigits >= 0) {
        snprintf(text, sizeof text, "%.*f", (int)ndigits, x);
        return strtod(text, NULL);
    }
    snprintf(text, sizeof text, "%.25e", x);
    int exponent = atoi(strchr(text, 'e') + 1), digits = exponent + (int)ndigits;
    if (digits >= 0) {
        snprintf(text, sizeof text, "%.*e", digits, x);
        return strtod(text, NULL);
    }
    snprintf(text, sizeof text, "5e%d", (int)-ndigits - 1);
    if (digits < -1 || fabs(x) <= strtod(text, NULL))
        return copysign(0.0, x);
    snprintf(text, sizeof text, "1e%d", (int)-ndigits);
    return copysign(strtod(text, NULL), x);
}

double rt_round_digits_np(double x, int64_t ndigits)
{
    if (ndigits >= 0) {
        double scale = pow(10.0, (double)ndigits);
        return rint(x * scale) / scale;
    }
    double scale = pow(10.0, -(double)ndigits);
    return rint(x / scale) * scale;
}

static void complex_mul(double *z, double re, double im)
{
    double r = z[0] * re - z[1] * im;
    z[1] = z[0] * im + z[1] * re;
    z[0] = r;
}

/* 1 / z by the larger part, 1 being 1 + 0j. CPython divides by the denominator; NumPy multiplies with its inverse. */
static void complex_inverse(double *z, bool numpy)
{
    double re = z[0], im = z[1];
    if (numpy && re == 0 && im == 0) {
        z[0] = INFINITY, z[1] = NAN;
        return;
    }
    bool wide = fabs(re) >= fabs(im);
    double ratio = wide ? im / re : re / im, denominator = wide ? re + im * ratio : re * ratio + im;
    double x = wide ? 1 + 0 * ratio : ratio + 0, y = wide ? 0 - ratio : 0 * ratio - 1;
    z[0] = numpy ? x * (1 / denominator) : x / denominator;
    z[1] = numpy ? y * (1 / denominator) : y / denominator;
}

/* z to a whole number, by squares; out is 1. NumPy leaves out the product with 1 where the number is 1, 2 or 3. */
static void complex_power(double re, double im, int n, bool numpy, double *out)
{
    double power[2] = { re, im };
    if (numpy && n >= 1 && n <= 3) {
        out[0] = re, out[1] = im;
        for (int k = 1; k < n; k++)
            complex_mul(out, re, im);
        return;
    }
    for (int mask = 1; mask <= abs(n); mask <<= 1) {
        if (abs(n) & mask)
            complex_mul(out, power[0], power[1]);
        complex_mul(power, power[0], power[1]);
    }
    if (n < 0)
        complex_inverse(out, numpy);
}

/* NumPy's npy_cpow. */
static void numpy_pow(double are, double aim, double bre, double bim, double *out)
{
    if (are == 0 && aim == 0) {
        out[0] = out[1] = bre > 0 ? 0 : NAN;
    } else if (bim == 0 && bre == floor(bre) && fabs(bre) < 100) {
        complex_power(are, aim, (int)bre, true, out);
    } else {
        double complex z = cpow(CMPLX(are, aim), CMPLX(bre, bim));
        out[0] = creal(z), out[1] = cimag(z);
    }
}

/* CPython's complex_pow: products for small integers, polar form for the rest. */
static void python_pow(double are, double aim, double bre, double bim, double *out)
{
    if (bim == 0 && bre == floor(bre) && fabs(bre) <= 100) {
        complex_power(are, aim, (int)bre, false, out);
        return;
    }
    if (are == 0 && aim == 0) {
        out[0] = out[1] = bre > 0 ? 0 : NAN;
        return;
    }
    double abs_a = hypot(are, aim), angle = atan2(aim, are);
    double length = pow(abs_a, bre), phase = angle * bre;
    if (bim != 0) {
        length *= exp(-angle * bim);
        phase += bim * log(abs_a);
    }
    out[0] = length * cos(phase);
    out[1] = length * sin(phase);
}

/* One part of a complex result: 0 the real, 1 the imaginary; | 2: as NumPy has it. */
double rt_cpow(double are, double aim, double bre, double bim, int64_t part)
{
    double out[2] = { 1, 0 };
    if (bre != 0 || bim != 0)
        (part & 2 ? numpy_pow : python_pow)(are, aim, bre, bim, out);
    return out[part & 1];
}

double rt_cfun(int64_t function, double re, double im, int64_t part)
{
    double complex z = CMPLX(re, im), r = z;
    switch ((RtComplex)function) {
    case RT_C_EXP: r = cexp(z); break;
    case RT_C_LOG: r = clog(z); break;
    case RT_C_LOG10: r = clog(z); r = CMPLX(creal(r) / M_LN10, cimag(r) / M_LN10); break;
    case RT_C_SQRT: r = csqrt(z); break;
    case RT_C_SIN: r = csin(z); break;
    case RT_C_COS: r = ccos(z); break;
    case RT_C_TAN: r = ctan(z); break;
    case RT_C_ASIN: r = casin(z); break;
    case RT_C_ACOS: r = cacos(z); break;
    case RT_C_ATAN: r = catan(z); break;
    case RT_C_SINH: r = csinh(z); break;
    case RT_C_COSH: r = ccosh(z); break;
    case RT_C_TANH: r = ctanh(z); break;
    case RT_C_ASINH: r = casinh(z); break;
    case RT_C_ACOSH: r = cacosh(z); break;
    case RT_C_ATANH: r = catanh(z); break;
    }
    return part ? cimag(r) : creal(r);
}

/* part: 0 the mantissa, 1 the exponent */
double rt_frexp(double x, int64_t part)
{
    int e = 0;
    double m = frexp(x, &e);
    return part ? e : m;
}

double rt_ldexp(double x, int64_t exponent)
{
    return ldexp(x, exponent > 10000 ? 10000 : exponent < -10000 ? -10000 : (int)exponent);
}

double nj_ldexp(double x, double exponent) { return rt_ldexp(x, (int64_t)fmax(-10000, fmin(10000, exponent))); }
float nj_ldexpf(float x, float exponent) { return ldexpf(x, (int)fmaxf(-10000, fminf(10000, exponent))); }
