/* unroll.c: a loop over a known number of values as that many copies of its body, so that each copy has types of
 * its own.
 *
 * A copy has the header and all that only the body leads to: what follows a `break` or a `return` inside the
 * body is copied too, since it may use the value of the iteration. The last copy is the header alone, which leaves. */
#include "ssa/ssa.h"

enum { BLK_LIMIT = 20000 };

typedef struct Copier {
    Unit *u;
    const Cfg *cfg;
    VEC(CfgBlk) out;            /* the blocks of cfg, then the copies */
    uint32_t header, body;
    const bool *in;             /* of the blocks of cfg: is it copied? */
} Copier;

/* The block like cfg's b, with successors of its own; links are made later. */
static uint32_t copy_block(Copier *c, uint32_t b)
{
    const CfgBlk *from = &c->cfg->blk[b];
    CfgBlk x = { .first = from->first, .last = from->last, .handler = from->handler, .handler_depth = from->handler_depth,
                 .ways = from->ways, .idom = UINT32_MAX, .loop_header = UINT32_MAX };
    for (uint32_t k = 0; k < from->succ.n; k++)
        vec_push(c->u->arena, &x.succ, from->succ.at[k]);
    vec_push(c->u->arena, &c->out, x);
    return c->out.n - 1;
}

/* Copy k: number[b] is what stands for b in it; next: the header of copy k + 1. */
static void link_copy(Copier *c, const uint32_t *number, uint32_t next)
{
    for (uint32_t b = c->header; b < c->cfg->nblk; b++) {
        if (!c->in[b])
            continue;
        CfgBlk *x = &c->out.at[number[b]];
        for (uint32_t k = 0; k < x->succ.n; k++) {
            uint32_t to = x->succ.at[k];
            x->succ.at[k] = to == c->header ? next : c->in[to] ? number[to] : to;
        }
        if (x->handler >= 0 && c->in[x->handler])
            x->handler = (int32_t)number[x->handler];
    }
}

static void keep_way(CfgBlk *header, ForWays ways)
{
    header->succ.at[0] = header->succ.at[ways == FOR_ENDS];
    header->succ.n = ways == FOR_ENDS ? 1 : 2;
    header->ways = ways;
}

static void unroll(Copier *c, uint32_t times)
{
    uint32_t nblk = c->cfg->nblk, *number = arena_new_n(c->u->arena, uint32_t, nblk), next = c->header;
    for (uint32_t k = 0; k < times; k++) {
        for (uint32_t b = c->header; b < nblk; b++)
            if (c->in[b])
                number[b] = k == 0 ? b : b == c->header ? next : copy_block(c, b);
        next = copy_block(c, c->header);
        link_copy(c, number, next);
        keep_way(&c->out.at[number[c->header]], FOR_GOES_ON);
    }
    keep_way(&c->out.at[next], FOR_ENDS);
}

Cfg *ssa_unroll(Unit *u, const Cfg *cfg, const Unroll *loop, uint32_t n)
{
    Copier c = { .u = u, .cfg = cfg };
    bool *done = arena_new_n(u->arena, bool, cfg->nblk);
    for (uint32_t b = 0; b < cfg->nblk; b++)
        copy_block(&c, b);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t nin = 1;
        bool *in = arena_new_n(u->arena, bool, cfg->nblk);
        c.header = loop[k].header;
        c.body = cfg->blk[c.header].succ.at[0];
        if (done[c.header])                         /* inside another one: it is found again in each copy */
            continue;
        in[c.header] = true;
        for (uint32_t b = c.body; b < cfg->nblk; b++)
            if (ssa_dominates(cfg, c.body, b))
                in[b] = true, nin++;
        for (uint32_t b = 0; b < cfg->nblk; b++)
            done[b] |= in[b];
        c.in = in;
        if ((uint64_t)nin * loop[k].times + c.out.n > BLK_LIMIT)
            fail(u, &cfg->code->bc[cfg->blk[c.header].last].pos, DIAG_TOO_LARGE, "a loop over values of different types, written out,", "20000 blocks");
        unroll(&c, loop[k].times);
    }
    return ssa_cfg_link(u, cfg->code, c.out.at, c.out.n);
}
