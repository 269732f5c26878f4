/* print.c: Fn → text for dumps and golden tests: the same Fn gives the same text, so no addresses.
 *
 *     axpy(v1: int64, v2: int64) -> int64
 *     b0:
 *         v3 = add v1 v2 : int64
 *         return v3
 * Constants stand where they are used. Bodies of nests follow the function, numbered in the order of their NESTs. */
#include "ir/ir.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const struct { const char *name, *params; } rt[] = {
#define RT(id, function, effect, fails, result, params) { #id, params },
#include "runtime/rt.def"
#undef RT
};

typedef struct Bodies { VEC(const Nest *) nest; } Bodies;

static void print_lower(Text *out, const char *s)
{
    for (; *s; s++)
        text_printf(out, "%c", tolower((unsigned char)*s));
}

/* The shortest digits that read back as x. */
static void print_double(Text *out, double x)
{
    char s[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (strtod(s, NULL) == x)
            break;
    }
    text_printf(out, "%s%s", s, strpbrk(s, ".eni") ? "" : ".0");
}

static void print_const(Text *out, const Ins *in)
{
    if (!in->ty)
        text_printf(out, "const");
    else if (ty_is_bool(in->ty))
        text_printf(out, in->imm.i ? "true" : "false");
    else if (in->ty->cls == CLASS_UINT)
        text_printf(out, "%llu", (unsigned long long)in->imm.i);
    else if (ty_is_int(in->ty))
        text_printf(out, "%lld", (long long)in->imm.i);
    else if (ty_is_float(in->ty))
        print_double(out, in->imm.d);
    else
        text_printf(out, "<%s>", ty_name(in->ty));
}

static void print_ref(Text *out, const Fn *fn, Ref v)
{
    const Ins *in = ir_ins(fn, v);
    if (ref_is_none(v))
        text_printf(out, "-");
    else if (in->op == IR_CONST)
        print_const(out, in);
    else if (in->op == IR_UNDEF)
        text_printf(out, "undef");
    else
        text_printf(out, "v%u", v.i);
}

static uint32_t body_number(const Fn *fn, Bodies *known, const Nest *n)
{
    for (uint32_t k = 0; k < known->nest.n; k++)
        if (known->nest.at[k] == n)
            return k;
    vec_push(fn->unit->arena, &known->nest, n);
    return known->nest.n - 1;
}

static void print_imm(Text *out, const Fn *fn, const Ins *in, Bodies *bodies)
{
    switch (in->op) {
    case IR_PY_GLOBAL: case IR_PY_BOUND: case IR_PY_BOUND_FREE: case IR_PY_ATTR: case IR_PY_SET_ATTR: case IR_PY_IMPORT: case IR_PY_INTRINSIC:
        text_printf(out, " %s", in->imm.s ? in->imm.s : "?");
        break;
    case IR_PY_BINARY: case IR_PY_INPLACE:
        text_printf(out, " %s", bin_name[in->imm.i]);
        break;
    case IR_PY_UNARY:
        text_printf(out, " %s", un_name[in->imm.i]);
        break;
    case IR_PY_COMPARE:
        text_printf(out, " %s", cmp_name[in->imm.i]);
        break;
    case IR_PY_IS: case IR_PY_IN:
        text_printf(out, in->imm.i ? " not" : "");
        break;
    case IR_PY_FREE: case IR_PY_UNPACK: case IR_PY_PICK: case IR_PY_FORMAT: case IR_PY_ADD_TO:
    case IR_ITEM: case IR_EXTENT: case IR_STRIDE:
        text_printf(out, " %lld", (long long)in->imm.i);
        break;
    case IR_VIEW:
        text_printf(out, in->imm.i ? " object" : "");
        break;
    case IR_NEW:
        text_printf(out, "%s%s", in->imm.i ? " zeroed" : "", in->flags & INS_FRAME ? " in the frame" : "");
        break;
    case IR_MATH:
        text_printf(out, " ");
        print_lower(out, math_row[in->imm.i].name);
        break;
    case IR_RT:
        text_printf(out, " ");
        print_lower(out, (uint64_t)in->imm.i < countof(rt) ? rt[in->imm.i].name : "?");
        break;
    case IR_CHECK: case IR_FAIL:
        text_printf(out, " ");
        print_lower(out, diag_row[in->imm.i].name);
        break;
    case IR_NEST:
        text_printf(out, " body%u", body_number(fn, bodies, in->imm.p));
        break;
    default:
        break;
    }
}

/* Does the message show argument k as text? Then that is the address of it. A shape is its length and so many more. */
static bool is_text(const Fn *fn, const Ins *in, uint32_t k)
{
    uint32_t at = in->op == IR_CHECK;
    for (const char *p = diag_row[in->imm.i].format; *p && at <= k; p++) {
        int64_t more = 0;
        if (*p != '%' || *++p == '%')
            continue;
        p += strspn(p, "l");
        if (at == k)
            return *p == 's';
        if (*p == 'T' || *p == 'P')
            ir_is_int(fn, ir_args(fn, in)[at], &more);
        at += 1 + (uint32_t)more;
    }
    return false;
}

/* Does the runtime take argument k, a constant, as an address? */
static bool is_address(const Fn *fn, const Ins *in, uint32_t k)
{
    uint32_t part = 0;
    for (uint32_t j = 0; j < k; j++)
        part += ir_ty(fn, ir_args(fn, in)[j])->nparts;
    const char *c = (uint64_t)in->imm.i < countof(rt) ? rt[in->imm.i].params : "";
    c += *c == 'C';
    return part < strlen(c) && strchr("apq", c[part]);
}

static void print_arg(Text *out, const Fn *fn, const Ins *in, uint32_t k)
{
    const Ins *a = ir_ins(fn, ir_args(fn, in)[k]);
    if ((in->op == IR_CHECK || in->op == IR_FAIL) && a->op == IR_CONST && ty_is_int(a->ty) && is_text(fn, in, k))
        text_printf(out, "'%s'", a->imm.s ? a->imm.s : "?");
    else if (in->op == IR_RT && a->op == IR_CONST && ty_is_int(a->ty) && a->imm.i != 0 && is_address(fn, in, k))
        text_printf(out, "<address>");
    else
        print_ref(out, fn, ir_args(fn, in)[k]);
}

static void print_args(Text *out, const Fn *fn, const Ins *in)
{
    const Nest *n = in->op == IR_NEST ? in->imm.p : NULL;
    for (uint32_t k = 0; (in->op == IR_PARALLEL || in->op == IR_LATER) && k < fn->chunks.n; k++)
        if (fn->chunks.at[k] == in->imm.p)
            text_printf(out, " chunk%u of", k);
    for (uint32_t k = 0; k < in->nargs; k++) {
        if (n && k == n->ndim)
            text_printf(out, " with");
        if (n && k == n->ndim + n->ncapture)
            text_printf(out, " from");
        if (n && k == n->ndim + n->ncapture + n->nred)
            text_printf(out, " by");
        text_printf(out, " ");
        if (in->op == IR_PHI && k < fn->blk.at[in->blk].pred.n)
            text_printf(out, "b%u:", fn->blk.at[in->blk].pred.at[k]);
        print_arg(out, fn, in, k);
    }
}

static void print_ins(Text *out, const Fn *fn, Ref v, Bodies *bodies)
{
    const Ins *in = ir_ins(fn, v);
    const Blk *b = &fn->blk.at[in->blk];
    bool result = in->ty ? in->ty->kind != TY_NONE : ir_op[in->op].level == LEVEL_PY || in->op == IR_PHI;
    if (in->op == IR_NOP)
        return;
    text_printf(out, "    ");
    if (result)
        text_printf(out, "v%u = ", v.i);
    print_lower(out, ir_op[in->op].name);
    print_imm(out, fn, in, bodies);
    print_args(out, fn, in);
    if (in->op == IR_JUMP || in->op == IR_BRANCH)
        for (uint32_t k = 0; k < b->nsucc; k++)
            text_printf(out, " b%u", b->succ[k]);
    if (result && in->ty)
        text_printf(out, " : %s", ty_name(in->ty));
    text_printf(out, "\n");
}

static void print_fn(Text *out, const Fn *fn, const char *name, Bodies *bodies)
{
    text_printf(out, "%s(", name);
    for (uint32_t k = 0; k < fn->nparam; k++) {
        Ty type = ir_ty(fn, fn->param[k]);
        text_printf(out, "%sv%u", k ? ", " : "", fn->param[k].i);
        if (type)
            text_printf(out, ": %s", ty_name(type));
    }
    text_printf(out, ")");
    if (fn->ret)
        text_printf(out, " -> %s", ty_name(fn->ret));
    text_printf(out, "\n");
    for (uint32_t b = 0; b < fn->blk.n; b++) {
        const Blk *blk = &fn->blk.at[b];
        text_printf(out, "b%u:", b);
        if (blk->handler != BLK_NONE)
            text_printf(out, "  handler b%u", blk->handler);
        text_printf(out, "\n");
        for (uint32_t k = 0; k < blk->ins.n; k++)
            print_ins(out, fn, blk->ins.at[k], bodies);
    }
}

static void print_all(Text *out, const Fn *fn, const char *name)
{
    Bodies bodies = { 0 };
    char inner[32];
    print_fn(out, fn, name, &bodies);
    for (uint32_t k = 0; k < bodies.nest.n; k++) {
        snprintf(inner, sizeof inner, "body%u", k);
        print_fn(out, bodies.nest.at[k]->body, inner, &bodies);
    }
    for (uint32_t k = 0; k < fn->chunks.n; k++) {
        snprintf(inner, sizeof inner, "chunk%u", k);
        print_all(out, fn->chunks.at[k], inner);
    }
}

void ir_print(Text *out, const Fn *fn) { print_all(out, fn, fn->name ? fn->name : "fn"); }
