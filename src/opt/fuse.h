/* fuse.h: what the files of opt_fuse() share: fuse.c decides, access.c knows what nests load and store, merge.c makes
 * the fused nest. */
#pragma once
#include "opt/opt.h"
#include "ir/remark.h"

typedef VEC(Ref) Refs;
typedef struct Fuse {
    Fn *fn;
    BlkId b;
    Refs *user;                 /* of a value: the instructions that use it */
} Fuse;

/* access.c */
const Nest *fuse_nest_of(const Fn *fn, Ref r);                          /* NULL: r is no NEST */
Ref fuse_array_of(const Fn *fn, Ref nest_ref, Ref access);              /* the parent's; none: an array of the body itself */
bool fuse_is_simple(const Fn *fn, Ref r);
typedef bool (*Visit)(Fuse *f, Ref array, bool store, Ref other);
/* Calls ok for each access of the nest: the array in the parent, and whether it is stored to. */
bool fuse_each_access(Fuse *f, Ref nest_ref, Visit ok, Ref other);
bool fuse_not_written(Fuse *f, Ref array, bool store, Ref other);
bool fuse_not_stored(Fuse *f, Ref array, bool store, Ref other);
bool fuse_moves_to(Fuse *f, Ref p, Ref c);
bool fuse_names(const Fn *fn, Ref nest_ref, Ref array, bool store);     /* does it load (store) an element of the array? */
bool fuse_at_own_indices(const Nest *nest, Ref access);
uint32_t fuse_place(const Fuse *f, Ref r);                              /* its index in the block at hand */
void fuse_find_users(Fuse *f);

/* merge.c: c, with p before it in each iteration (t none), or with p's value for loads of t. keep_p: others load t too. */
void fuse_merge(Fuse *f, Ref p, Ref c, Ref t, Ref store, bool keep_p);
void fuse_drop(Fuse *f, Ref r);
