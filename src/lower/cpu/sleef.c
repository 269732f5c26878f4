/* sleef.c: floating-point functions in loops: SLEEF's, or our own (runtime/vmath.c), which have vector forms.
 *
 * A MATH in a loop is a call of the scalar form, with the names of its vector forms in an attribute that the vectorizer
 * reads. All forms give the same bits, so an argument has one value wherever it stands. SLEEF's scalar forms, and our own of pow, are
 * slower than libm's: where the passes took no vector form of a function in the module, libm's takes its place (sleef_settle).
 * The library lies beside this object, or is the system's; without it, or without AVX2 and FMA, libm's functions are called. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include "lower/target.h"

typedef struct Name { char s[64]; } Name;

/* Are its forms ours, and compiled in (vmath.c)? */
static bool is_own(const VectorLib *lib, const MathRow *row, bool is_f32)
{
    return row->own & (is_f32 ? 4 : 8) && lib->own->name;
}

/* Of nbytes of elements: 0, one element; 32, 64. */
static Name form_name(const VectorLib *lib, const MathRow *row, bool is_f32, uint32_t nbytes)
{
    Name n;
    uint32_t lanes = nbytes ? nbytes / (is_f32 ? 4 : 8) : 1;
    if (is_own(lib, row, is_f32)) {
        int at = snprintf(n.s, sizeof n.s, "nj_%s%s", row->cname, is_f32 ? "f" : "");
        snprintf(n.s + at, sizeof n.s - (size_t)at, nbytes ? "%u" : "", lanes);
        return n;
    }
    snprintf(n.s, sizeof n.s, "Sleef_finz_%s%c%u_u%02d%s", row->sleef, is_f32 ? 'f' : 'd', lanes, row->ulp,
             nbytes == 64 ? "avx512f" : nbytes ? "avx2" : "purecfma");
    return n;
}

/* ---- the library ---- */

static void *open_beside(const char *name)
{
    Dl_info here;
    if (!dladdr((void *)open_beside, &here) || !here.dli_fname)
        return NULL;
    const char *slash = strrchr(here.dli_fname, '/');
    size_t n = slash ? (size_t)(slash - here.dli_fname) + 1 : 0;
    char path[n + strlen(name) + 1];
    memcpy(path, here.dli_fname, n);
    strcpy(path + n, name);
    return n ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

bool sleef_open(Lower *lo)
{
    VectorLib *v = lo->vectors;
    if (!v->asked && (v->nbytes = lo->host->vector_nbytes) && !(v->so = open_beside("libsleef.so")))
        v->so = dlopen("libsleef.so.3", RTLD_NOW | RTLD_LOCAL);
    v->asked = true;
    return v->nbytes > 0;
}

static void *find(const VectorLib *lib, const MathRow *row, bool is_f32, uint32_t nbytes)
{
    Name name = form_name(lib, row, is_f32, nbytes);
    if (!is_own(lib, row, is_f32))
        return row->sleef && lib->so ? dlsym(lib->so, name.s) : NULL;
    for (const RtSymbol *s = lib->own; s->name; s++)
        if (!strcmp(s->name, name.s))
            return s->address;
    return NULL;
}

void sleef_symbols(const VectorLib *lib, void (*see)(void *, const char *, void *), void *data)
{
    for (MathId id = 0; id < MATH_MAX; id++)
        for (uint32_t k = 0; k < 6 && math_row[id].sleef; k++)
            if (!is_own(lib, &math_row[id], k & 1))
                see(data, form_name(lib, &math_row[id], k & 1, k / 2 * 32).s, find(lib, &math_row[id], k & 1, k / 2 * 32));
}

/* ---- calls ---- */

static LLVMValueRef declare(Lower *lo, const char *name, LLVMTypeRef type, uint32_t nargs)
{
    LLVMTypeRef params[3] = { type, type, type };
    LLVMValueRef f = LLVMAddFunction(lo->module, name, LLVMFunctionType(type, params, nargs, false));
    lower_pure(lo, f);
    return f;
}

static LLVMValueRef scalar_form(Lower *lo, const MathRow *row, LLVMTypeRef type)
{
    bool is_f32 = type == lo->f32;
    Name name = form_name(lo->vectors, row, is_f32, 0);
    LLVMValueRef f = LLVMGetNamedFunction(lo->module, name.s);
    if (f || !find(lo->vectors, row, is_f32, 0))
        return f;
    f = declare(lo, name.s, type, (uint32_t)row->nargs);
    for (uint32_t nbytes = 32; nbytes <= lo->vectors->nbytes; nbytes += 32) {
        Name v = form_name(lo->vectors, row, is_f32, nbytes);
        LLVMTypeRef vector = LLVMVectorType(type, nbytes / (is_f32 ? 4 : 8));
        if (find(lo->vectors, row, is_f32, nbytes))
            vec_push(lo->job->arena, &lo->vector_form, declare(lo, v.s, vector, (uint32_t)row->nargs));
    }
    return f;
}

/* "_ZGV_LLVM_N4v_scalar(vector),...": without a mask, 4 elements, vv for two operands */
static void name_vector_forms(Lower *lo, const MathRow *row, bool is_f32, LLVMValueRef call)
{
    Name scalar = form_name(lo->vectors, row, is_f32, 0);
    Text t = { .arena = lo->job->arena };
    for (uint32_t nbytes = 32; nbytes <= lo->vectors->nbytes; nbytes += 32) {
        Name v = form_name(lo->vectors, row, is_f32, nbytes);
        if (LLVMGetNamedFunction(lo->module, v.s))
            text_printf(&t, "%s_ZGV_LLVM_N%u%s_%s(%s)", nbytes > 32 ? "," : "", nbytes / (is_f32 ? 4 : 8),
                        &"vvv"[3 - row->nargs], scalar.s, v.s);
    }
    static const char key[] = "vector-function-abi-variant";
    const char *text = text_str(&t);
    LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex,
        LLVMCreateStringAttribute(lo->context, key, sizeof key - 1, text, (unsigned)strlen(text)));
}

static LLVMValueRef call_scalar(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef f, LLVMValueRef *arg)
{
    LLVMValueRef r = LLVMBuildCall2(lo->b, LLVMGlobalGetValueType(f), f, arg, (unsigned)row->nargs, "");
    name_vector_forms(lo, row, type == lo->f32, r);
    return r;
}

/* log 2 in two parts */
#define LOG2_HIGH 0x1.62e42fefa39efp-1
#define LOG2_LOW 0x1.abc9e3b39803fp-56

/* ---- arguments where SLEEF gives inf too early ---- */

static LLVMValueRef beyond(Lower *lo, LLVMValueRef x, double limit)
{
    LLVMTypeRef t = LLVMTypeOf(x);
    return LLVMBuildFCmp(lo->b, LLVMRealOGT, lower_intrinsic(lo, "llvm.fabs", t, &x, 1), LLVMConstReal(t, limit), "");
}

/* log1p(x) = log1p(x 2^-k) + k log 2 where 1 is nothing beside x 2^-k. */
static LLVMValueRef log1p_(Lower *lo, const MathRow *row, LLVMTypeRef t, LLVMValueRef f, LLVMValueRef x)
{
    bool is_f32 = t == lo->f32;
    double k = is_f32 ? 88 : 940, high = is_f32 ? (float)(k * LOG2_HIGH) : k * LOG2_HIGH;
    double low = fma(k, LOG2_HIGH, -high) + k * LOG2_LOW;
    LLVMValueRef big = beyond(lo, x, is_f32 ? 0x1p120 : 0x1p1000);
    LLVMValueRef small = LLVMBuildFMul(lo->b, x, LLVMConstReal(t, exp2(-k)), "");
    x = LLVMBuildSelect(lo->b, big, small, x, "");
    LLVMValueRef r = call_scalar(lo, row, t, f, &x);
    LLVMValueRef sum = LLVMBuildFAdd(lo->b, LLVMBuildFAdd(lo->b, r, LLVMConstReal(t, low), ""), LLVMConstReal(t, high), "");
    return LLVMBuildSelect(lo->b, big, sum, r, "");
}

/* For x near overflow sinh x and cosh x are e^x / 2 = 2^8 e^(x - 8 log 2) / 2. The difference with a 8 log 2 rounded up to a
 * multiple of x's last bit is exact, and what the rounding added, c, gives a factor 1 + c. */
static LLVMValueRef sinh_(Lower *lo, const MathRow *row, LLVMTypeRef t, LLVMValueRef f, LLVMValueRef x)
{
    bool is_f32 = t == lo->f32;
    double bit = is_f32 ? 0x1p-17 : 0x1p-43, up = ceil(8 * LOG2_HIGH / bit) * bit, c = up - 8 * LOG2_HIGH - 8 * LOG2_LOW;
    LLVMValueRef big = beyond(lo, x, is_f32 ? 80 : 700);
    LLVMValueRef shift = lower_intrinsic(lo, "llvm.copysign", t, (LLVMValueRef[]){ LLVMConstReal(t, up), x }, 2);
    x = LLVMBuildSelect(lo->b, big, LLVMBuildFSub(lo->b, x, shift, ""), x, "");
    LLVMValueRef r = call_scalar(lo, row, t, f, &x);
    LLVMValueRef more = LLVMBuildFMul(lo->b, r, LLVMConstReal(t, c), "");
    more = LLVMBuildFMul(lo->b, LLVMBuildFAdd(lo->b, r, more, ""), LLVMConstReal(t, 256), "");
    return LLVMBuildSelect(lo->b, big, more, r, "");
}

/* asinh and acosh are log 2x where x x is all of x x + 1, and that is 2 log 2y of y = sqrt(x / 2). */
static LLVMValueRef asinh_(Lower *lo, const MathRow *row, LLVMTypeRef t, LLVMValueRef f, LLVMValueRef x)
{
    LLVMValueRef big = beyond(lo, x, t == lo->f32 ? 0x1p60 : 0x1p500), size = lower_intrinsic(lo, "llvm.fabs", t, &x, 1);
    LLVMValueRef y = LLVMBuildFMul(lo->b, size, LLVMConstReal(t, 0.5), "");
    y = lower_intrinsic(lo, "llvm.copysign", t, (LLVMValueRef[]){ lower_intrinsic(lo, "llvm.sqrt", t, &y, 1), x }, 2);
    LLVMValueRef at = LLVMBuildSelect(lo->b, big, y, x, ""), r = call_scalar(lo, row, t, f, &at);
    return LLVMBuildSelect(lo->b, big, LLVMBuildFAdd(lo->b, r, r, ""), r, "");
}

LLVMValueRef sleef_call(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef *arg)
{
    LLVMValueRef f = (row->sleef || row->own) && sleef_open(lo) ? scalar_form(lo, row, type) : NULL;
    if (!f)
        return NULL;
    switch (is_own(lo->vectors, row, type == lo->f32) ? MATH_MAX : row - math_row) {
    case MATH_LOG1P: return log1p_(lo, row, type, f, arg[0]);
    case MATH_ASINH: case MATH_ACOSH: return asinh_(lo, row, type, f, arg[0]);
    case MATH_SINH: case MATH_COSH: return sinh_(lo, row, type, f, arg[0]);
    default: return call_scalar(lo, row, type, f, arg);
    }
}

/* ---- before and after the passes ---- */

static const char used[] = "llvm.compiler.used";

/* The declarations stay until the vectorizer comes, and it may use the whole width. */
void sleef_finish(Lower *lo)
{
    uint32_t n = lo->vector_form.n;
    if (n == 0)
        return;
    LLVMValueRef list = LLVMAddGlobal(lo->module, LLVMArrayType2(lo->ptr, n), used);
    LLVMSetInitializer(list, LLVMConstArray2(lo->ptr, lo->vector_form.at, n));
    LLVMSetLinkage(list, LLVMAppendingLinkage);
    LLVMSetSection(list, "llvm.metadata");
    for (LLVMValueRef f = LLVMGetFirstFunction(lo->module); f && lo->vectors->nbytes == 64; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMAddTargetDependentFunctionAttr(f, "prefer-vector-width", "512");
}

static bool is_called(LLVMModuleRef module, const char *name)
{
    LLVMValueRef f = LLVMGetNamedFunction(module, name);
    for (LLVMUseRef u = f ? LLVMGetFirstUse(f) : NULL; u; u = LLVMGetNextUse(u))
        if (LLVMIsACallInst(LLVMGetUser(u)))
            return true;
    return false;
}

static void settle(LLVMModuleRef module, const VectorLib *lib, const MathRow *row, bool is_f32)
{
    LLVMValueRef scalar = LLVMGetNamedFunction(module, form_name(lib, row, is_f32, 0).s);
    if (!scalar || is_called(module, form_name(lib, row, is_f32, 32).s) || is_called(module, form_name(lib, row, is_f32, 64).s))
        return;
    Name name;
    snprintf(name.s, sizeof name.s, "%s%s", row->cname, is_f32 ? "f" : "");
    LLVMValueRef f = LLVMGetNamedFunction(module, name.s);
    if (!f)
        f = LLVMAddFunction(module, name.s, LLVMGlobalGetValueType(scalar));
    LLVMReplaceAllUsesWith(scalar, f);
}

void sleef_settle(LLVMModuleRef module, const VectorLib *lib)
{
    LLVMValueRef list = lib->nbytes ? LLVMGetNamedGlobal(module, used) : NULL;
    if (!list)
        return;
    LLVMDeleteGlobal(list);
    for (MathId id = 0; id < MATH_MAX; id++)
        for (uint32_t k = 0; k < 2; k++)
            if (is_own(lib, &math_row[id], k) ? math_row[id].own & MATH_OWN_VECTORS : math_row[id].sleef != NULL)
                settle(module, lib, &math_row[id], k);
}
