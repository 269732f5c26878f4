/* functions.h: prototypes of the functions of rt.def that runtime.h does not show. */
#pragma once
#include "runtime/runtime.h"

Status rt_threads_choose(Call *c, int64_t n);
int64_t rt_chunks(int64_t n, int64_t cost, int64_t own);
int64_t rt_chunk_levels(int64_t nchunk);
int64_t rt_chunk_start(int64_t n, int64_t nchunk, int64_t k);
void rt_copy_bytes(void *to, const void *from, int64_t nbytes);
Status rt_print_int(Call *c, int64_t x);
Status rt_print_uint(Call *c, int64_t x);
Status rt_print_float(Call *c, double x);
Status rt_print_bool(Call *c, bool x);
Status rt_print_complex(Call *c, double re, double im);
Status rt_print_str(Call *c, void *object, const char *bytes, int64_t nbytes);
Status rt_print_value(Call *c, const Type *type, const uint64_t *part);
Status rt_print_array(Call *c, const Type *type, const void *data, const uint64_t *layout, bool quoted);
void rt_random_seed(int64_t seed);
int64_t rt_random_bits(void);
double rt_random_double(void);
double rt_random_gauss(void);
bool rt_reshape(int64_t nd, const int64_t *had, int64_t new_nd, int64_t *want);
bool rt_str_eq(const void *x, const char *a, int64_t na, const void *y, const char *b, int64_t nb);
int64_t rt_str_cmp(const void *x, const char *a, int64_t na, const void *y, const char *b, int64_t nb);
int64_t rt_str_len(const void *x, const char *bytes, int64_t nbytes);
int64_t rt_str_first(const void *x, const char *bytes, int64_t nbytes);
Status rt_str_hash(Call *c, void *object, const char *bytes, int64_t nbytes, int64_t *out);
Status rt_complex_from_str(Call *c, void *object, const char *bytes, int64_t nbytes, double *part);
bool rt_overlap(const char *a, const int64_t *shape_a, int64_t ndim_a,
                const char *b, const int64_t *shape_b, int64_t ndim_b);
void rt_call_block(int64_t loop, int64_t data, int64_t n, int64_t nbytes, char *a, char *b, char *c);
void rt_dot(int64_t dot, void *owner_a, char *a, int64_t n, int64_t as, void *owner_b, char *b, int64_t n_, int64_t bs,
            void *owner_c, char *c, int64_t one, int64_t cs);
void rt_matmul(int64_t loop, int64_t data, void *owner_a, char *a, int64_t m, int64_t k, int64_t am, int64_t ak,
               void *owner_b, char *b, int64_t k_, int64_t p, int64_t bk, int64_t bp,
               void *owner_c, char *c, int64_t m_, int64_t p_, int64_t cm, int64_t cp);
Status rt_sort_rows(Call *c, int64_t sort, int64_t nbytes, void *owner, char *a, int64_t rows, int64_t n);
Status rt_argsort_rows(Call *c, int64_t sort, int64_t nbytes, void *owner, char *a, int64_t rows, int64_t n,
                       void *owner_at, int64_t *at, int64_t rows_at, int64_t n_at);
int64_t rt_pow_int(int64_t base, int64_t exponent);
Status rt_pow_mod(Call *c, int64_t base, int64_t exponent, int64_t modulus, int64_t *out);
double rt_powi(double x, double n);        /* where no vectors are: libm's beyond 64 */
double rt_round_digits(double x, int64_t ndigits);
double rt_round_digits_np(double x, int64_t ndigits);
int64_t rt_hash_float(double x);
int64_t rt_gcd(int64_t a, int64_t b);
double rt_cpow(double are, double aim, double bre, double bim, int64_t part);
double rt_cfun(int64_t function, double re, double im, int64_t part);
double rt_frexp(double x, int64_t part);
double rt_ldexp(double x, int64_t exponent);
Status rt_float_from_str(Call *c, void *object, const char *bytes, int64_t nbytes, double *out);
Status rt_int_from_str(Call *c, void *object, const char *bytes, int64_t nbytes, int64_t base, int64_t *out);
double nj_ldexp(double x, double exponent);
float nj_ldexpf(float x, float exponent);
