/* fuse.h: what the files of opt_fuse() share: fuse.c decides, access.c knows what nests load and store, merge.c makes
 * the fused nest, move.c the views that it reads, reuse.c has memory used again. */
#pragma once
#include "opt/opt.h"
#include "ir/remark.h"

typedef VEC(Ref) Refs;
typedef struct Fuse {
    Fn *fn;
    BlkId b;
    Refs *user;                 /* of a value: the instructions that use it */
    uint32_t nuser;
    uint32_t round;             /* values from here on were made in this round */
    bool waits;                 /* some nest does, for the next one */
    bool kept;                  /* the last merge left its producer, which others load */
} Fuse;

/* access.c */
const Nest *fuse_nest_of(const Fn *fn, Ref r);                          /* NULL: r is no NEST */
Ref fuse_array_of(const Fn *fn, Ref nest_ref, Ref access);              /* the parent's; none: an array of the body itself */
Ref fuse_whole(const Fn *fn, Ref array);                                /* what it is a view of, or itself */
bool fuse_map(Fn *fn, Ref array, ViewMap *map);                         /* where its elements are in that; false: not known */
bool fuse_is_simple(const Fn *fn, Ref r);
typedef bool (*Visit)(Fuse *f, Ref array, bool store, Ref other);
/* Calls ok for each access of the nest: the array in the parent, and whether it is stored to. */
bool fuse_each_access(Fuse *f, Ref nest_ref, Visit ok, Ref other);
bool fuse_not_written(Fuse *f, Ref array, bool store, Ref other);
bool fuse_not_stored(Fuse *f, Ref array, bool store, Ref other);
bool fuse_moves_to(Fuse *f, Ref p, Ref c);
bool fuse_stores(const Fn *fn, Ref nest_ref);
bool fuse_rises_to(Fuse *f, Ref c, Ref p);                              /* may c, which stores nothing, be done just behind p? */
/* A nest of any sort: one of fn, or one in its body. */
typedef struct Reader {
    const Fn *fn;
    const Nest *nest;
    const Ref *arg;
    const struct Reader *outer; /* NULL: it is of fn */
} Reader;
Ref fuse_value_of(const Reader *r, Ref v);                              /* the value of fn that v of the body is; none: it is computed in the nest */
bool fuse_names(const Fn *fn, Ref nest_ref, Ref array, bool store);     /* does it load (store) an element of the array? */
bool fuse_reaches(const Fn *fn, Ref nest_ref, Ref whole, bool store);   /* of the array, or of a view of it? */
bool fuse_at_own_indices(const Nest *nest, Ref access);
uint32_t fuse_place(const Fuse *f, Ref r);                              /* its index in the block at hand */
void fuse_find_users(Fuse *f);

/* An element of t: that at index of v, which is t or a view of it. */
typedef struct Place { Ref v; const Ref *index; ViewMap map; } Place;
/* move.c: what a load of p's body, for an element of t, which p stores, reads: of `array`, made in fn->cur; along its axis l index axis[l]
 * of the place, times tests of fn. whole: that axis is all of t's. false: it is no view. */
enum { MOVED_TESTS = 4 };
typedef struct Moved {
    Ref array, test[NDIM_MAX][MOVED_TESTS];
    uint32_t nd, axis[NDIM_MAX], ntest[NDIM_MAX];
    bool whole[NDIM_MAX];
} Moved;
bool fuse_move(Fn *fn, Ref p, Ref access, Ref t, const Place *place, Moved *out);

/* merge.c: c, with p before it in each iteration (t none), or with p's value for loads of t. keep_p: others load t too. */
void fuse_merge(Fuse *f, Ref p, Ref c, Ref t, Ref store, bool keep_p);
void fuse_drop(Fuse *f, Ref r);
/* What fn->cur gets goes before instruction r of the block, until fuse_close. */
typedef Refs FuseRest;
FuseRest fuse_open(Fuse *f, Ref r);
void fuse_close(Fuse *f, const FuseRest *rest);
Ref fuse_result(Fn *fn, Ref all, const Nest *nest, uint32_t from);      /* of nest, whose reductions are from, from + 1 ... of the nest all */
bool fuse_equal(Fuse *f, Ref c);                        /* equal.c: c comes to what a nest before it does */
bool fuse_unfold(Fuse *f, Ref c);                       /* unfold.c: c, over a new array in one row, is over its axes */
bool fuse_picked(Fuse *f, Ref c);                       /* picked.c: c reads what a nest picks: done there */
Ref fuse_producer_of(Fuse *f, Ref t, Ref c, bool *shared);              /* fuse.c: the nest that stores t; shared: others than c load it */
void fuse_reuse(Fuse *f, Ref c);                        /* reuse.c: what c makes lies where what it reads did */
