/* remark.c: the rows of remarks, and how one is made. */
#include "ir/remark.h"

const RemarkRow remark_row[REMARK_MAX] = {
#define REMARK(id, group, text, advice) [REMARK_##id] = { group, text, advice },
#include "ir/remark.def"
#undef REMARK
};

void remark(const Fn *fn, uint32_t at, uint32_t other, RemarkId id, ...)
{
    Remarks *r = fn->unit->remarks;
    if (!r)
        return;
    Text t = { .arena = r->arena };
    va_list args;
    va_start(args, id);
    text_vprintf(&t, remark_row[id].text, args);
    va_end(args);
    Remark new = { .id = id, .unit = fn->unit, .at = pos_caller(fn->pos.at[at]), .other = pos_caller(fn->pos.at[other]), .text = text_str(&t) };
    vec_push(r->arena, &r->at, new);
}
