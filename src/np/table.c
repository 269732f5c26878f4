/* table.c: the rows of np.def as tables, their search, and the binding of arguments to a signature. */
#include "np/np_build.h"
#include "runtime/runtime.h"

#define LIB(path, module) { path, module, NULL, 0, NP_FUNC },
#define LIB_METHOD(...)
#define SETTER(...)
#define KERNEL(...)
#define FUNC(path, signature, build, data) { path, signature, build, data, NP_FUNC },
#define ATTR(...)
#define METHOD(...)
#define UFUNC(id, name, nin, ...) { "numpy." name, (nin) == 1 ? "x, out=, *, dtype=, where=, casting=, order=, subok=" : "x1, x2, out=, *, dtype=, where=, casting=, order=, subok=", build_ufunc, UF_##id, NP_FUNC },
const NpRow np_func[] = {
#include "np/np.def"
#include "np/ufunc.def"
};
#undef FUNC
#undef ATTR
#undef METHOD
#undef UFUNC
const uint32_t np_nfunc = countof(np_func);

#undef LIB
#define LIB(...)
#define FUNC(...)
#define ATTR(receiver, name, build, data) { name, "", build, data, receiver },
#define METHOD(...)
static const NpRow attr[] = {
#include "np/np.def"
};
#undef ATTR
#undef METHOD
#undef LIB_METHOD
#define LIB_METHOD(receiver, name, module) { name, module, NULL, 0, receiver },
#define ATTR(...)
#define METHOD(receiver, name, signature, build, data) { name, signature, build, data, receiver },
static const NpRow method[] = {
#include "np/np.def"
};
#undef SETTER
#undef LIB_METHOD
#undef METHOD
#define METHOD(...)
#define LIB_METHOD(...)
#define SETTER(receiver, name, build, data) { name, "", build, data, receiver },
static const NpRow setter[] = {
#include "np/np.def"
};
#undef SETTER
#undef KERNEL
#undef LIB
#undef LIB_METHOD
#undef FUNC
#undef ATTR
#undef METHOD

static uint32_t receiver_bit(Ty x)
{
    switch (x->kind) {
    case TY_ARRAY: return NP_OF_ARRAY;
    case TY_TUPLE: return NP_OF_TUPLE;
    case TY_LIST: return NP_OF_LIST;
    case TY_NUMBERS: return NP_OF_NUMBERS;
    case TY_DTYPE: return NP_OF_DTYPE;
    case TY_STR: return NP_OF_STR;
    case TY_RANGE: return NP_OF_RANGE;
    case TY_SLICE: return NP_OF_SLICE;
    case TY_FLAGS: return NP_OF_FLAGS;
    case TY_FLAT: return NP_OF_FLAT;
    case TY_FUNC: return NP_OF_UFUNC;               /* resolve_attr sees to it that it is one */
    default: return ty_is_scalar(x) ? NP_OF_SCALAR : 0;
    }
}

static const NpRow *find(const NpRow *row, uint32_t n, Ty receiver, const char *name)
{
    uint32_t bit = receiver_bit(receiver);
    for (uint32_t k = 0; k < n; k++)
        if ((row[k].kind & bit) && strcmp(row[k].path, name) == 0)
            return &row[k];
    return NULL;
}

const NpRow *np_find_attr(Ty receiver, const char *name) { return find(attr, countof(attr), receiver, name); }
const NpRow *np_find_setter(Ty receiver, const char *name) { return find(setter, countof(setter), receiver, name); }
const NpRow *np_find_method(Ty receiver, const char *name) { return find(method, countof(method), receiver, name); }

_Noreturn void np_bad_arg(Fn *fn, const NpRow *row, const char *expected, Ref x)
{
    fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, row->path, "the argument", expected, ty_name(ir_ty(fn, x)));
}

/* One parameter of a signature. */
typedef struct Param { const char *name; uint32_t len; bool optional, keyword_only, positional_only, rest; } Param;
enum { NPARAM_MAX = 24 };

static const char *skip_space(const char *s)
{
    while (*s == ' ' || *s == ',')
        s++;
    return s;
}

/* "a, axis=, /, *, out=None, *rest" → Param[]; how many. */
static uint32_t parse_signature(const char *s, Param *p)
{
    uint32_t n = 0;
    bool keyword_only = false;
    for (s = skip_space(s); *s; s = skip_space(s)) {
        uint32_t len = (uint32_t)strcspn(s, ",");
        const char *next = s + len;
        if (len == 1 && *s == '/') {
            for (uint32_t k = 0; k < n; k++)
                p[k].positional_only = true;
        } else if (len == 1 && *s == '*') {
            keyword_only = true;
        } else {
            bool rest = *s == '*';
            s += rest;
            len = (uint32_t)strcspn(s, "=, ");
            assert(n < NPARAM_MAX);
            p[n++] = (Param){ s, len, memchr(s, '=', (size_t)(next - s)) != NULL, keyword_only, false, rest };
            keyword_only |= rest;
        }
        s = next;
    }
    return n;
}

typedef struct Binder { Fn *fn; const NpRow *row; const Ref *arg; uint32_t n; } Binder;

static _Noreturn void bind_fail(const Binder *b, const char *reason, const char *what)
{
    Unit *u = b->fn->unit;
    Text types = { .arena = u->arena }, t = { .arena = u->arena };
    for (uint32_t k = 0; k < b->n; k++)
        text_printf(&types, "%s%s", k ? ", " : "", ty_name(ir_ty(b->fn, b->arg[k])));
    text_printf(&t, "%s%s; its signature is (%s)", reason, what, b->row->signature);
    fail(u, np_pos(b->fn), DIAG_CALL, b->row->path, text_str(&types), text_str(&t));
}

static uint32_t find_param(const Binder *b, const Param *p, uint32_t np, const char *name)
{
    for (uint32_t k = 0; k < np; k++)
        if (!p[k].rest && !p[k].positional_only && strlen(name) == p[k].len && memcmp(name, p[k].name, p[k].len) == 0)
            return k;
    bind_fail(b, "unexpected keyword argument ", name);
}

static Ref rest_tuple(Fn *fn, const Ref *arg, uint32_t n)
{
    Ty *item = arena_new_n(fn->unit->arena, Ty, n + 1);
    for (uint32_t k = 0; k < n; k++)
        item[k] = ir_ty(fn, arg[k]);
    return ir_tuple(fn, ty_tuple(fn->unit->types, item, n), arg, n);
}

/* Positional arguments to out[]; how many were taken. */
static uint32_t bind_positional(const Binder *b, const Param *p, uint32_t np, uint32_t npos, Ref *out)
{
    uint32_t k = 0;
    for (uint32_t j = 0; j < np; j++) {
        if (p[j].rest) {
            out[j] = rest_tuple(b->fn, b->arg + k, npos - k);
            return npos;
        }
        if (p[j].keyword_only || k == npos)
            break;
        out[j] = b->arg[k++];
    }
    return k;
}

static const char *last_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

Ref np_call(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n, const char *const *names, uint32_t nnames)
{
    if (!row->build)
        return infer_call_lib(fn, row->signature, last_name(row->path), arg, n, names, nnames);
    Param p[NPARAM_MAX + 1];
    Ref out[NPARAM_MAX + 1] = { 0 };
    Binder b = { fn, row, arg, n };
    uint32_t self = row->kind != NP_FUNC;
    if (self)
        p[0] = (Param){ "", 0, false, false, true, false };
    uint32_t np = self + parse_signature(row->signature, p + self);
    if (bind_positional(&b, p, np, n - nnames, out) < n - nnames)
        bind_fail(&b, "too many arguments", "");
    for (uint32_t k = 0; k < nnames; k++) {
        uint32_t j = find_param(&b, p, np, names[k]);
        if (!ref_is_none(out[j]))
            bind_fail(&b, "more than one value for ", names[k]);
        out[j] = arg[n - nnames + k];
    }
    for (uint32_t j = 0; j < np; j++) {
        if (ref_is_none(out[j]) && p[j].rest)
            out[j] = rest_tuple(fn, NULL, 0);
        if (ref_is_none(out[j]) && !p[j].optional) {
            Text t = { .arena = fn->unit->arena };
            text_printf(&t, "%.*s", (int)p[j].len, p[j].name);
            bind_fail(&b, "missing argument ", text_str(&t));
        }
    }
    return row->build(fn, row, out, np);
}
