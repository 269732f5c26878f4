/* mvec.c: floating-point functions in loops under fastmath: glibc's vector functions (libmvec), which are faster than SLEEF's and
 * within 4 ulp. The scalar form is libm's own function: under fastmath an argument may have one value in a vector and another
 * in the remainder. Where the library is missing, or lacks a function, SLEEF's stay. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdio.h>
#include "lower/target.h"

typedef struct Name { char s[64]; } Name;

/* _ZGVeN8v_exp: 8 elements of 64 bytes; _ZGVdN4vv_pow: 4 of 32, two operands. */
static Name form_name(const MathRow *row, bool is_f32, uint32_t nbytes)
{
    Name n;
    snprintf(n.s, sizeof n.s, "_ZGV%cN%u%s_%s%s", nbytes == 64 ? 'e' : 'd', nbytes / (is_f32 ? 4 : 8), &"vvv"[3 - row->nargs],
             row->cname, is_f32 ? "f" : "");
    return n;
}

void mvec_symbols(const VectorLib *lib, void (*see)(void *, const char *, void *), void *data)
{
    for (MathId id = 0; id < MATH_MAX; id++)
        for (uint32_t k = 0; k < 4 && lib->mvec && !math_row[id].intrinsic; k++) {
            Name n = form_name(&math_row[id], k & 1, 32 + k / 2 * 32);
            void *f = dlsym(lib->mvec, n.s);
            if (f)
                see(data, n.s, f);
        }
}

static LLVMValueRef vector_form(Lower *lo, const char *name, LLVMTypeRef type, uint32_t lanes, uint32_t nargs)
{
    LLVMValueRef f = LLVMGetNamedFunction(lo->module, name);
    LLVMTypeRef v = LLVMVectorType(type, lanes), params[3] = { v, v, v };
    if (f)
        return f;
    f = LLVMAddFunction(lo->module, name, LLVMFunctionType(v, params, nargs, false));
    lower_pure(lo, f);
    vec_push(lo->job->arena, &lo->vector_form, f);
    return f;
}

/* call: of the scalar function. Names its vector forms; false: there are none. */
bool mvec_name_forms(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef call)
{
    bool is_f32 = type == lo->f32, any = false;
    Text t = { .arena = lo->job->arena };
    for (uint32_t nbytes = 32; nbytes <= lo->vectors->nbytes; nbytes += 32) {
        Name v = form_name(row, is_f32, nbytes);
        uint32_t lanes = nbytes / (is_f32 ? 4 : 8);
        if (!dlsym(lo->vectors->mvec, v.s))
            continue;
        vector_form(lo, v.s, type, lanes, (uint32_t)row->nargs);
        text_printf(&t, "%s_ZGV_LLVM_N%u%s_%s%s(%s)", any ? "," : "", lanes, &"vvv"[3 - row->nargs], row->cname, is_f32 ? "f" : "", v.s);
        any = true;
    }
    static const char key[] = "vector-function-abi-variant";
    const char *text = text_str(&t);
    if (!any)
        return false;
    LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex,
        LLVMCreateStringAttribute(lo->context, key, sizeof key - 1, text, (unsigned)strlen(text)));
    static const char nobuiltin[] = "nobuiltin";        /* else LLVM makes an intrinsic of it, which has no such forms */
    LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex,
        LLVMCreateEnumAttribute(lo->context, LLVMGetEnumAttributeKindForName(nobuiltin, sizeof nobuiltin - 1), 0));
    return true;
}

bool mvec_has(Lower *lo, const MathRow *row, LLVMTypeRef type)
{
    VectorLib *v = lo->vectors;
    if (!v->mvec_asked)
        v->mvec = v->nbytes ? dlopen("libmvec.so.1", RTLD_NOW | RTLD_LOCAL) : NULL;
    v->mvec_asked = true;
    return v->mvec && dlsym(v->mvec, form_name(row, type == lo->f32, 32).s) != NULL;
}
