/* usual.h: what region.c finds and usual.c takes apart. */
#pragma once
#include "opt/opt.h"

/* Two extents that are the same in the usual call. */
typedef struct Same { Ref v, as; } Same;

typedef struct Region {
    BlkId b;
    uint32_t from, to;          /* places in its block */
    VEC(Same) same;
    bool known;                 /* its nests' tests tell whether it is a usual call */
} Region;

typedef struct Usual {
    Fn *fn, *top;
    BlkId b;                    /* the block that is looked at, or cut */
    uint32_t nvalue;
    uint32_t *place;            /* by Ref: in its block */
    uint32_t *region;           /* by Ref: number of its region; 0: none */
    bool *wanted;               /* by Ref of a region: used behind it */
    Ref *map;                   /* by Ref: what it has become; none: itself */
    Ref *there;                 /* by Ref of a region: in the function of its own */
    Ref *whose;                 /* by Ref of a region: the wanted array there that has it as an extent */
    VEC(Region) all;
} Usual;

typedef VEC(Ref) Refs;

/* region.c */
void region_find_all(Usual *u);         /* sets all, wanted, whose */
bool region_has(const Usual *u, const Region *x, Ref v);
Ref region_same(const Region *x, Ref v);        /* what v is the same as; none: it is no such extent */
bool region_makes_again(const Fn *fn, Ref v);   /* is a value that is used behind its region computed there, from what both copies give? */
uint32_t nest_ntests(const Fn *fn, const Ins *in);      /* of a NEST; else 0 */
