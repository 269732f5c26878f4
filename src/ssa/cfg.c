/* cfg.c: Bc[] → basic blocks in reverse postorder, with dominators, loops and exception edges. */
#include "ssa/ssa.h"

#define NO_BLK UINT32_MAX

typedef struct Cut {            /* state of cutting Bc[] into blocks */
    Unit *u;
    const Code *code;
    int32_t *handler;           /* by Bc: its handler, trivial ones left out; -1 */
    bool *leader;               /* by Bc */
    uint32_t *blk_of;           /* by Bc: block in order of the code */
    CfgBlk *blk;                /* in order of the code */
    uint32_t nblk;
} Cut;

/* A handler sees slots as they are at the start of a block: what changes one ends the block. */
static bool changes_slots(int op) { return op == BC_STORE || op == BC_DELETE || op == BC_LOAD_CLEAR || op == BC_PUSH_EXC; }

/* Ops that do nothing but move values: they cannot fail. */
static bool is_move(int op)
{
    switch (op) {
    case BC_CONST: case BC_STORE: case BC_LOAD_CLEAR: case BC_POP: case BC_COPY: case BC_SWAP: case BC_JUMP: case BC_RETURN:
    case BC_TUPLE: case BC_PUSH_EXC: case BC_POP_EXCEPT: case BC_LOAD_CELL: return true;
    default: return false;
    }
}

/* Does handler h only move values and raise the exception again? *ends: it ends an `except` or `finally`. */
static bool is_cleanup(const Code *c, int32_t h, bool *ends)
{
    uint32_t i = (uint32_t)h;
    *ends = false;
    for (; i < c->nbc && c->bc[i].op != BC_JUMP && c->bc[i].op != BC_RETURN && (is_move(c->bc[i].op) || c->bc[i].op == BC_DELETE); i++)
        *ends |= c->bc[i].op == BC_POP_EXCEPT;
    if (i >= c->nbc || c->bc[i].op != BC_RERAISE)
        return false;
    int32_t outer = c->bc[i].handler;
    bool more = false, ok = outer < 0 || (outer != h && is_cleanup(c, outer, &more));
    *ends |= more;
    return ok;
}

/* The handler h, or -1 where it is a cleanup. One that ends an `except` or `finally` is real: what was raised there gets its
 * context. */
static int32_t real_handler(const Code *c, int32_t h)
{
    bool ends;
    return h >= 0 && is_cleanup(c, h, &ends) && !ends ? -1 : h;
}

static void mark_leaders(Cut *t)
{
    const Code *c = t->code;
    t->leader[0] = true;
    for (uint32_t i = 0; i < c->nbc; i++) {
        const Bc *bc = &c->bc[i];
        t->handler[i] = real_handler(c, bc->handler);
        if (t->handler[i] >= 0)
            t->leader[t->handler[i]] = true;
        if (bc_jumps(bc->op))
            t->leader[bc->arg] = true;
        if (bc->op == BC_FOR || (i > 0 && (t->handler[i] != t->handler[i - 1] ||
                                           (t->handler[i] >= 0 && bc->handler_depth != bc[-1].handler_depth))))
            t->leader[i] = true;
        if (bc_jumps(bc->op) || !bc_falls_through(bc->op) || (t->handler[i] >= 0 && changes_slots(bc->op)))
            t->leader[i + 1] = true;
    }
}

/* What chooses among the clauses of a handler raises nothing that needs a context. */
static bool chooses(const Code *c, const CfgBlk *b, uint32_t i)
{
    switch (c->bc[i].op) {
    case BC_GLOBAL: case BC_EXC_MATCH: case BC_RERAISE: return true;
    case BC_JUMP_IF_FALSE: return i > b->first && c->bc[i - 1].op == BC_EXC_MATCH;
    default: return is_move(c->bc[i].op);
    }
}

/* For handler h. */
static bool may_fail(const Code *c, const CfgBlk *b, int32_t h)
{
    bool ends, cleanup = is_cleanup(c, h, &ends);
    for (uint32_t i = b->first; i <= b->last; i++)
        if (!(cleanup ? chooses(c, b, i) : is_move(c->bc[i].op)))
            return true;
    return false;
}

static void cut_blocks(Cut *t)
{
    const Code *c = t->code;
    for (uint32_t i = 0; i < c->nbc; i++) {
        if (t->leader[i])
            t->blk[t->nblk++] = (CfgBlk){ .first = i, .handler = -1, .idom = NO_BLK, .loop_header = NO_BLK };
        t->blk[t->nblk - 1].last = i;
        t->blk_of[i] = t->nblk - 1;
    }
}

/* Successors, with true first. */
static void link_blocks(Cut *t)
{
    const Code *c = t->code;
    for (uint32_t b = 0; b < t->nblk; b++) {
        CfgBlk *blk = &t->blk[b];
        const Bc *bc = &c->bc[blk->last];
        uint32_t next = b + 1, target = bc_jumps(bc->op) ? t->blk_of[bc->arg] : NO_BLK;
        bool target_first = bc->op == BC_JUMP_IF_TRUE || bc->op == BC_JUMP_IF_NONE || bc->op == BC_JUMP_IF_TRUE_OR_POP ||
                            bc->op == BC_JUMP;
        if (bc_falls_through(bc->op) && next == t->nblk)
            fail(t->u, &bc->pos, DIAG_BYTECODE, c->name, "control leaves the code");
        if (target != NO_BLK && target_first)
            vec_push(t->u->arena, &blk->succ, target);
        if (bc_falls_through(bc->op))
            vec_push(t->u->arena, &blk->succ, next);
        if (target != NO_BLK && !target_first)
            vec_push(t->u->arena, &blk->succ, target);
        if (t->handler[blk->first] >= 0 && may_fail(c, blk, t->handler[blk->first])) {
            blk->handler = (int32_t)t->blk_of[t->handler[blk->first]];
            blk->handler_depth = c->bc[blk->first].handler_depth;
        }
    }
}

/* The k-th way out: the handler, then the last successor ... the first, which so comes next in reverse postorder. */
static uint32_t way_out(const CfgBlk *b, uint32_t k)
{
    if (b->handler >= 0 && k-- == 0)
        return (uint32_t)b->handler;
    return k < b->succ.n ? b->succ.at[b->succ.n - 1 - k] : NO_BLK;
}

/* order: the reachable blocks in postorder; returns how many. */
static uint32_t postorder(Cut *t, uint32_t *order)
{
    uint32_t n = 0, depth = 0;
    uint32_t *stack = arena_new_n(t->u->arena, uint32_t, t->nblk), *next = arena_new_n(t->u->arena, uint32_t, t->nblk);
    bool *seen = arena_new_n(t->u->arena, bool, t->nblk);
    stack[depth++] = 0;
    seen[0] = true;
    while (depth > 0) {
        uint32_t b = stack[depth - 1], to = way_out(&t->blk[b], next[b]++);
        if (to == NO_BLK) {
            order[n++] = b;
            depth--;
        } else if (!seen[to]) {
            seen[to] = true;
            stack[depth++] = to;
        }
    }
    return n;
}

/* The reachable blocks, renumbered, with predecessors. */
static Cfg *renumber(Cut *t)
{
    Arena *a = t->u->arena;
    uint32_t *order = arena_new_n(a, uint32_t, t->nblk), *number = arena_new_n(a, uint32_t, t->nblk);
    Cfg *cfg = arena_new_of(a, Cfg);
    cfg->code = t->code;
    cfg->nblk = postorder(t, order);
    cfg->blk = arena_new_n(a, CfgBlk, cfg->nblk);
    for (uint32_t k = 0; k < cfg->nblk; k++)
        number[order[k]] = cfg->nblk - 1 - k;
    for (uint32_t k = 0; k < cfg->nblk; k++)
        cfg->blk[number[order[k]]] = t->blk[order[k]];
    for (uint32_t b = 0; b < cfg->nblk; b++) {
        CfgBlk *blk = &cfg->blk[b];
        for (uint32_t k = 0; k < blk->succ.n; k++) {
            blk->succ.at[k] = number[blk->succ.at[k]];
            vec_push(a, &cfg->blk[blk->succ.at[k]].pred, b);
        }
        if (blk->handler >= 0) {
            blk->handler = (int32_t)number[blk->handler];
            cfg->blk[blk->handler].is_handler = true;
            vec_push(a, &cfg->blk[blk->handler].guarded, b);
        }
    }
    return cfg;
}

static uint32_t npred(const CfgBlk *b) { return b->pred.n + b->guarded.n; }
static uint32_t pred_at(const CfgBlk *b, uint32_t k) { return k < b->pred.n ? b->pred.at[k] : b->guarded.at[k - b->pred.n]; }

static uint32_t meet(const Cfg *cfg, uint32_t a, uint32_t b)
{
    while (a != b) {
        while (a > b)
            a = cfg->blk[a].idom;
        while (b > a)
            b = cfg->blk[b].idom;
    }
    return a;
}

/* Cooper, Harvey, Kennedy: numbers are reverse postorder, so a dominator's is smaller. */
static void find_dominators(Cfg *cfg)
{
    bool changed = true;
    cfg->blk[0].idom = 0;
    while (changed) {
        changed = false;
        for (uint32_t b = 1; b < cfg->nblk; b++) {
            uint32_t idom = NO_BLK;
            for (uint32_t k = 0; k < npred(&cfg->blk[b]); k++) {
                uint32_t p = pred_at(&cfg->blk[b], k);
                if (cfg->blk[p].idom != NO_BLK)
                    idom = idom == NO_BLK ? p : meet(cfg, p, idom);
            }
            changed |= cfg->blk[b].idom != idom;
            cfg->blk[b].idom = idom;
        }
    }
    cfg->blk[0].idom = NO_BLK;
}

bool ssa_dominates(const Cfg *cfg, uint32_t a, uint32_t b)
{
    while (b != NO_BLK && b > a)
        b = cfg->blk[b].idom;
    return a == b;
}

typedef struct Loops {          /* what was met for a header has its number + 1 */
    Unit *u;
    Cfg *cfg;
    uint32_t *block, *local;
    VEC(uint32_t) work;
} Loops;

static void add_stores(Loops *l, uint32_t h, const CfgBlk *b)
{
    for (uint32_t i = b->first; i <= b->last; i++) {
        const Bc *bc = &l->cfg->code->bc[i];
        if ((bc->op != BC_STORE && bc->op != BC_DELETE && bc->op != BC_LOAD_CLEAR) || l->local[bc->arg] == h + 1)
            continue;
        l->local[bc->arg] = h + 1;
        vec_push(l->u->arena, &l->cfg->blk[h].stores, (uint32_t)bc->arg);
    }
}

/* Block b is in the loop of h. */
static void add_to_loop(Loops *l, uint32_t h, uint32_t b)
{
    if (l->block[b] == h + 1)
        return;
    l->block[b] = h + 1;
    l->cfg->blk[b].loop_header = h;
    add_stores(l, h, &l->cfg->blk[b]);
    for (uint32_t k = 0; b != h && k < npred(&l->cfg->blk[b]); k++)
        vec_push(l->u->arena, &l->work, pred_at(&l->cfg->blk[b], k));
}

/* The loop of header h: all that reaches a back edge without passing h. Inner headers come later and win. */
static void mark_loop(Loops *l, uint32_t h)
{
    CfgBlk *head = &l->cfg->blk[h];
    for (uint32_t k = 0; k < npred(head); k++)
        if (ssa_dominates(l->cfg, h, pred_at(head, k)))
            vec_push(l->u->arena, &l->work, pred_at(head, k));
    if (l->work.n == 0)
        return;
    head->is_header = true;
    add_to_loop(l, h, h);
    while (l->work.n > 0)
        add_to_loop(l, h, l->work.at[--l->work.n]);
}

static void find_loops(Unit *u, Cfg *cfg)
{
    Loops l = { .u = u, .cfg = cfg };
    l.block = arena_new_n(u->arena, uint32_t, cfg->nblk);
    l.local = arena_new_n(u->arena, uint32_t, cfg->code->nlocal + 1);
    for (uint32_t b = 0; b < cfg->nblk; b++)
        mark_loop(&l, b);
}

Cfg *ssa_cfg_link(Unit *u, const Code *code, CfgBlk *blk, uint32_t nblk)
{
    Cut t = { .u = u, .code = code, .blk = blk, .nblk = nblk };
    Cfg *cfg = renumber(&t);
    find_dominators(cfg);
    find_loops(u, cfg);
    return cfg;
}

Cfg *ssa_cfg(Unit *u, const Code *code)
{
    uint32_t n = code->nbc;
    Cut t = { .u = u, .code = code };
    t.handler = arena_new_n(u->arena, int32_t, n + 1);
    t.leader = arena_new_n(u->arena, bool, n + 1);
    t.blk_of = arena_new_n(u->arena, uint32_t, n + 1);
    t.blk = arena_new_n(u->arena, CfgBlk, n + 1);
    if (n == 0)
        fail(u, NULL, DIAG_BYTECODE, code->name, "there is none");
    mark_leaders(&t);
    cut_blocks(&t);
    link_blocks(&t);
    return ssa_cfg_link(u, code, t.blk, t.nblk);
}

void ssa_print_cfg(Text *out, const Cfg *cfg)
{
    for (uint32_t b = 0; b < cfg->nblk; b++) {
        const CfgBlk *blk = &cfg->blk[b];
        text_printf(out, "b%u: %u..%u", b, blk->first, blk->last);
        for (uint32_t k = 0; k < blk->succ.n; k++)
            text_printf(out, "%s b%u", k == 0 ? " ->" : "", blk->succ.at[k]);
        if (blk->handler >= 0)
            text_printf(out, " handler b%d", blk->handler);
        if (blk->idom != NO_BLK)
            text_printf(out, " idom b%u", blk->idom);
        if (blk->loop_header != NO_BLK)
            text_printf(out, " loop b%u%s", blk->loop_header, blk->is_header ? " (header)" : "");
        text_printf(out, "%s\n", blk->is_handler ? " is a handler" : "");
    }
}
