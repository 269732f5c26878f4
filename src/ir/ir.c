/* ir.c: building SSA: instructions, value numbering, blocks. (scalar.c: constants and arithmetic; aggregate.c: the rest.)
 *
 * In: calls of the builders. Out: a Fn. An op that is PURE and equal to an earlier one whose block dominates
 * fn->cur is that earlier one; to find it, each Fn has a hash table of its pure instructions (ValueTable), compared
 * with what stands in Fn.ins now, so passes may change instructions freely. */
#include "ir/ir.h"

const IrDesc ir_op[IR_MAX] = {
#define IR(op, nargs, level, effect) [IR_##op] = { #op, nargs, LEVEL_##level, EFF_##effect },
#include "ir/ir.def"
#undef IR
};

const MathRow math_row[MATH_MAX] = {
#define MATH(id, nargs, cname, intrinsic, sleef, ulp, numpy, where, own) [MATH_##id] = { #id, nargs, cname, intrinsic, sleef, ulp, numpy, where, own },
#include "ir/math.def"
#undef MATH
};

const char *const bin_name[BIN_MAX] = {
    [BIN_ADD] = "+", [BIN_AND] = "&", [BIN_FLOORDIV] = "//", [BIN_LSHIFT] = "<<", [BIN_MATMUL] = "@",
    [BIN_MUL] = "*", [BIN_MOD] = "%", [BIN_OR] = "|", [BIN_POW] = "**", [BIN_RSHIFT] = ">>",
    [BIN_SUB] = "-", [BIN_TRUEDIV] = "/", [BIN_XOR] = "^",
};
const char *const un_name[UN_MAX] = { [UN_NEG] = "-", [UN_POS] = "+", [UN_INVERT] = "~", [UN_NOT] = "not" };
const uint8_t cmp_mirrored[CMP_MAX] = { CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE };
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

static bool above(const Fn *fn, BlkId a, BlkId b)
{
    while (b != a && b != BLK_NONE)
        b = fn->blk.at[b].idom;
    return b == a;
}

/* Is b, which a dominates at once, entered from the end of a? Not if it is the handler of a, or where that joins. */
static bool follows(const Fn *fn, BlkId a, BlkId b)
{
    const Blk *blk = &fn->blk.at[b];
    if (fn->blk.at[a].handler == BLK_NONE)
        return true;
    for (uint32_t p = 0; p < blk->pred.n; p++)
        if (blk->pred.at[p] != a && !above(fn, b, blk->pred.at[p]))
            return false;
    return fn->blk.at[a].handler != b;
}

/* Does what block a computed stand at the end of fn->cur? What an op of a that fails leads to sees only what was there before a. */
static bool stands(const Fn *fn, BlkId a)
{
    if (a == BLK_NONE)
        return true;
    for (BlkId b = fn->cur; b != a; ) {
        BlkId up = fn->blk.at[b].idom;
        if (up == BLK_NONE || (up == a && !follows(fn, a, b)))
            return false;
        b = up;
    }
    return true;
}

bool ir_stands(const Fn *fn, Ref v) { return stands(fn, ir_ins(fn, v)->blk); }
bool ir_was_run(const Fn *fn, BlkId b) { return fn->blk.at[b].handler == BLK_NONE && stands(fn, b); }

/* So many equal ones are asked whether they stand here, the newest first: of a thousand `try` that read one element each has a test
 * of its own, which stands nowhere else (25 s became 1.6). */
enum { EQUALS_MOST = 8 };

static Ref table_find(const Fn *fn, const Ins *in, uint32_t hash)
{
    const struct ValueTable *t = fn->known;
    if (!t || !t->nbucket)
        return REF_NONE;
    for (uint32_t e = t->head[hash & (t->nbucket - 1)], left = EQUALS_MOST; e && left > 0; e = t->entry.at[e - 1].next) {
        if (t->entry.at[e - 1].hash != hash)
            continue;
        const Ins *known = ir_ins(fn, t->entry.at[e - 1].v);
        if (!same_ins(fn, known, in))
            continue;
        if (stands(fn, known->blk))
            return t->entry.at[e - 1].v;
        left--;
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
    if (last->line != p.line || last->end_line != p.end_line || last->col != p.col || last->end_col != p.end_col
        || last->site != p.site)
        vec_push(fn->unit->arena, &fn->pos, p);
    return fn->pos.n - 1;
}

static bool has_no_block(IrOp op) { return op == IR_CONST || op == IR_PARAM || op == IR_UNDEF; }

/* An index that was in range is so again. */
static bool is_shared(IrOp op)
{
    return op == IR_INDEX || (ir_op[op].effect == EFF_PURE && op != IR_PHI && op != IR_NOP && op != IR_PARAM && op != IR_PY_CAUGHT);
}

bool ir_ended(const Fn *fn)
{
    const Blk *b = &fn->blk.at[fn->cur];
    return b->ins.n > 0 && ir_is_terminator(ir_ins(fn, b->ins.at[b->ins.n - 1])->op);
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

void ir_keep_args(Fn *fn, Ref r, const Ref *arg, uint32_t n)
{
    Ins *in = ir_ins(fn, r);
    fn->have &= ~(uint32_t)HAVE_USES;
    assert(n <= in->nargs);
    memcpy(in->nargs > 3 && n <= 3 ? in->arg : ir_args(fn, in), arg, n * sizeof(Ref));
    in->nargs = (uint16_t)n;
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

/* ---- control -------------------------------------------------------------------------------------------- */

static Ref emit_joined(Fn *fn, IrOp op, Ref first, const Ref *arg, uint32_t n, int64_t imm)
{
    VEC(Ref) all = { 0 };
    vec_push(fn->unit->arena, &all, first);
    for (uint32_t k = 0; k < n; k++)
        vec_push(fn->unit->arena, &all, arg[k]);
    return ir_emit_imm(fn, op, ty(TY_NONE), all.at, all.n, imm);
}

static uint32_t check_hash(const Fn *fn, Ref ok)
{
    Ins key = { .op = IR_CHECK, .nargs = 1, .arg = { ok } };
    return hash_ins(fn, &key);
}

bool ir_was_checked(const Fn *fn, Ref ok)
{
    uint32_t hash = check_hash(fn, ok);
    const struct ValueTable *t = fn->known;
    for (uint32_t e = t && t->nbucket ? t->head[hash & (t->nbucket - 1)] : 0; e; e = t->entry.at[e - 1].next) {
        const Ins *in = ir_ins(fn, t->entry.at[e - 1].v);
        if (t->entry.at[e - 1].hash == hash && in->op == IR_CHECK && ref_eq(ir_args(fn, in)[0], ok)
            && fn->blk.at[in->blk].handler == BLK_NONE && stands(fn, in->blk))
            return true;
    }
    return false;
}

/* A check that was made before is not made again. */
void ir_check(Fn *fn, Ref ok, DiagId id, const Ref *arg, uint32_t n)
{
    int64_t v;
    if (!(ir_is_int(fn, ok, &v) && v) && !ir_was_checked(fn, ok))
        table_add(fn, check_hash(fn, ok), emit_joined(fn, IR_CHECK, ok, arg, n, id));
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
    vec_push(fn->unit->arena, &fn->blk, ((Blk){ .handler = BLK_NONE, .idom = idom, .loop = BLK_NONE, .form = fn->form,
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

void ir_unprotect(Fn *fn, BlkId b)
{
    Blk *h = fn->blk.at[b].handler == BLK_NONE ? NULL : &fn->blk.at[fn->blk.at[b].handler];
    for (uint32_t e = 0; h && e < h->pred.n; e++)
        if (h->pred.at[e] == b) {
            h->pred.at[e] = h->pred.at[--h->pred.n];
            break;
        }
    fn->blk.at[b].handler = BLK_NONE;
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
