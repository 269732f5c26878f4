/* vmath.h: the functions of vmath.c, for the width that D, U, F, V and the macros there say. No #pragma once: it is included for each.
 *
 * Functions of floats are computed in double, which leaves no rounding but the last one to think of: polynomials err by at most
 * 2^-30 of the result. Coefficients: Remez' algorithm, on the interval that the reduction leaves. */

#define SPLAT(c) ((D){ 0 } + (c))
#define SPLAT_F(c) ((F){ 0 } + (c))
#define SIGN ((uint64_t)1 << 63)
#define SIGN_F ((uint32_t)1 << 31)
#define LOCAL_FN __attribute__((always_inline)) static inline

LOCAL_FN D LOCAL(magnitude)(D x) { return OF_BITS(BITS(x) & ~SIGN); }
LOCAL_FN D LOCAL(with_sign)(D x, D sign) { return OF_BITS((BITS(x) & ~SIGN) | (BITS(sign) & SIGN)); }

/* x or, beyond it, the limit; nan stays. */
LOCAL_FN D LOCAL(clamped)(D x, double limit)
{
    return MOST(SPLAT(-limit), LEAST(SPLAT(limit), x));
}

#define LOG2E 0x1.71547652b82fep+0
#define LN2 0x1.62e42fefa39efp-1
#define ROUND 0x1.8p52          /* added and taken away, it leaves a whole number, which its last bits were */
#define ONE ((uint64_t)1023 << 52)
#define POW_START 0x3fe6900000000000 /* bits of the first part's first number */

/* x = n log 2 + *r; 2^n as bits above those of 1. */
LOCAL_FN U LOCAL(reduced)(D x, D *r)
{
    D z = FMA(x, SPLAT(LOG2E), SPLAT(ROUND));
    *r = FMA(z - ROUND, SPLAT(-LN2), x);
    return BITS(z) << 52;
}

/* e^r - 1 where |r| is at most log 2 / 2 */
LOCAL_FN D LOCAL(expm1_near)(D r)
{
    D q = SPLAT(0x1.a2a31a896f935p-13);
    q = FMA(q, r, SPLAT(0x1.6d834b459d936p-10));
    q = FMA(q, r, SPLAT(0x1.11101daee8d94p-7));
    q = FMA(q, r, SPLAT(0x1.55549ef79f87dp-5));
    q = FMA(q, r, SPLAT(0x1.555555a65c8e1p-3));
    q = FMA(q, r, SPLAT(0x1.0000002d93742p-1));
    return FMA(r * r, q, r);
}

LOCAL_FN D LOCAL(expm1_)(D x)
{
    D r;
    U n = LOCAL(reduced)(LOCAL(clamped)(x, 105), &r);
    D s = OF_BITS(n + ONE);
    return LOCAL(with_sign)(FMA(s, LOCAL(expm1_near)(r), s - 1), x);
}

/* e^2x - 1 over e^2x + 1 */
LOCAL_FN D LOCAL(tanh_)(D x)
{
    D r;
    U n = LOCAL(reduced)(LOCAL(clamped)(x + x, 40), &r);
    D s = OF_BITS(n + ONE), e = FMA(s, LOCAL(expm1_near)(r), s - 1);
    return LOCAL(with_sign)(e / (e + 2), x);
}

/* x = n log 2 + r: cosh r (2^n -+ 2^-n) / 2, sinh r (2^n +- 2^-n) / 2 */
LOCAL_FN D LOCAL(hyperbolic)(D x, bool cosine)
{
    D r;
    U n = LOCAL(reduced)(LOCAL(clamped)(x, 105), &r);
    D up = OF_BITS(n + ONE), down = OF_BITS(ONE - n), u = r * r, c = SPLAT(0x1.6da7703268efap-10), s = SPLAT(0x1.a17e0b64bf2e4p-13);
    c = FMA(c, u, SPLAT(0x1.5554647bed330p-5));
    c = FMA(c, u, SPLAT(0x1.0000005ca1036p-1));
    c = FMA(c, u, SPLAT(0x1.ffffffffa6f1ep-1));
    s = FMA(s, u, SPLAT(0x1.1110a612bcd05p-7));
    s = FMA(s, u, SPLAT(0x1.5555557e7ab31p-3));
    s = FMA(s, u, SPLAT(0x1.fffffffff61c7p-1)) * r * 0.5;
    D sum = up + down, difference = up - down;
    return cosine ? FMA(c * 0.5, sum, s * difference) : FMA(c * 0.5, difference, s * sum);
}

LOCAL_FN D LOCAL(sinh_)(D x) { return LOCAL(with_sign)(LOCAL(hyperbolic)(x, false), x); }
LOCAL_FN D LOCAL(cosh_)(D x) { return LOCAL(hyperbolic)(x, true); }

F NAME_F(expm1)(F x) { return BY_HALVES(LOCAL(expm1_), x); }
F NAME_F(tanh)(F x) { return BY_HALVES(LOCAL(tanh_), x); }
F NAME_F(sinh)(F x) { return BY_HALVES(LOCAL(sinh_), x); }
F NAME_F(cosh)(F x) { return BY_HALVES(LOCAL(cosh_), x); }

/* (e^r - 1 - r) / r^2 where |r| is at most log 2 / 2, without its first term's rest */
LOCAL_FN D LOCAL(exp_tail)(D r)
{
    D q = SPLAT(0x1.e631ef0975c6dp-30);
    q = FMA(q, r, SPLAT(0x1.af4dcf72e01c2p-26));
    q = FMA(q, r, SPLAT(0x1.2802243840202p-22));
    q = FMA(q, r, SPLAT(0x1.71de023fa5bb0p-19));
    q = FMA(q, r, SPLAT(0x1.a019f3977fe85p-16));
    q = FMA(q, r, SPLAT(0x1.a01a01abe2eecp-13));
    q = FMA(q, r, SPLAT(0x1.6c16c16f0a075p-10));
    q = FMA(q, r, SPLAT(0x1.11111111100e6p-7));
    q = FMA(q, r, SPLAT(0x1.5555555554d3dp-5));
    q = FMA(q, r, SPLAT(0x1.5555555555557p-3));
    return FMA(q, r, SPLAT(0x1.0000000000001p-1));
}

#define LN2_HIGH 0x1.62e42fefa3800p-1   /* times a number of 10 bits it is exact */
#define LN2_LOW 0x1.ef35793c76730p-45

/* a = n log 2 + r + *rest; *n: as bits of ROUND + n */
LOCAL_FN D LOCAL(reduced_twice)(D a, D *n, D *rest)
{
    *n = FMA(a, SPLAT(LOG2E), SPLAT(ROUND));
    D m = *n - ROUND, t = FMA(m, SPLAT(-LN2_HIGH), a), r = FMA(m, SPLAT(-LN2_LOW), t);
    *rest = FMA(m, SPLAT(-LN2_LOW), t - r);
    return r;
}

/* tanh x = -e / (2 + e) for e = e^(-2|x|) - 1, which is e + low; what dividing rounds away is put back. */
D NAME_D(tanh)(D x)
{
    D a = LOCAL(magnitude)(x) * -2;
    a = MOST(SPLAT(-44), a);
    D z, rest, r = LOCAL(reduced_twice)(a, &z, &rest), q = LOCAL(exp_tail)(r);
    D square = r * r * q, near = r + square, near_low = (r - near) + square + rest;
    D s = OF_BITS((BITS(z) << 52) + ONE), less = s - 1, e = FMA(s, near, less);
    D low = FMA(s, near_low, FMA(s, near, less - e) + (s - (less + 1)));
    D d = e + 2, d_low = ((2 - d) + e) + low, quotient = e / d;
    D left = FMA(-quotient, d_low, FMA(-quotient, d, e) + low);
    D inverse = FMA(FMA(d, SPLAT(0.33333333), SPLAT(-1.48)), d, SPLAT(2.15));       /* 1 / d, to 2 per cent */
    return LOCAL(with_sign)(FMA(left, inverse, quotient), x);
}

/* log x = high + *low, to 68 bits, for x > 0 that is not subnormal. x = 2^k z, and log z = -log c + log(1 + r) for the inverse c of the
 * middle of z's part, 1 where 1 is in it; z c = 1 + r + rest exactly. */
LOCAL_FN D LOCAL(log_twice)(D x, D *low)
{
    U t = BITS(x) - POW_START, part = (t >> 45) & 127, k = (t + ((uint64_t)1024 << 52)) >> 52;
    D n = OF_BITS(k | BITS(SPLAT(0x1p52))) - (0x1p52 + 1024), z = OF_BITS(BITS(x) - (t & ((uint64_t)0xfff << 52)));
    D c = AT(pow_inverse, part), p = z * c, rest = FMA(z, c, -p), r = p - 1;
    D first = FMA(n, SPLAT(LN2_HIGH), AT(pow_high, part)), high = first + r, l = (first - high) + r;
    D half = r * -0.5, square = half * r, sum = high + square;
    D q = SPLAT(-1.0 / 8);
    q = FMA(q, r, SPLAT(1.0 / 7));
    q = FMA(q, r, SPLAT(-1.0 / 6));
    q = FMA(q, r, SPLAT(1.0 / 5));
    q = FMA(q, r, SPLAT(-1.0 / 4));
    q = FMA(q, r, SPLAT(1.0 / 3));
    l += FMA(n, SPLAT(LN2_LOW), AT(pow_low, part)) + FMA(FMA(r, r, -r), rest, rest) + FMA(half, r, -square) + ((high - sum) + square);
    l = FMA(r * r * r, q, l);
    D all = sum + l;
    *low = (sum - all) + l;
    return all;
}

/* e^(y log x), for plain x and y: x is neither negative nor subnormal, nothing is infinite or nan, and the result is not near the ends
 * of what there is. */
LOCAL_FN D LOCAL(pow_plain)(D x, D y, MASK *plain)
{
    D log_low, log = LOCAL(log_twice)(x, &log_low), e = y * log, e_low = FMA(y, log, -e) + y * log_low, z, rest;
    D r = LOCAL(reduced_twice)(e, &z, &rest), low = rest + e_low, near = r + low, near_low = (r - near) + low;
    near += FMA(near * near, LOCAL(exp_tail)(near), near_low);
    D s = OF_BITS((BITS(z) << 52) + ONE);
    *plain = BOTH(BOTH(IS(x, >=, SPLAT(0x1p-1022)), IS(x, <, SPLAT(__builtin_inf()))), IS(LOCAL(magnitude)(e), <, SPLAT(708)));
    return FMA(s, near, s);
}

/* For a negative x the power of its magnitude, with the sign that an odd y gives it; for 0 it is 0 where y is positive. What else
 * is not plain goes to libm one at a time. */
__attribute__((noinline)) static D LOCAL(pow_rare)(D x, D y)
{
    MASK plain;
    D a = LOCAL(magnitude)(x), half = y * 0.5, t = LOCAL(pow_plain)(a, y, &plain), nought = SPLAT(0), one = SPLAT(1);
    D fine = SELECT(plain, one, SELECT(IS(a, ==, nought), SELECT(IS(y, >, nought), one, nought), nought));
    fine = SELECT(IS(LOCAL(with_sign)(one, x), <, nought), SELECT(IS(TRUNC(y), ==, y), fine, nought), fine);
    t = LOCAL(with_sign)(SELECT(plain, t, nought), SELECT(IS(TRUNC(half), ==, half), nought, x));
    double p[LANES_D], v[LANES_D], f[LANES_D], r[LANES_D];
    memcpy(p, &x, sizeof p), memcpy(v, &y, sizeof v), memcpy(f, &fine, sizeof f), memcpy(r, &t, sizeof r);
    for (int i = 0; i < LANES_D; i++)
        r[i] = f[i] == 0 ? pow(p[i], v[i]) : r[i];
    memcpy(&t, r, sizeof t);
    return t;
}

D NAME_D(pow)(D x, D y)
{
    MASK plain;
    D t = LOCAL(pow_plain)(x, y, &plain);
    return __builtin_expect(ALL(plain), 1) ? t : LOCAL(pow_rare)(x, y);
}

/* x^n for whole n up to POWI_MOST, by squares and products of pairs high + low: what a constant n is written out to (np/arith.c). Where
 * there is no low part (of inf, of -0) it is high. */
#define POWI_BITS 6
#define POWI_MOST 64
LOCAL_FN D LOCAL(powi_near)(D x, D n)
{
    D size = LOCAL(magnitude)(n), one = SPLAT(1), nought = SPLAT(0), base = x, base_low = nought;
    if (ANY(IS(n, <, nought))) {
        D q = one / x;
        base = SELECT(IS(n, <, nought), q, x);
        base_low = SELECT(IS(n, <, nought), FMA(-q, x, one) * q, nought);
    }
    int bit = POWI_BITS;
    while (bit > 0 && !ANY(IS(size, >=, SPLAT((double)(1 << bit)))))
        bit--;
    D part = SPLAT((double)(1 << bit));
    MASK odd = IS(size, >=, part);
    D high = SELECT(odd, base, one), low = SELECT(odd, base_low, nought);
    for (D rest = SELECT(odd, size - part, size); bit-- > 0; rest = SELECT(odd, rest - part, rest)) {
        part *= 0.5, odd = IS(rest, >=, part);
        D square = high * high, square_low = FMA(high, low, FMA(low, high, FMA(high, high, -square)));
        D product = square * base, product_low = FMA(square, base_low, FMA(square_low, base, FMA(square, base, -product)));
        high = SELECT(odd, product, square), low = SELECT(odd, product_low, square_low);
    }
    D sum = high + low;
    return SELECT(IS(n, ==, SPLAT(3)), x * x * x, SELECT(IS(LOCAL(magnitude)(sum), >, nought), sum, high));
}

/* n is whole. Squares and cubes are the most. */
D NAME_D(powi)(D x, D n)
{
    if (ALL(IS(n, ==, SPLAT(2))))
        return x * x;
    if (ALL(IS(n, ==, SPLAT(3))))
        return x * x * x;
    MASK few = IS(LOCAL(magnitude)(n), <, SPLAT(POWI_MOST + 1));
    if (__builtin_expect(ALL(few), 1))
        return LOCAL(powi_near)(x, n);
    D far = NAME_D(pow)(x, n);
    return ANY(few) ? SELECT(few, LOCAL(powi_near)(x, SELECT(few, n, SPLAT(0))), far) : far;
}

/* The quotient, cut to a whole number, is right or 1 too large; what is left is exact either way. Where the quotient does not fit the
 * fraction of a float, elements go to libm one at a time. */
D NAME_D(fmod)(D a, D b)
{
    D x = LOCAL(magnitude)(a), y = LOCAL(magnitude)(b), q = TRUNC(x / y), r = FMA(-q, y, x);
    r = SELECT(IS(r, <, SPLAT(0)), r + y, r);
    r = LOCAL(with_sign)(SELECT(IS(q, ==, SPLAT(0)), x, r), a);
    MASK big = IS(q, >=, SPLAT(0x1p53));
    if (__builtin_expect(ANY(big), 0)) {
        double p[LANES_D], s[LANES_D], t[LANES_D];
        memcpy(p, &a, sizeof p), memcpy(s, &b, sizeof s), memcpy(t, &r, sizeof t);
        for (int k = 0; k < LANES_D; k++)
            t[k] = trunc(fabs(p[k]) / fabs(s[k])) >= 0x1p53 ? fmod(p[k], s[k]) : t[k];
        memcpy(&r, t, sizeof t);
    }
    return r;
}

F NAME_F(fmod)(F a, F b)
{
    F x = OF_BITS_F(BITS_F(a) & ~SIGN_F), y = OF_BITS_F(BITS_F(b) & ~SIGN_F), q = TRUNC_F(x / y), r = FMA_F(-q, y, x);
    r = SELECT_F(IS_F(r, <, SPLAT_F(0)), r + y, r);
    r = SELECT_F(IS_F(q, ==, SPLAT_F(0)), x, r);
    r = OF_BITS_F((BITS_F(r) & ~SIGN_F) | (BITS_F(a) & SIGN_F));
    MASK_F big = IS_F(q, >=, SPLAT_F(0x1p24f));
    if (__builtin_expect(ANY_F(big), 0)) {
        float p[LANES_F], s[LANES_F], t[LANES_F];
        memcpy(p, &a, sizeof p), memcpy(s, &b, sizeof s), memcpy(t, &r, sizeof t);
        for (int k = 0; k < LANES_F; k++)
            t[k] = truncf(fabsf(p[k]) / fabsf(s[k])) >= 0x1p24f ? fmodf(p[k], s[k]) : t[k];
        memcpy(&r, t, sizeof t);
    }
    return r;
}

#undef SPLAT
#undef SPLAT_F
