/* memory.c: who owns which array → RETAIN, RELEASE and cleanups.
 *
 * A root is a value that holds one reference of its own: the result of NEW, CALL, LATER, RT, and every phi of a type with arrays
 * in it. Other values (VIEW, ITEM, TUPLE, SELECT ...) borrow from the roots of their operands and keep them live; so does a
 * place in the frame that they are put into (POKE).
 * Parameters and constants are borrowed from the caller; what is in the frame is counted by nobody. Liveness of roots says
 * where each is released; a phi takes over its operand's reference where that dies on the edge, and retains otherwise; so
 * does RETURN. */
#include "opt/opt.h"

typedef struct Set { uint64_t *at; } Set;
typedef VEC(uint32_t) List;
typedef struct Mem {
    Fn *fn;
    uint32_t nroot, nword, nvalue;
    Ref *root;                  /* of a root number */
    uint32_t *number;           /* of a value: root number + 1 */
    List *from;                 /* of a value: its roots */
    bool *done;
    Set *in;                    /* live at the start of a block, phis of the block included */
    Set *out;
} Mem;

static bool has(Set s, uint32_t k) { return s.at[k / 64] >> (k % 64) & 1; }
static void add(Set s, uint32_t k) { s.at[k / 64] |= 1ull << (k % 64); }
static void drop(Set s, uint32_t k) { s.at[k / 64] &= ~(1ull << (k % 64)); }
static Set new_set(Mem *m) { return (Set){ arena_new_n(m->fn->unit->arena, uint64_t, m->nword) }; }
static void copy(Mem *m, Set to, Set from) { memcpy(to.at, from.at, m->nword * 8); }
static bool join(Mem *m, Set to, Set from)
{
    uint64_t grown = 0;
    for (uint32_t k = 0; k < m->nword; k++) {
        grown |= from.at[k] & ~to.at[k];
        to.at[k] |= from.at[k];
    }
    return grown != 0;
}

static bool list_has(const List *l, uint32_t x)
{
    for (uint32_t k = 0; k < l->n; k++)
        if (l->at[k] == x)
            return true;
    return false;
}

static void list_add(Mem *m, List *l, uint32_t x)
{
    if (!list_has(l, x))
        vec_push(m->fn->unit->arena, l, x);
}

/* The roots that must live for value r to be used. */
static const List *roots(Mem *m, Ref r)
{
    static const List none = { 0 };
    if (r.i >= m->nvalue)
        return &none;
    List *l = &m->from[r.i];
    if (m->done[r.i])
        return l;
    m->done[r.i] = true;
    Ins *in = ir_ins(m->fn, r);
    if (m->number[r.i]) {
        list_add(m, l, m->number[r.i] - 1);
        return l;
    }
    if (in->op == IR_PHI || !in->ty || !(ty_holds_array(in->ty) || in->ty->kind == TY_PTR))
        return l;
    for (uint32_t k = 0; k < in->nargs; k++) {
        const List *of = roots(m, ir_args(m->fn, in)[k]);
        for (uint32_t j = 0; j < of->n; j++)
            list_add(m, l, of->at[j]);
    }
    return l;
}

/* What is put into the frame lives as long as its place there is used: the runtime reads it from there. */
static void put_in_frame(Mem *m, const Ins *poke)
{
    const Ref *arg = ir_args(m->fn, poke);
    if (!ty_holds_array(ir_ty(m->fn, arg[1])))
        return;
    const List *held = roots(m, arg[1]);
    roots(m, arg[0]);
    for (uint32_t k = 0; k < held->n; k++)
        list_add(m, &m->from[arg[0].i], held->at[k]);
}

static void find_pokes(Mem *m)
{
    Fn *fn = m->fn;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            if (ir_ins(fn, fn->blk.at[b].ins.at[k])->op == IR_POKE)
                put_in_frame(m, ir_ins(fn, fn->blk.at[b].ins.at[k]));
}

static void find_roots(Mem *m)
{
    Fn *fn = m->fn;
    Arena *a = fn->unit->arena;
    m->nvalue = fn->ins.n;
    m->root = arena_new_n(a, Ref, fn->ins.n);
    m->number = arena_new_n(a, uint32_t, fn->ins.n);
    m->from = arena_new_n(a, List, fn->ins.n);
    m->done = arena_new_n(a, bool, fn->ins.n);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            uint8_t op = ir_ins(fn, r)->op;
            if (!ty_holds_array(ir_ty(fn, r)))
                continue;
            if (ir_ins(fn, r)->flags & INS_FRAME)
                continue;
            if (op == IR_NEW || op == IR_CALL || op == IR_LATER || op == IR_RT || op == IR_PHI) {
                m->root[m->nroot] = r;
                m->number[r.i] = ++m->nroot;
            }
        }
    m->nword = m->nroot / 64 + 1;
    find_pokes(m);
}

/* Which operand of s's phis belongs to the k-th edge into s. */
static Ref phi_operand(Fn *fn, Ref phi, uint32_t edge) { return ir_args(fn, ir_ins(fn, phi))[edge]; }
static bool is_phi(Fn *fn, Ref r) { return ir_ins(fn, r)->op == IR_PHI; }

/* The live roots at the end of b, before its terminator takes an edge. */
static void live_out(Mem *m, BlkId b, Set out)
{
    Fn *fn = m->fn;
    Blk *blk = &fn->blk.at[b];
    Set t = new_set(m);
    for (uint32_t j = 0; j < blk->nsucc; j++) {
        Blk *s = &fn->blk.at[blk->succ[j]];
        copy(m, t, m->in[blk->succ[j]]);
        for (uint32_t k = 0; k < s->ins.n && is_phi(fn, s->ins.at[k]); k++)
            if (m->number[s->ins.at[k].i])
                drop(t, m->number[s->ins.at[k].i] - 1);
        join(m, out, t);
        for (uint32_t k = 0; k < s->ins.n && is_phi(fn, s->ins.at[k]); k++)
            for (uint32_t e = 0; e < s->pred.n; e++)
                if (s->pred.at[e] == b) {
                    const List *l = roots(m, phi_operand(fn, s->ins.at[k], e));
                    for (uint32_t i = 0; i < l->n; i++)
                        add(out, l->at[i]);
                }
    }
    if (blk->handler != BLK_NONE)
        join(m, out, m->in[blk->handler]);
}

static void liveness(Mem *m)
{
    Fn *fn = m->fn;
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    m->in = arena_new_n(fn->unit->arena, Set, fn->blk.n);
    m->out = arena_new_n(fn->unit->arena, Set, fn->blk.n);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        m->in[b] = new_set(m);
        m->out[b] = new_set(m);
    }
    Set live = new_set(m);
    for (bool grown = true; grown; ) {
        grown = false;
        for (uint32_t k = n; k-- > 0; ) {
            BlkId b = rpo[k];
            live_out(m, b, m->out[b]);
            copy(m, live, m->out[b]);
            Blk *blk = &fn->blk.at[b];
            for (uint32_t j = blk->ins.n; j-- > 0; ) {
                Ref r = blk->ins.at[j];
                if (is_phi(fn, r))
                    break;                      /* phis stay in the set: live at the start */
                if (m->number[r.i])
                    drop(live, m->number[r.i] - 1);
                Ins *in = ir_ins(fn, r);
                for (uint32_t i = 0; i < in->nargs; i++) {
                    const List *l = roots(m, ir_args(fn, in)[i]);
                    for (uint32_t q = 0; q < l->n; q++)
                        add(live, l->at[q]);
                }
            }
            grown |= join(m, m->in[b], live);
        }
    }
}

static void set_cleanup(Mem *m, Ref r, Set live, BlkId handler)
{
    Fn *fn = m->fn;
    Arena *a = fn->unit->arena;
    uint32_t n = 0;
    for (uint32_t k = 0; k < m->nroot; k++)
        n += has(live, k) && !(handler != BLK_NONE && has(m->in[handler], k));
    if (n == 0)
        return;
    if (fn->operand.n == 0)
        vec_push(a, &fn->operand, REF_NONE);
    ir_ins(fn, r)->cleanup = fn->operand.n;
    vec_push(a, &fn->operand, ((Ref){ n }));
    for (uint32_t k = 0; k < m->nroot; k++)
        if (has(live, k) && !(handler != BLK_NONE && has(m->in[handler], k)))
            vec_push(a, &fn->operand, m->root[k]);
}

static void insert(Mem *m, BlkId b, uint32_t at, IrOp op, Ref r)
{
    uint32_t near = at < m->fn->blk.at[b].ins.n ? at : m->fn->blk.at[b].ins.n - 1;
    m->fn->cur_pos = ir_ins(m->fn, m->fn->blk.at[b].ins.at[near])->pos;
    ir_insert(m->fn, b, at, op, ty(TY_NONE), &r, 1);
}

/* Block b ends with a return: what is live there only for its handler goes before it. */
static void release_for_handler(Mem *m, BlkId b, Set live)
{
    Blk *blk = &m->fn->blk.at[b];
    const List *used = roots(m, ir_arg(m->fn, blk->ins.at[blk->ins.n - 1], 0));
    for (uint32_t k = 0; k < m->nroot; k++)
        if (has(live, k) && list_has(used, k))
            drop(live, k);
        else if (has(live, k))
            insert(m, b, m->fn->blk.at[b].ins.n - 1, IR_RELEASE, m->root[k]);
}

/* The j-th value of b, if it is a root, ends its life here, looking backwards: unused, it goes at once (a phi: behind the phis). */
static void begins(Mem *m, BlkId b, uint32_t j, Set live)
{
    const Blk *blk = &m->fn->blk.at[b];
    Ref r = blk->ins.at[j];
    uint32_t own = m->number[r.i], at = j + 1;
    if (!own)
        return;
    while (at < blk->ins.n && is_phi(m->fn, blk->ins.at[at]))
        at++;
    if (!has(live, own - 1))
        insert(m, b, at, IR_RELEASE, r);
    drop(live, own - 1);
}

/* What the j-th value of b, an in, is the last to use goes behind it; at a return before it, but for the one root that is returned
 * (moved). What leaves by an error releases by its cleanup. */
static void uses(Mem *m, BlkId b, uint32_t j, const Ins *in, Ref moved, Set live)
{
    bool leaves = in->op == IR_RAISE || in->op == IR_FAIL || in->op == IR_RERAISE;
    for (uint32_t i = 0; i < in->nargs; i++) {
        const List *l = roots(m, ir_args(m->fn, in)[i]);
        for (uint32_t q = 0; q < l->n; q++) {
            Ref root = m->root[l->at[q]];
            if (has(live, l->at[q]))
                continue;
            add(live, l->at[q]);
            if (!leaves && !ref_eq(root, moved))
                insert(m, b, in->op == IR_RETURN ? j : j + 1, IR_RELEASE, root);
        }
    }
}

/* Does it keep a reference of its own to its first operand: a result, an exception? */
static bool keeps(const Mem *m, const Ins *in)
{
    return (in->op == IR_RETURN || in->op == IR_RAISE || in->op == IR_HOLD) && ty_holds_array(ir_ty(m->fn, ir_args(m->fn, in)[0]));
}

/* Releases inside block b, and its cleanups. Backwards, so that positions before stay. */
static void block(Mem *m, BlkId b)
{
    Fn *fn = m->fn;
    Set live = new_set(m);
    copy(m, live, m->out[b]);
    uint32_t n = fn->blk.at[b].ins.n;
    if (fn->blk.at[b].handler != BLK_NONE && ir_ins(fn, fn->blk.at[b].ins.at[n - 1])->op == IR_RETURN)
        release_for_handler(m, b, live);
    for (uint32_t j = fn->blk.at[b].ins.n; j-- > 0; ) {
        Ref r = fn->blk.at[b].ins.at[j], first, moved = REF_NONE;
        Ins in = *ir_ins(fn, r);
        begins(m, b, j, live);
        if (in.op == IR_PHI)
            continue;
        first = in.nargs ? ir_args(fn, &in)[0] : REF_NONE;
        if (in.op == IR_RETURN && m->number[first.i] && !has(live, m->number[first.i] - 1))
            moved = first;
        uses(m, b, j, &in, moved, live);
        if (keeps(m, &in) && ref_is_none(moved))
            insert(m, b, j, IR_RETAIN, first);
        if (opt_fails(&in))
            set_cleanup(m, r, live, fn->blk.at[b].handler);
    }
}

/* Puts a block on the edge from b, its succ[j], into s, whose pred[e] it is. */
static BlkId split_edge(Fn *fn, BlkId b, uint32_t j, uint32_t e)
{
    BlkId s = fn->blk.at[b].succ[j], mid = ir_block(fn, b);
    ir_protect(fn, mid, fn->blk.at[b].handler);
    fn->blk.at[mid].cold = fn->blk.at[s].cold;
    ir_at(fn, mid);
    ir_emit(fn, IR_JUMP, ty(TY_NONE), NULL, 0);
    Blk *m = &fn->blk.at[mid];
    m->nsucc = 1;
    m->succ[0] = s;
    vec_push(fn->unit->arena, &m->pred, b);
    fn->blk.at[b].succ[j] = mid;
    fn->blk.at[s].pred.at[e] = mid;
    fn->have = 0;
    return mid;
}

/* The roots that die on the edge from b into s: live at its start are others, or s's own phis. */
static Set die_on_edge(Mem *m, BlkId b, BlkId s)
{
    Set dies = new_set(m);
    copy(m, dies, m->out[b]);
    for (uint32_t k = 0; k < m->nroot; k++)
        if (has(m->in[s], k) && !(ir_ins(m->fn, m->root[k])->blk == s && is_phi(m->fn, m->root[k])))
            drop(dies, k);
    return dies;
}

/* Where on the edge from b, its succ[j], into s as pred[e], things are done: *at and the place in it. */
static uint32_t place_on_edge(Fn *fn, BlkId b, uint32_t j, uint32_t e, uint32_t nphi, BlkId *at)
{
    BlkId s = fn->blk.at[b].succ[j];
    *at = fn->blk.at[b].nsucc == 1 ? b : fn->blk.at[s].pred.n == 1 ? s : split_edge(fn, b, j, e);
    return *at == b ? fn->blk.at[b].ins.n - 1 : *at == s ? nphi : 0;
}

/* What happens on the edge from b, its succ[j], into s as pred[e]: phis take their references, what dies goes. */
static void edge(Mem *m, BlkId b, uint32_t j, uint32_t e)
{
    Fn *fn = m->fn;
    BlkId s = fn->blk.at[b].succ[j], at;
    Set dies = die_on_edge(m, b, s);
    VEC(Ref) retain = { 0 };
    uint32_t nphi = 0, nrelease = 0;
    for (; nphi < fn->blk.at[s].ins.n && is_phi(fn, fn->blk.at[s].ins.at[nphi]); nphi++) {
        Ref phi = fn->blk.at[s].ins.at[nphi], v = phi_operand(fn, phi, e);
        uint32_t own = m->number[v.i];
        if (m->number[phi.i] && own && has(dies, own - 1))
            drop(dies, own - 1);                /* moved */
        else if (m->number[phi.i] && ir_ins(fn, v)->op != IR_UNDEF)
            vec_push(fn->unit->arena, &retain, v);
    }
    for (uint32_t k = 0; k < m->nword; k++)
        nrelease += (uint32_t)__builtin_popcountll(dies.at[k]);
    if (retain.n + nrelease == 0)
        return;
    uint32_t pos = place_on_edge(fn, b, j, e, nphi, &at);
    for (uint32_t k = 0; k < retain.n; k++)
        insert(m, at, pos++, IR_RETAIN, retain.at[k]);
    for (uint32_t k = 0; k < m->nroot; k++)
        if (has(dies, k))
            insert(m, at, pos++, IR_RELEASE, m->root[k]);
}

/* Which predecessor of its j-th successor b is: with both successors the same block, the second edge is the second one. */
static uint32_t edge_number(const Fn *fn, BlkId b, uint32_t j)
{
    const Blk *s = &fn->blk.at[fn->blk.at[b].succ[j]];
    uint32_t skip = j == 1 && fn->blk.at[b].succ[0] == fn->blk.at[b].succ[1], e = 0;
    while (s->pred.at[e] != b || skip-- > 0)
        e++;
    return e;
}

/* needs: nothing.  breaks: dominators and loops where an edge is split; uses. */
void opt_memory(Fn *fn)
{
    Mem m = { .fn = fn };
    uint32_t n;
    ir_remove_unreachable(fn);
    find_roots(&m);                     /* none: what is returned may still be borrowed */
    liveness(&m);
    const BlkId *rpo = ir_rpo(fn, &n);
    BlkId *order = arena_new_n(fn->unit->arena, BlkId, n);
    memcpy(order, rpo, n * sizeof *order);
    for (uint32_t k = 0; k < n; k++)
        block(&m, order[k]);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t j = 0; j < fn->blk.at[order[k]].nsucc; j++)
            edge(&m, order[k], j, edge_number(fn, order[k], j));
    fn->have = 0;
}
