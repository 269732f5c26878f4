/* remark.h: what passes decided, for f.explain(): one Remark a decision, a row of remark.def at a place of the source.
 *
 * A pass says it where it decides, with remark(); that does nothing where nobody asked (Unit.remarks is NULL). What is in the
 * table is what happened: no one reads it but the printer. */
#pragma once
#include "ir/ir.h"

typedef enum RemarkId {
#define REMARK(id, group, text, advice) REMARK_##id,
#include "ir/remark.def"
#undef REMARK
    REMARK_MAX
} RemarkId;
typedef struct RemarkRow { const char *group, *text, *advice; } RemarkRow;
extern const RemarkRow remark_row[REMARK_MAX];

typedef struct Remark {
    RemarkId id;
    LoopForm form;              /* of a loop: which of its copies */
    const Unit *unit;           /* the Instance's whose function it is about */
    Pos at, other;
    const char *text;
} Remark;

typedef struct Remarks { Arena *arena; VEC(Remark) at; } Remarks;

/* at: the place it is about; other: the place that @ stands for. Both are indices in fn->pos; 0: none. */
void remark(const Fn *fn, uint32_t at, uint32_t other, RemarkId id, ...);
