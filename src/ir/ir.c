/* ir.c: building SSA: instructions, constants, folding, value numbering, blocks.
 *
 * In: calls of the builders. Out: a Fn. An op that is PURE and equal to an earlier one whose block dominates
 * fn->cur is that earlier one; to find it, each Fn has a hash table of its pure instructions (ValueTable), compared
 * with what stands in Fn.ins now, so passes may change instructions freely. Floats are folded only where the
 * result is what the machine gives, NaN and -0 included. */
#include "ir/ir.h"
#include <math.h>

const IrDesc ir_op[IR_MAX] = {
#define IR(op, nargs, level, effect) [IR_##op] = { #op, nargs, LEVEL_##level, EFF_##effect },
#include "ir/ir.def"
#undef IR
};

const MathRow math_row[MATH_MAX] = {
#define MATH(id, nargs, cname, intrinsic, sleef, ulp) [MATH_##id] = { #id, nargs, cname, intrinsic, sleef, ulp },
#include "ir/math.def"
#undef MATH
};

const char *const bin_name[BIN_MAX] = {
    [BIN_ADD] = "+", [BIN_AND] = "&", [BIN_FLOORDIV] = "//", [BIN_LSHIFT] = "<<", [BIN_MATMUL] = "@",
    [BIN_MUL] = "*", [BIN_MOD] = "%", [BIN_OR] = "|", [BIN_POW] = "**", [BIN_RSHIFT] = ">>",
    [BIN_SUB] = "-", [BIN_TRUEDIV] = "/", [BIN_XOR] = "^",
};
const char *const un_name[UN_MAX] = { [UN_NEG] = "-", [UN_POS] = "+", [UN_INVERT] = "~", [UN_NOT] = "not" };
const char *const cmp_name[CMP_MAX] = {
    [CMP_LT] = "<", [CMP_LE] = "<=", [CMP_EQ] = "==", [CMP_NE] = "!=", [CMP_GT] = ">", [CMP_GE] = ">=",
};

/* ---- value table ---------------------------------------------------------------------------------------- */

typedef struct Known { uint32_t hash, next; Ref v; } Known;
struct ValueTable {
    uint32_t *head;             /* bucket → entry + 1 */
    uint32_t nbucket;           /* a power of two */
    VEC(Known) entry;
};

static uint32_t hash_ins(const Fn *fn, const Ins *in)
{
    uint64_t h = in->op * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)in->ty ^ (uint64_t)in->imm.i * 0xff51afd7ed558ccdu;
    const Ref *arg = ir_args(fn, in);
    for (uint32_t k = 0; k < in->nargs; k++)
        h = (h ^ arg[k].i) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    h *= 0xc4ceb9fe1a85ec53u;
    return (uint32_t)(h >> 32);
}

static bool same_ins(const Fn *fn, const Ins *a, const Ins *b)
{
    return a->op == b->op && a->ty == b->ty && a->nargs == b->nargs && a->imm.i == b->imm.i
        && (a->nargs == 0 || !memcmp(ir_args(fn, a), ir_args(fn, b), a->nargs * sizeof(Ref)));
}

/* Does what block a computed stand at the end of fn->cur? A handler sees only what was there before the block
 * that it protects. */
static bool stands(const Fn *fn, BlkId a)
{
    if (a == BLK_NONE)
        return true;
    for (BlkId b = fn->cur; b != a; ) {
        BlkId up = fn->blk.at[b].idom;
        if (up == BLK_NONE || (up == a && fn->blk.at[a].handler == b))
            return false;
        b = up;
    }
    return true;
}

static Ref table_find(const Fn *fn, const Ins *in, uint32_t hash)
{
    const struct ValueTable *t = fn->known;
    if (!t || !t->nbucket)
        return REF_NONE;
    for (uint32_t e = t->head[hash & (t->nbucket - 1)]; e; e = t->entry.at[e - 1].next) {
        if (t->entry.at[e - 1].hash != hash)
            continue;
        const Ins *known = ir_ins(fn, t->entry.at[e - 1].v);
        if (same_ins(fn, known, in) && stands(fn, known->blk))
            return t->entry.at[e - 1].v;
    }
    return REF_NONE;
}

static void table_link(struct ValueTable *t, uint32_t e)
{
    uint32_t *head = &t->head[t->entry.at[e].hash & (t->nbucket - 1)];
    t->entry.at[e].next = *head;
    *head = e + 1;
}

static void table_add(Fn *fn, uint32_t hash, Ref v)
{
    Arena *a = fn->unit->arena;
    if (!fn->known)
        fn->known = arena_new_of(a, struct ValueTable);
    struct ValueTable *t = fn->known;
    uint32_t e = t->entry.n;
    vec_push(a, &t->entry, ((Known){ .hash = hash, .v = v }));
    if (t->entry.n <= t->nbucket) {
        table_link(t, e);
        return;
    }
    t->nbucket = t->nbucket ? t->nbucket * 2 : 64;
    t->head = arena_new_n(a, uint32_t, t->nbucket);
    for (uint32_t k = 0; k < t->entry.n; k++)
        table_link(t, k);
}

/* ---- instructions --------------------------------------------------------------------------------------- */

static BlkId inner_block(Fn *fn, BlkId idom);

Fn *ir_fn(Unit *u, const char *name, void *code)
{
    Fn *fn = arena_new_of(u->arena, Fn);
    fn->unit = u;
    fn->name = name;
    fn->code = code;
    vec_push(u->arena, &fn->ins, ((Ins){ .op = IR_NOP, .blk = BLK_NONE }));
    vec_push(u->arena, &fn->operand, REF_NONE);     /* Ins.cleanup: 0 is none */
    vec_push(u->arena, &fn->pos, ((Pos){ .line = 0, .end_line = 0, .col = -1, .end_col = -1 }));
    fn->cur = ir_block(fn, BLK_NONE);
    return fn;
}

uint32_t ir_pos(Fn *fn, Pos p)
{
    const Pos *last = &fn->pos.at[fn->pos.n - 1];
    if (last->line != p.line || last->end_line != p.end_line || last->col != p.col || last->end_col != p.end_col)
        vec_push(fn->unit->arena, &fn->pos, p);
    return fn->pos.n - 1;
}

static bool is_terminator(IrOp op)
{
    switch (op) {
    case IR_JUMP: case IR_BRANCH: case IR_RETURN: case IR_RAISE: case IR_FAIL: case IR_RERAISE: case IR_UNREACHABLE:
    case IR_PY_RAISE: case IR_PY_RERAISE:
        return true;
    default:
        return false;
    }
}

static bool has_no_block(IrOp op) { return op == IR_CONST || op == IR_PARAM || op == IR_UNDEF; }

static bool is_shared(IrOp op)
{
    return ir_op[op].effect == EFF_PURE && op != IR_PHI && op != IR_NOP && op != IR_PARAM && op != IR_PY_CAUGHT;
}

bool ir_ended(const Fn *fn)
{
    const Blk *b = &fn->blk.at[fn->cur];
    return b->ins.n > 0 && is_terminator(ir_ins(fn, b->ins.at[b->ins.n - 1])->op);
}

static void set_args(Fn *fn, Ins *in, const Ref *arg, uint32_t nargs)
{
    assert(nargs <= UINT16_MAX);
    in->nargs = (uint16_t)nargs;
    if (nargs <= 3) {
        for (uint32_t k = 0; k < nargs; k++)
            in->arg[k] = arg[k];
        return;
    }
    in->more.start = fn->operand.n;
    in->more.cap = nargs;
    for (uint32_t k = 0; k < nargs; k++)
        vec_push(fn->unit->arena, &fn->operand, arg[k]);
}

static Ref new_ins(Fn *fn, const Ins *in)
{
    fn->have &= ~(uint32_t)HAVE_USES;
    vec_push(fn->unit->arena, &fn->ins, *in);
    return (Ref){ fn->ins.n - 1 };
}

static Ref emit(Fn *fn, Ins in, const Ref *arg, uint32_t nargs)
{
    uint32_t hash = 0, noperand = fn->operand.n;
    if (nargs > UINT16_MAX)
        nj_bug(fn->unit, "%s: %u operands", ir_op[in.op].name, nargs);
    set_args(fn, &in, arg, nargs);
    if (is_shared(in.op)) {
        hash = hash_ins(fn, &in);
        Ref known = table_find(fn, &in, hash);
        if (!ref_is_none(known)) {
            fn->operand.n = noperand;
            return known;
        }
    }
    in.pos = fn->cur_pos;
    in.blk = BLK_NONE;
    if (!has_no_block(in.op)) {
        if (ir_ended(fn))               /* behind a raise: nobody comes here */
            fn->cur = inner_block(fn, fn->cur);
        in.blk = fn->cur;
    }
    Ref v = new_ins(fn, &in);
    if (in.blk != BLK_NONE)
        vec_push(fn->unit->arena, &fn->blk.at[in.blk].ins, v);
    if (is_shared(in.op))
        table_add(fn, hash, v);
    return v;
}

Ref ir_emit(Fn *fn, IrOp op, Ty ty, const Ref *arg, uint32_t nargs)
{
    return emit(fn, (Ins){ .op = op, .ty = ty }, arg, nargs);
}

Ref ir_emit_imm(Fn *fn, IrOp op, Ty ty, const Ref *arg, uint32_t nargs, int64_t imm)
{
    return emit(fn, (Ins){ .op = op, .ty = ty, .imm.i = imm }, arg, nargs);
}

Ref ir_emit_ptr(Fn *fn, IrOp op, Ty ty, const Ref *arg, uint32_t nargs, const void *imm)
{
    return emit(fn, (Ins){ .op = op, .ty = ty, .imm.p = imm }, arg, nargs);
}

void ir_add_arg(Fn *fn, Ref r, Ref arg)
{
    Arena *a = fn->unit->arena;
    Ins *in = ir_ins(fn, r);
    uint32_t n = in->nargs;
    fn->have &= ~(uint32_t)HAVE_USES;
    if (n >= UINT16_MAX)
        nj_bug(fn->unit, "too many operands");
    if (n < 3) {
        in->arg[n] = arg;
    } else {
        if (n == 3 || n == in->more.cap) {      /* move to the end of the operands */
            uint32_t start = fn->operand.n, cap = n == 3 ? 8 : n * 2;
            for (uint32_t k = 0; k < cap; k++)
                vec_push(a, &fn->operand, k < n ? (n == 3 ? in->arg[k] : fn->operand.at[in->more.start + k]) : REF_NONE);
            in->more.start = start;
            in->more.cap = cap;
        }
        fn->operand.at[in->more.start + n] = arg;
    }
    in->nargs = (uint16_t)(n + 1);
}

Ref ir_param(Fn *fn, Ty type)
{
    Arena *a = fn->unit->arena;
    Ref v = ir_emit_imm(fn, IR_PARAM, type, NULL, 0, fn->nparam);
    fn->param = arena_grow(a, fn->param, fn->nparam * sizeof(Ref), (fn->nparam + 1) * sizeof(Ref));
    fn->param[fn->nparam++] = v;
    return v;
}

Ref ir_insert(Fn *fn, BlkId b, uint32_t at, IrOp op, Ty type, const Ref *arg, uint32_t nargs)
{
    Blk *blk = &fn->blk.at[b];
    assert(at <= blk->ins.n);
    Ins in = { .op = op, .ty = type, .blk = b };
    in.pos = at < blk->ins.n ? ir_ins(fn, blk->ins.at[at])->pos : fn->cur_pos;
    set_args(fn, &in, arg, nargs);
    Ref v = new_ins(fn, &in);
    vec_push(fn->unit->arena, &blk->ins, v);
    memmove(&blk->ins.at[at + 1], &blk->ins.at[at], (blk->ins.n - 1 - at) * sizeof(Ref));
    blk->ins.at[at] = v;
    return v;
}

/* ---- constants ------------------------------------------------------------------------------------------ */

/* v as a value of an integer type: sign- or zero-extended. */
static int64_t canon(Ty type, uint64_t v)
{
    uint32_t bits = ty_bits(type);
    if (bits >= 64)
        return (int64_t)v;
    v &= (UINT64_C(1) << bits) - 1;
    if (!ty_is_unsigned(type) && v >> (bits - 1))
        v |= ~UINT64_C(0) << bits;
    return (int64_t)v;
}

Ref ir_int(Fn *fn, Ty type, int64_t v)
{
    if (!ty_is_int(type) && !ty_is_bool(type))
        nj_bug(fn->unit, "ir_int of %s", ty_name(type));
    int64_t x = ty_is_bool(type) ? v != 0 : canon(type, (uint64_t)v);
    return emit(fn, (Ins){ .op = IR_CONST, .ty = type, .imm.i = x }, NULL, 0);
}

Ref ir_float(Fn *fn, Ty type, double v)
{
    if (!ty_is_float(type))
        nj_bug(fn->unit, "ir_float of %s", ty_name(type));
    return emit(fn, (Ins){ .op = IR_CONST, .ty = type, .imm.d = type->kind == TY_F32 ? (double)(float)v : v }, NULL, 0);
}

Ref ir_i64(Fn *fn, int64_t v) { return ir_int(fn, ty(TY_I64), v); }
Ref ir_bool(Fn *fn, bool v) { return ir_int(fn, ty(TY_BOOL), v); }
Ref ir_none(Fn *fn) { return ir_constant(fn, ty(TY_NONE), NULL); }
Ref ir_constant(Fn *fn, Ty type, const void *p) { return ir_emit_ptr(fn, IR_CONST, type, NULL, 0, p); }
Ref ir_undef(Fn *fn, Ty type) { return ir_emit(fn, IR_UNDEF, type, NULL, 0); }

Ref ir_zero(Fn *fn, Ty type)
{
    if (ty_is_complex(type)) {
        Ref zero = ir_float(fn, ty_real(type), 0);
        return ir_complex(fn, type, zero, zero);
    }
    if (ty_is_float(type))
        return ir_float(fn, type, 0);
    if (type->kind == TY_PTR)
        return ir_undef(fn, type);
    return ir_int(fn, type, 0);
}

bool ir_is_int(const Fn *fn, Ref r, int64_t *v)
{
    const Ins *in = ir_ins(fn, r);
    if (in->op != IR_CONST || !in->ty || !(ty_is_int(in->ty) || ty_is_bool(in->ty)))
        return false;
    if (v)
        *v = in->imm.i;
    return true;
}

bool ir_is_float(const Fn *fn, Ref r, double *v)
{
    const Ins *in = ir_ins(fn, r);
    if (in->op != IR_CONST || !in->ty || !ty_is_float(in->ty))
        return false;
    if (v)
        *v = in->imm.d;
    return true;
}

bool ir_is_const(const Fn *fn, Ref r) { return ir_ins(fn, r)->op == IR_CONST; }

/* ---- scalars -------------------------------------------------------------------------------------------- */

static bool fold_int(Ty type, IrOp op, int64_t a, int64_t b, int64_t *out)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    bool uns = ty_is_unsigned(type);
    uint32_t bits = ty_bits(type);
    switch (op) {
    case IR_ADD: x += y; break;
    case IR_SUB: x -= y; break;
    case IR_MUL: x *= y; break;
    case IR_AND: x &= y; break;
    case IR_OR: x |= y; break;
    case IR_XOR: x ^= y; break;
    case IR_DIV: case IR_REM:
        if (b == 0 || (!uns && b == -1 && a == canon(type, UINT64_C(1) << (bits - 1))))
            return false;
        if (uns)
            x = op == IR_DIV ? x / y : x % y;
        else
            x = (uint64_t)(op == IR_DIV ? a / b : a % b);
        break;
    case IR_SHL: case IR_SHR:
        if (y >= bits)
            return false;
        x = op == IR_SHL ? x << y : uns ? x >> y : (uint64_t)(a >> y);
        break;
    default: return false;
    }
    *out = canon(type, x);
    return true;
}

/* F32 too: a double of two floats' sum, product, quotient rounds to the same float as the exact one. */
static bool fold_float(Ty type, IrOp op, double a, double b, double *out)
{
    double x;
    switch (op) {
    case IR_ADD: x = a + b; break;
    case IR_SUB: x = a - b; break;
    case IR_MUL: x = a * b; break;
    case IR_DIV: x = a / b; break;
    default: return false;
    }
    *out = type->kind == TY_F32 ? (double)(float)x : x;
    return !isnan(x) && type->kind != TY_F16;   /* which NaN is the machine's choice */
}

/* x op c for integers, where it is x or a constant; REF_NONE: it is not. */
static Ref fold_right(Fn *fn, IrOp op, Ref a, int64_t c)
{
    Ty type = ir_ty(fn, a);
    int64_t ones = ty_is_bool(type) ? 1 : canon(type, ~UINT64_C(0));
    switch (op) {
    case IR_ADD: case IR_SUB: case IR_XOR: case IR_SHL: case IR_SHR:
        return c == 0 ? a : REF_NONE;
    case IR_OR:
        return c == 0 ? a : c == ones ? ir_int(fn, type, c) : REF_NONE;
    case IR_AND:
        return c == ones ? a : c == 0 ? ir_int(fn, type, 0) : REF_NONE;
    case IR_MUL:
        return c == 1 ? a : c == 0 ? ir_int(fn, type, 0) : REF_NONE;
    case IR_DIV:
        return c == 1 ? a : REF_NONE;
    case IR_REM:
        return c == 1 ? ir_int(fn, type, 0) : REF_NONE;
    default:
        return REF_NONE;
    }
}

static bool commutes(IrOp op)
{
    return op == IR_ADD || op == IR_MUL || op == IR_AND || op == IR_OR || op == IR_XOR || op == IR_EQ || op == IR_NE;
}

/* Integers: constants to the right, the older value to the left. */
static void order_args(const Fn *fn, IrOp op, Ref *a, Ref *b)
{
    bool ca = ir_is_const(fn, *a), cb = ir_is_const(fn, *b);
    if (commutes(op) && (ca != cb ? ca : a->i > b->i)) {
        Ref t = *a;
        *a = *b;
        *b = t;
    }
}

static Ref bin_int(Fn *fn, IrOp op, Ref a, Ref b)
{
    Ty type = ir_ty(fn, a);
    int64_t x, y;
    order_args(fn, op, &a, &b);
    if (ir_is_int(fn, b, &y)) {
        if (ir_is_int(fn, a, &x) && fold_int(type, op, x, y, &x))
            return ir_int(fn, type, x);
        Ref known = fold_right(fn, op, a, y);
        if (!ref_is_none(known))
            return known;
        const Ins *in = ir_ins(fn, a);
        if ((op == IR_ADD || op == IR_MUL) && in->op == op && ir_is_int(fn, in->arg[1], &x)
            && fold_int(type, op, x, y, &x))        /* (v + x) + y */
            return ir_bin(fn, op, in->arg[0], ir_int(fn, type, x));
    }
    if (ref_eq(a, b) && (op == IR_AND || op == IR_OR))
        return a;
    if (ref_eq(a, b) && (op == IR_SUB || op == IR_XOR))
        return ir_int(fn, type, 0);
    return ir_emit(fn, op, type, (Ref[]){ a, b }, 2);
}

Ref ir_bin(Fn *fn, IrOp op, Ref a, Ref b)
{
    Ty type = ir_ty(fn, a);
    double x, y;
    assert(op >= IR_ADD && op <= IR_SHR && type == ir_ty(fn, b));
    if (ty_is_int(type) || ty_is_bool(type))
        return bin_int(fn, op, a, b);
    if (ir_is_float(fn, a, &x) && ir_is_float(fn, b, &y) && fold_float(type, op, x, y, &x))
        return ir_float(fn, type, x);
    return ir_emit(fn, op, type, (Ref[]){ a, b }, 2);
}

static bool fold_cmp_int(Ty type, IrOp op, int64_t a, int64_t b)
{
    uint32_t bits = ty_bits(type);
    uint64_t mask = bits >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1, x = (uint64_t)a & mask, y = (uint64_t)b & mask;
    bool less = op == IR_ULT || ty_is_unsigned(type) ? x < y : a < b;
    switch (op) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_LT: case IR_ULT: return less;
    case IR_LE: return less || a == b;
    case IR_GT: return !less && a != b;
    default: return !less;
    }
}

static bool fold_cmp_float(IrOp op, double a, double b)
{
    switch (op) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_LT: case IR_ULT: return a < b;
    case IR_LE: return a <= b;
    case IR_GT: return a > b;
    default: return a >= b;
    }
}

Ref ir_cmp(Fn *fn, IrOp op, Ref a, Ref b)
{
    Ty type = ir_ty(fn, a);
    int64_t i, j;
    double x, y;
    assert(op >= IR_EQ && op <= IR_ULT && type == ir_ty(fn, b));
    if (ty_is_int(type) || ty_is_bool(type)) {
        order_args(fn, op, &a, &b);
        if (ref_eq(a, b))
            return ir_bool(fn, op == IR_EQ || op == IR_LE || op == IR_GE);
        if (ir_is_int(fn, a, &i) && ir_is_int(fn, b, &j))
            return ir_bool(fn, fold_cmp_int(type, op, i, j));
    }
    if (ir_is_float(fn, a, &x) && ir_is_float(fn, b, &y))
        return ir_bool(fn, fold_cmp_float(op, x, y));
    return ir_emit(fn, op, ty(TY_BOOL), (Ref[]){ a, b }, 2);
}

Ref ir_un(Fn *fn, IrOp op, Ref a)
{
    const Ins *in = ir_ins(fn, a);
    Ty type = in->ty;
    int64_t i;
    double x;
    assert(op == IR_NEG || op == IR_NOT);
    if (ir_is_int(fn, a, &i))
        return ir_int(fn, type, canon(type, op == IR_NEG ? -(uint64_t)i : ~(uint64_t)i));
    if (op == IR_NEG && type->kind != TY_F16 && ir_is_float(fn, a, &x))
        return ir_float(fn, type, -x);
    if (in->op == op)
        return in->arg[0];
    return ir_emit(fn, op, type, &a, 1);
}

Ref ir_select(Fn *fn, Ref c, Ref a, Ref b)
{
    int64_t v, x, y;
    if (ref_eq(a, b))
        return a;
    if (ir_is_int(fn, c, &v))
        return v ? a : b;
    if (ty_is_bool(ir_ty(fn, a)) && ir_is_int(fn, a, &x) && ir_is_int(fn, b, &y) && x != y)
        return x ? c : ir_un(fn, IR_NOT, c);
    return ir_emit(fn, IR_SELECT, ir_ty(fn, a), (Ref[]){ c, a, b }, 3);
}

/* ---- conversions ---------------------------------------------------------------------------------------- */

static Ref cast_int_const(Fn *fn, Ty from, int64_t v, Ty to)
{
    bool uns = ty_is_unsigned(from);
    if (ty_is_bool(to) || ty_is_int(to))
        return ir_int(fn, to, v);
    if (to->kind == TY_F16 && (v > 2048 || v < -2048))
        return REF_NONE;
    if (to->kind == TY_F32)
        return ir_float(fn, to, uns ? (double)(float)(uint64_t)v : (double)(float)v);
    return ir_float(fn, to, uns ? (double)(uint64_t)v : (double)v);
}

static Ref cast_float_const(Fn *fn, Ty from, double v, Ty to)
{
    if (from->kind == TY_F16 && trunc(v) != v)
        return REF_NONE;
    if (ty_is_bool(to))
        return ir_bool(fn, v != 0);
    if (ty_is_float(to)) {
        if (isnan(v) || (to->kind == TY_F16 && !(fabs(v) <= 2048 && trunc(v) == v)))
            return REF_NONE;
        return ir_float(fn, to, v);
    }
    uint32_t bits = ty_bits(to);
    double t = trunc(v), top = ldexp(1, (int)(ty_is_unsigned(to) ? bits : bits - 1));
    if (!(t < top) || !(t >= (ty_is_unsigned(to) ? 0 : -top)))
        return REF_NONE;
    return ir_int(fn, to, ty_is_unsigned(to) ? (int64_t)(uint64_t)t : (int64_t)t);
}

static Ref cast_const(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    int64_t i;
    double x;
    if (ir_is_int(fn, a, &i))
        return cast_int_const(fn, from, i, to);
    if (ir_is_float(fn, a, &x))
        return cast_float_const(fn, from, x, to);
    return REF_NONE;
}

static Ref cast_complex(Fn *fn, Ref a, Ty to)
{
    if (ty_is_complex(to)) {
        Ty part = ty_real(to);
        Ref re = ir_cast(fn, ir_real(fn, a), part);
        return ir_complex(fn, to, re, ir_cast(fn, ir_imag(fn, a), part));
    }
    if (ty_is_bool(to)) {
        Ref re = ir_cast(fn, ir_real(fn, a), to);
        return ir_bin(fn, IR_OR, re, ir_cast(fn, ir_imag(fn, a), to));
    }
    return ir_cast(fn, ir_real(fn, a), to);
}

Ref ir_cast(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    if (from == to)
        return a;
    if (!ty_is_scalar(from) || !ty_is_scalar(to) || ty_strong(from) == ty_strong(to))
        return ir_retype(fn, a, to);
    if (ty_is_complex(from))
        return cast_complex(fn, a, to);
    if (ty_is_complex(to)) {
        Ty part = ty_real(to);
        Ref re = ir_cast(fn, a, part);
        return ir_complex(fn, to, re, ir_float(fn, part, 0));
    }
    Ref known = cast_const(fn, a, to);
    return !ref_is_none(known) ? known : ir_emit(fn, IR_CAST, to, &a, 1);
}

static Ref retype_array(Fn *fn, Ref a, Ty to)
{
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    for (uint32_t k = 0; k < to->ndim; k++) {
        extent[k] = ir_extent(fn, a, k);
        stride[k] = to->order == ORDER_A ? ir_stride(fn, a, k) : REF_NONE;
    }
    return ir_view(fn, to, a, ir_data(fn, a), extent, stride);
}

static Ref retype_items(Fn *fn, Ref a, Ty to)
{
    VEC(Ref) item = { 0 };
    for (uint32_t k = 0; k < to->nitem; k++) {
        Ref x = ir_cast(fn, ir_item(fn, a, k), to->item[k]);
        vec_push(fn->unit->arena, &item, x);
    }
    return ir_tuple(fn, to, item.at, item.n);
}

static bool is_optional(Ty x) { return x->kind == TY_OPTIONAL || x->kind == TY_MAYBE; }

/* Into an optional or maybe: of nothing, of another one, of a value. */
static Ref retype_optional(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    if (from->kind == (to->kind == TY_OPTIONAL ? TY_NONE : TY_UNBOUND))
        return ir_nothing(fn, to);
    if (from->kind != to->kind)
        return ir_some(fn, to, ir_cast(fn, a, to->elem));
    Ref has = ir_has(fn, a), some = ir_some(fn, to, ir_cast(fn, ir_unwrap(fn, a), to->elem));
    return ir_select(fn, has, some, ir_nothing(fn, to));
}

Ref ir_retype(Fn *fn, Ref a, Ty to)
{
    const Ins *in = ir_ins(fn, a);
    Ty from = in->ty;
    if (from == to)
        return a;
    if (is_optional(to))
        return retype_optional(fn, a, to);
    if (in->op == IR_UNDEF)
        return ir_undef(fn, to);
    if (ty_is_array(from) && ty_is_array(to) && from->ndim == to->ndim)
        return retype_array(fn, a, to);
    if (ty_is_complex(from) && ty_is_complex(to))
        return cast_complex(fn, a, to);
    if (ty_is_aggregate(from) && ty_is_aggregate(to) && from->nitem == to->nitem)
        return retype_items(fn, a, to);
    if (in->op == IR_CONST && from->nparts == to->nparts)
        return emit(fn, (Ins){ .op = IR_CONST, .ty = to, .imm.i = in->imm.i }, NULL, 0);
    if (from->nparts != to->nparts)
        nj_bug(fn->unit, "retype of %s to %s", ty_name(from), ty_name(to));
    return ir_bitcast(fn, a, to);
}

Ref ir_bitcast(Fn *fn, Ref a, Ty to)
{
    const Ins *in = ir_ins(fn, a);
    int64_t v;
    if (in->ty == to)
        return a;
    if (ir_is_int(fn, a, &v) && ty_is_int(to))
        return ir_int(fn, to, v);
    if (in->op == IR_BITCAST)
        return ir_bitcast(fn, in->arg[0], to);
    return ir_emit(fn, IR_BITCAST, to, &a, 1);
}

Ref ir_math(Fn *fn, MathId id, const Ref *arg, uint32_t n)
{
    assert((int)n == math_row[id].nargs);
    return ir_emit_imm(fn, IR_MATH, ir_ty(fn, arg[0]), arg, n, id);
}

Ref ir_math1(Fn *fn, MathId id, Ref a) { return ir_math(fn, id, &a, 1); }
Ref ir_math2(Fn *fn, MathId id, Ref a, Ref b) { return ir_math(fn, id, (Ref[]){ a, b }, 2); }

/* ---- complex, aggregates, optionals ---------------------------------------------------------------------- */

Ref ir_complex(Fn *fn, Ty type, Ref re, Ref im)
{
    return ir_emit(fn, IR_COMPLEX, type, (Ref[]){ re, im }, 2);
}

static Ref complex_part(Fn *fn, IrOp op, Ref z, uint32_t k)
{
    const Ins *in = ir_ins(fn, z);
    if (in->op == IR_COMPLEX)
        return in->arg[k];
    if (in->op == IR_UNDEF)
        return ir_float(fn, ty_real(in->ty), 0);
    return ir_emit(fn, op, ty_real(in->ty), &z, 1);
}

Ref ir_real(Fn *fn, Ref z) { return complex_part(fn, IR_REAL, z, 0); }
Ref ir_imag(Fn *fn, Ref z) { return complex_part(fn, IR_IMAG, z, 1); }

Ref ir_tuple(Fn *fn, Ty aggregate, const Ref *item, uint32_t n)
{
    assert(n == aggregate->nitem);
    return ir_emit(fn, IR_TUPLE, aggregate, item, n);
}

static bool is_unit_type(Ty x) { return x->kind == TY_NONE || ty_is_constant(x); }

Ref ir_item(Fn *fn, Ref aggregate, uint32_t k)
{
    const Ins *in = ir_ins(fn, aggregate);
    if (k >= in->ty->nitem)
        nj_bug(fn->unit, "item %u of %s", k, ty_name(in->ty));
    Ty type = in->ty->item[k];
    if (in->op == IR_TUPLE)
        return ir_args(fn, in)[k];
    if (is_unit_type(type))
        return ir_constant(fn, type, NULL);
    if (in->op == IR_UNDEF)
        return ir_undef(fn, type);
    return ir_emit_imm(fn, IR_ITEM, type, &aggregate, 1, k);
}

Ref ir_some(Fn *fn, Ty optional, Ref value)
{
    return ir_emit(fn, IR_SOME, optional, &value, 1);
}

Ref ir_nothing(Fn *fn, Ty optional) { return ir_undef(fn, optional); }

Ref ir_has(Fn *fn, Ref optional)
{
    const Ins *in = ir_ins(fn, optional);
    if (in->op == IR_SOME || in->op == IR_UNDEF)
        return ir_bool(fn, in->op == IR_SOME);
    return ir_emit(fn, IR_HAS, ty(TY_BOOL), &optional, 1);
}

Ref ir_unwrap(Fn *fn, Ref optional)
{
    const Ins *in = ir_ins(fn, optional);
    Ty type = in->ty->elem;
    if (in->op == IR_SOME)
        return in->arg[0];
    if (is_unit_type(type))
        return ir_constant(fn, type, NULL);
    if (in->op == IR_UNDEF)
        return ir_undef(fn, type);
    return ir_emit(fn, IR_UNWRAP, type, &optional, 1);
}

/* ---- arrays --------------------------------------------------------------------------------------------- */

Ref ir_new(Fn *fn, Ty array, const Ref *extent, bool zeroed)
{
    return ir_emit_imm(fn, IR_NEW, array, extent, array->ndim, zeroed);
}

Ref ir_extent(Fn *fn, Ref array, uint32_t axis)
{
    const Ins *in = ir_ins(fn, array);
    assert(ty_is_array(in->ty) && axis < in->ty->ndim);
    if (in->ty->extent)
        return ir_i64(fn, in->ty->extent[axis]);
    if (in->op == IR_NEW)
        return ir_args(fn, in)[axis];
    if (in->op == IR_VIEW)
        return ir_args(fn, in)[2 + axis];
    if (in->op == IR_CONST)             /* owner, data, extents ... */
        return ir_i64(fn, ((const int64_t *)in->imm.p)[2 + axis]);
    return ir_emit_imm(fn, IR_EXTENT, ty(TY_I64), &array, 1, axis);
}

Ref ir_stride(Fn *fn, Ref array, uint32_t axis)
{
    const Ins *in = ir_ins(fn, array);
    Ty type = in->ty;
    assert(ty_is_array(type) && axis < type->ndim);
    if (type->order == ORDER_A && in->op == IR_VIEW)
        return ir_args(fn, in)[2 + type->ndim + axis];
    if (type->order == ORDER_A)
        return ir_emit_imm(fn, IR_STRIDE, ty(TY_I64), &array, 1, axis);
    Ref stride = ir_i64(fn, type->elem->nbytes);
    if (type->order == ORDER_C)
        for (uint32_t k = type->ndim; k-- > axis + 1; )
            stride = ir_bin(fn, IR_MUL, stride, ir_extent(fn, array, k));
    else
        for (uint32_t k = 0; k < axis; k++)
            stride = ir_bin(fn, IR_MUL, stride, ir_extent(fn, array, k));
    return stride;
}

Ref ir_data(Fn *fn, Ref array)
{
    const Ins *in = ir_ins(fn, array);
    if (in->op == IR_VIEW)
        return ir_args(fn, in)[1];
    return ir_emit(fn, IR_DATA, ty(TY_PTR), &array, 1);
}

Ref ir_nelem(Fn *fn, Ref array)
{
    Ref n = ir_i64(fn, 1);
    for (uint32_t k = 0; k < ir_ty(fn, array)->ndim; k++)
        n = ir_bin(fn, IR_MUL, n, ir_extent(fn, array, k));
    return n;
}

Ref ir_offset(Fn *fn, Ref ptr, Ref nbytes)
{
    int64_t v;
    if (ir_is_int(fn, nbytes, &v) && v == 0)
        return ptr;
    return ir_emit(fn, IR_OFFSET, ty(TY_PTR), (Ref[]){ ptr, nbytes }, 2);
}

Ref ir_view(Fn *fn, Ty array, Ref base, Ref ptr, const Ref *extent, const Ref *stride)
{
    Ref arg[2 + 2 * NDIM_MAX];
    uint32_t n = 0;
    while (ir_ins(fn, base)->op == IR_VIEW)
        base = ir_arg(fn, base, 0);
    arg[n++] = base;
    arg[n++] = ptr;
    for (uint32_t k = 0; k < array->ndim; k++)
        arg[n++] = extent[k];
    for (uint32_t k = 0; array->order == ORDER_A && k < array->ndim; k++)
        arg[n++] = stride[k];
    return ir_emit(fn, IR_VIEW, array, arg, n);
}

Ref ir_load(Fn *fn, Ref array, const Ref *index)
{
    Ref arg[1 + NDIM_MAX] = { array };
    Ty type = ir_ty(fn, array);
    for (uint32_t k = 0; k < type->ndim; k++)
        arg[1 + k] = index[k];
    return ir_emit(fn, IR_LOAD, type->elem, arg, 1u + type->ndim);
}

void ir_store(Fn *fn, Ref array, Ref value, const Ref *index)
{
    Ref arg[2 + NDIM_MAX] = { array, value };
    Ty type = ir_ty(fn, array);
    assert(ir_ty(fn, value) == type->elem);
    for (uint32_t k = 0; k < type->ndim; k++)
        arg[2 + k] = index[k];
    ir_emit(fn, IR_STORE, ty(TY_NONE), arg, 2u + type->ndim);
}

/* ---- control -------------------------------------------------------------------------------------------- */

static Ref emit_joined(Fn *fn, IrOp op, Ref first, const Ref *arg, uint32_t n, int64_t imm)
{
    VEC(Ref) all = { 0 };
    vec_push(fn->unit->arena, &all, first);
    for (uint32_t k = 0; k < n; k++)
        vec_push(fn->unit->arena, &all, arg[k]);
    return ir_emit_imm(fn, op, ty(TY_NONE), all.at, all.n, imm);
}

/* A check that was made before, on every way here, is not made again. */
void ir_check(Fn *fn, Ref ok, DiagId id, const Ref *arg, uint32_t n)
{
    int64_t v;
    if (ir_is_int(fn, ok, &v) && v)
        return;
    Ins key = { .op = IR_CHECK, .nargs = 1, .arg = { ok } };
    uint32_t hash = hash_ins(fn, &key);
    const struct ValueTable *t = fn->known;
    for (uint32_t e = t && t->nbucket ? t->head[hash & (t->nbucket - 1)] : 0; e; e = t->entry.at[e - 1].next) {
        const Ins *in = ir_ins(fn, t->entry.at[e - 1].v);
        if (t->entry.at[e - 1].hash == hash && in->op == IR_CHECK && ref_eq(ir_args(fn, in)[0], ok)
            && fn->blk.at[in->blk].handler == BLK_NONE && stands(fn, in->blk))
            return;
    }
    table_add(fn, hash, emit_joined(fn, IR_CHECK, ok, arg, n, id));
}

Ref ir_call(Fn *fn, struct Instance *callee, Ty ret, const Ref *arg, uint32_t n)
{
    return ir_emit_ptr(fn, IR_CALL, ret, arg, n, callee);
}

Ref ir_rt(Fn *fn, int rt, Ty ret, const Ref *arg, uint32_t n)
{
    return ir_emit_imm(fn, IR_RT, ret, arg, n, rt);
}

BlkId ir_block(Fn *fn, BlkId idom)
{
    fn->have &= ~(uint32_t)(HAVE_DOM | HAVE_LOOPS);
    vec_push(fn->unit->arena, &fn->blk, ((Blk){ .handler = BLK_NONE, .idom = idom, .loop = BLK_NONE,
                                               .succ = { BLK_NONE, BLK_NONE } }));
    return fn->blk.n - 1;
}

void ir_protect(Fn *fn, BlkId b, BlkId handler)
{
    if (handler == BLK_NONE || fn->blk.at[b].handler == handler)
        return;
    fn->blk.at[b].handler = handler;
    vec_push(fn->unit->arena, &fn->blk.at[handler].pred, b);
    fn->have &= ~(uint32_t)(HAVE_DOM | HAVE_LOOPS);
}

/* A block inside of what fn->cur is in. */
static BlkId inner_block(Fn *fn, BlkId idom)
{
    BlkId handler = fn->blk.at[fn->cur].handler, b = ir_block(fn, idom);
    ir_protect(fn, b, handler);
    return b;
}

static void add_edge(Fn *fn, BlkId to)
{
    Blk *b = &fn->blk.at[fn->cur];
    b->succ[b->nsucc++] = to;
    vec_push(fn->unit->arena, &fn->blk.at[to].pred, fn->cur);
    fn->have &= ~(uint32_t)(HAVE_DOM | HAVE_LOOPS);
}

void ir_jump(Fn *fn, BlkId to)
{
    ir_emit(fn, IR_JUMP, ty(TY_NONE), NULL, 0);
    add_edge(fn, to);
}

void ir_branch(Fn *fn, Ref cond, BlkId yes, BlkId no)
{
    int64_t v;
    if (ir_is_int(fn, cond, &v)) {
        ir_jump(fn, v ? yes : no);
        return;
    }
    if (yes == no) {
        ir_jump(fn, yes);
        return;
    }
    ir_emit(fn, IR_BRANCH, ty(TY_NONE), &cond, 1);
    add_edge(fn, yes);
    add_edge(fn, no);
}

void ir_return(Fn *fn, Ref value)
{
    if (ref_is_none(value))
        value = ir_none(fn);
    ir_emit(fn, IR_RETURN, ty(TY_NONE), &value, 1);
}

void ir_raise(Fn *fn, Ref exception) { ir_emit(fn, IR_RAISE, ty(TY_NONE), &exception, 1); }

void ir_fail(Fn *fn, DiagId id, const Ref *arg, uint32_t n)
{
    ir_emit_imm(fn, IR_FAIL, ty(TY_NONE), arg, n, id);
}

Ref ir_phi(Fn *fn, BlkId b, Ty type)
{
    Ref v = new_ins(fn, &(Ins){ .op = IR_PHI, .ty = type, .pos = fn->cur_pos, .blk = b });
    Blk *blk = &fn->blk.at[b];
    uint32_t at = 0;
    while (at < blk->ins.n && ir_ins(fn, blk->ins.at[at])->op == IR_PHI)
        at++;
    vec_push(fn->unit->arena, &blk->ins, v);
    memmove(&blk->ins.at[at + 1], &blk->ins.at[at], (blk->ins.n - 1 - at) * sizeof(Ref));
    blk->ins.at[at] = v;
    return v;
}

/* The blocks are made in this order: then, else, join. */
IrIf ir_if(Fn *fn, Ref cond)
{
    BlkId top = fn->cur, then = inner_block(fn, top);
    IrIf s = { .other = inner_block(fn, top), .join = inner_block(fn, top) };
    ir_branch(fn, cond, then, s.other);
    ir_at(fn, then);
    return s;
}

/* Ends an arm of an if that began with block b. True: it does not go to the join. */
static bool end_arm(Fn *fn, BlkId b, BlkId join)
{
    if (ir_ended(fn))
        return true;
    if (fn->blk.at[b].pred.n == 0) {
        ir_emit(fn, IR_UNREACHABLE, ty(TY_NONE), NULL, 0);
        return true;
    }
    ir_jump(fn, join);
    return false;
}

void ir_else(Fn *fn, IrIf *s)
{
    s->then_ended = end_arm(fn, s->other - 1, s->join);
    s->then_end = fn->cur;
    ir_at(fn, s->other);
}

Ref ir_endif(Fn *fn, IrIf *s, Ref a, Ref b)
{
    bool else_ended = end_arm(fn, s->other, s->join);
    BlkId else_end = fn->cur;
    ir_at(fn, s->join);
    if (s->then_ended != else_ended)
        fn->blk.at[s->join].idom = else_ended ? s->then_end : else_end;
    if (ref_is_none(a) && ref_is_none(b))
        return REF_NONE;
    if (s->then_ended && else_ended)
        return ir_undef(fn, ir_ty(fn, ref_is_none(a) ? b : a));
    if (s->then_ended || else_ended)
        return else_ended ? a : b;
    if (ref_eq(a, b))
        return a;
    assert(ir_ty(fn, a) == ir_ty(fn, b));
    Ref phi = ir_phi(fn, s->join, ir_ty(fn, a));
    ir_add_arg(fn, phi, a);
    ir_add_arg(fn, phi, b);
    return phi;
}

IrLoop ir_loop(Fn *fn, Ref n, const Ref *init, uint32_t ncarried)
{
    assert(ncarried <= NRED_MAX);
    BlkId header = inner_block(fn, fn->cur);
    IrLoop l = { .header = header, .body = inner_block(fn, header), .exit = inner_block(fn, header), .ncarried = ncarried };
    Ref zero = ir_i64(fn, 0);
    ir_jump(fn, header);
    l.index = ir_phi(fn, header, ty(TY_I64));
    ir_add_arg(fn, l.index, zero);
    for (uint32_t k = 0; k < ncarried; k++) {
        l.carried[k] = ir_phi(fn, header, ir_ty(fn, init[k]));
        ir_add_arg(fn, l.carried[k], init[k]);
    }
    ir_at(fn, header);
    ir_branch(fn, ir_cmp(fn, IR_LT, l.index, n), l.body, l.exit);
    ir_at(fn, l.body);
    return l;
}

void ir_endloop(Fn *fn, IrLoop *l, const Ref *next)
{
    if (!ir_ended(fn)) {
        Ref step = ir_bin(fn, IR_ADD, l->index, ir_i64(fn, 1));
        ir_jump(fn, l->header);
        ir_add_arg(fn, l->index, step);
        for (uint32_t k = 0; k < l->ncarried; k++)
            ir_add_arg(fn, l->carried[k], next[k]);
    }
    ir_at(fn, l->exit);
}
