/* calls.c: calls of compiled functions, of the runtime, of C; checks and polls → LLVM. */
#include "lower/target.h"

enum { RT_ARGS = 32 };                    /* of one call, by part */

/* ---- the runtime ---- */

/* Parameters narrower than an int go as one, so that no target's extension rules matter. */
static LLVMTypeRef letter_type(Lower *lo, char c, bool result)
{
    switch (c) {
    case 'b': case 'c': return result ? lo->i8 : lo->i32;
    case 'i': return lo->i32;
    case 'l': case 'a': return lo->i64;
    case 'h': return lo->f16;
    case 'f': return lo->f32;
    case 'd': return lo->f64;
    case 'v': return lo->void_;
    default:  return lo->ptr;
    }
}

LLVMValueRef lower_rt(Lower *lo, RtId id, LLVMValueRef *arg, uint32_t n)
{
    const RtRow *row = &lo->rt[id];
    LLVMTypeRef type[RT_ARGS];
    LLVMValueRef v[RT_ARGS];
    uint32_t np = 0, na = 0;
    for (const char *c = row->params; *c; c++) {
        type[np] = letter_type(lo, *c, false);
        if (*c == 'C')
            v[np] = lo->call;
        else if (na < n)
            v[np] = lower_coerce(lo, arg[na++], type[np]);
        else {
            lower_bug(lo, "%s: %u arguments", row->name, n);
            return LLVMConstNull(lo->i32);
        }
        np++;
    }
    if (row->fails && row->result[0] != 'v')
        type[np] = lo->ptr, v[np++] = arg[na++];
    if (na != n)
        lower_bug(lo, "%s: %u arguments", row->name, n);
    LLVMTypeRef ft = LLVMFunctionType(row->fails ? lo->i32 : letter_type(lo, row->result[0], true), type, np, false);
    LLVMValueRef f = LLVMGetNamedFunction(lo->module, row->symbol);
    if (!f) {
        f = LLVMAddFunction(lo->module, row->symbol, ft);
        lower_attribute(lo, f, LLVMAttributeFunctionIndex, "nounwind", 0);
        for (uint32_t k = 0; row->params[k]; k++)
            if (row->params[k] == 'q')
                lower_attribute(lo, f, k + 1, "captures", 0);
        if (row->effect == EFF_PURE) {
            lower_attribute(lo, f, LLVMAttributeFunctionIndex, "memory", 0);
            lower_attribute(lo, f, LLVMAttributeFunctionIndex, "willreturn", 0);
        }
    }
    return LLVMBuildCall2(lo->b, ft, f, v, np, "");
}

static void runtime_call(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    const RtRow *row = &lo->rt[in->imm.i];
    LLVMValueRef a[RT_ARGS];
    uint32_t n = 0;
    for (uint32_t k = 0; k < in->nargs; k++)
        for (uint32_t p = 0; p < ir_ty(lo->fn, arg[k])->nparts; p++) {
            if (n + 2 >= countof(a)) {
                lower_bug(lo, "%s: too many arguments", row->name);
                return;
            }
            a[n++] = lo->value[arg[k].i][p];
        }
    char c = row->result[0];
    LLVMTypeRef rtype = letter_type(lo, c, true);
    LLVMValueRef place = NULL, r;
    if (row->fails && c != 'v')
        a[n++] = place = lower_alloca(lo, rtype, 1);
    r = lower_rt(lo, (RtId)in->imm.i, a, n);
    if (row->fails)
        lower_exit_if(lo, in, r);
    if (place)
        r = LLVMBuildLoad2(lo->b, rtype, place, "");
    *out = lower_new(lo, in->ty);
    if (in->ty->nparts == 0)
        return;
    if (c == 'v' || in->ty->nparts != 1) {
        lower_bug(lo, "%s: result %s", row->name, ty_name(in->ty));
        return;
    }
    uint8_t part[1];
    ty_parts(in->ty, part);
    (*out)[0] = part[0] == PART_I1 ? LLVMBuildICmp(lo->b, LLVMIntNE, r, LLVMConstNull(LLVMTypeOf(r)), "")
                                   : lower_coerce(lo, r, lower_part_type(lo, part[0]));
}

/* ---- compiled functions ---- */

uint32_t lower_callee(const CodegenJob *job, const Ins *in)
{
    uint32_t k = 0;
    while (k < job->nfn && (in->op == IR_CALL ? (const void *)job->fn[k].instance : job->fn[k].fn) != in->imm.p)
        k++;
    return k;
}

static void compiled_call(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    const CodegenJob *job = lo->job;
    uint32_t callee = lower_callee(job, in);
    if (callee == job->nfn) {
        lower_bug(lo, "a call in %s leads out of the job", lo->fn->name);
        return;
    }
    const Fn *to = job->fn[callee].fn;
    uint32_t n = 2;
    for (uint32_t k = 0; k < to->nparam; k++)
        n += ir_ty(to, to->param[k])->nparts;
    LLVMValueRef *a = arena_new_n(job->arena, LLVMValueRef, n);
    n = 0;
    a[n++] = lo->call;
    if (in->nargs != to->nparam)
        lower_bug(lo, "call of %s with %u arguments", to->name, in->nargs);
    for (uint32_t k = 0; k < in->nargs && k < to->nparam; k++) {
        Ty t = ir_ty(to, to->param[k]);
        LLVMValueRef *x = lower_convert(lo, ir_ty(lo->fn, arg[k]), t, lo->value[arg[k].i]);
        for (uint32_t p = 0; p < t->nparts; p++)
            a[n++] = x[p];
    }
    bool returns = lower_returns(lo, to);
    LLVMValueRef place = to->ret->nparts && !returns ? lower_alloca(lo, lo->i64, to->ret->nparts) : LLVMConstNull(lo->ptr);
    if (!returns)
        a[n++] = place;
    LLVMValueRef r = LLVMBuildCall2(lo->b, lo->function_type[callee], lo->function[callee], a, n, "");
    lower_exit_if(lo, in, returns ? LLVMBuildExtractValue(lo->b, r, 0, "") : r);
    uint8_t part[to->ret->nparts + 1];
    ty_parts(to->ret, part);
    LLVMValueRef *v = lower_new(lo, to->ret);
    for (uint32_t k = 0; k < to->ret->nparts; k++)
        v[k] = returns ? LLVMBuildExtractValue(lo->b, r, k + 1, "") : lower_slot_load(lo, place, k, part[k]);
    *out = lower_convert(lo, to->ret, in->ty, v);
}

/* Where the entry got this parameter: nothing is written there before it returns. NULL: it is no parameter of an entry. */
static LLVMValueRef place_of_param(Lower *lo, Ref r)
{
    const Fn *fn = lo->fn;
    uint32_t at = 0;
    for (uint32_t k = 0; fn == lo->bare && k < fn->nparam; at += ir_ty(fn, fn->param[k++])->nparts)
        if (ref_eq(fn->param[k], r))
            return lower_at_const(lo, lo->result, 8 * (size_t)at);
    return NULL;
}

/* Memory with the parts of the operands but the first, for who gets them by address; room: slots that it has at least. Volatile, where
 * hardly any call gets there: LLVM would make vectors of the parts where they come from. */
static LLVMValueRef captured(Lower *lo, const Ins *in, const Ref *arg, uint32_t room, bool is_volatile)
{
    uint32_t n = 0, at = 0;
    for (uint32_t k = 1; k < in->nargs; k++)
        n += ir_ty(lo->fn, arg[k])->nparts;
    LLVMValueRef slot = lower_alloca(lo, lo->i64, (n > room ? n : room) + 1);
    for (uint32_t k = 1; k < in->nargs; k++) {
        uint32_t nparts = ir_ty(lo->fn, arg[k])->nparts;
        LLVMValueRef place = nparts > 1 ? place_of_param(lo, arg[k]) : NULL;
        if (place)
            LLVMBuildMemCpy(lo->b, lower_at_const(lo, slot, 8 * (size_t)at), 8, place, 8, lower_i64(lo, 8 * (int64_t)nparts));
        for (uint32_t p = 0; p < nparts && !place; p++)
            LLVMSetVolatile(lower_slot_store(lo, slot, at + p, lo->value[arg[k].i][p]), is_volatile);
        at += nparts;
    }
    return slot;
}

static void parallel(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    uint32_t which = lower_callee(lo->job, in);
    if (which == lo->job->nfn) {
        lower_bug(lo, "the chunk of a region in %s is not in the job", lo->fn->name);
        return;
    }
    LLVMValueRef a[3] = { lower_chunk_entry(lo, which), captured(lo, in, arg, 0, false), lo->value[arg[0].i][0] };
    lower_exit_if(lo, in, lower_rt(lo, RT_PARALLEL, a, 3));
    *out = lower_new(lo, in->ty);
}

/* Code that is only to be explained has them here. */
static void all_of_them(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    for (const Fn *fn = in->imm.p; fn; fn = fn->also) {
        Ins call = { .op = IR_LATER, .ty = in->ty, .pos = in->pos, .cleanup = in->cleanup, .nargs = in->nargs - 1, .imm.p = fn };
        compiled_call(lo, &call, arg + 1, out);
    }
}

/* Parameters and results go through slots, as into an entry. */
static void later(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    uint32_t which = lower_callee(lo->job, in);
    if (which == lo->job->nfn || !lo->job->fn[which].later) {
        all_of_them(lo, in, arg, out);
        return;
    }
    LLVMValueRef slot = captured(lo, in, arg, in->ty->nparts, true);
    LLVMValueRef a[] = { lower_host(lo, lo->job->fn[which].later), lo->value[arg[0].i][0], slot };
    lower_exit_if(lo, in, lower_rt(lo, RT_LATER, a, 3));
    uint8_t part[in->ty->nparts + 1];
    ty_parts(in->ty, part);
    *out = lower_new(lo, in->ty);
    for (uint32_t k = 0; k < in->ty->nparts; k++)
        (*out)[k] = lower_slot_load(lo, slot, k, part[k]);
}

/* ---- checks ---- */

/* The int64 operands of a message, one a part. */
static uint32_t operands(Lower *lo, const Ref *arg, uint32_t n, LLVMValueRef *out)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++) {
        Ty t = ir_ty(lo->fn, arg[i]);
        for (uint32_t p = 0; p < t->nparts && k < CALL_OPERANDS; p++) {
            LLVMValueRef v = lo->value[arg[i].i][p];
            bool is_int = LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMIntegerTypeKind;
            out[k++] = is_int && !ty_is_unsigned(t) ? lower_coerce(lo, v, lo->i64) : lower_to_slot(lo, v);
        }
    }
    return k;
}

static void check(Lower *lo, const Ins *in, const Ref *arg)
{
    LLVMBasicBlockRef bad = lower_block_cold(lo, "check"), ok = lower_block_after(lo, "");
    lower_branch_rare(lo, LLVMBuildNot(lo->b, lo->value[arg[0].i][0], ""), bad, ok);
    LLVMPositionBuilderAtEnd(lo->b, bad);
    LLVMValueRef v[CALL_OPERANDS];
    uint32_t n = operands(lo, arg + 1, in->nargs - 1u, v);
    lower_diag(lo, in, (DiagId)in->imm.i, v, n);
    LLVMPositionBuilderAtEnd(lo->b, ok);
}

/* An index that is in range is taken as it is; another one wraps, off the way, and is checked again. */
static void index_(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    LLVMValueRef i = lo->value[arg[0].i][0], n = lo->value[arg[1].i][0];
    LLVMBasicBlockRef here = LLVMGetInsertBlock(lo->b), bad = lower_block_cold(lo, "index"), wrap = lower_block_cold(lo, "wrap");
    LLVMBasicBlockRef ok = lower_block_after(lo, "");
    lower_branch_rare(lo, LLVMBuildICmp(lo->b, LLVMIntUGE, i, n, ""), wrap, ok);
    LLVMPositionBuilderAtEnd(lo->b, wrap);
    LLVMValueRef j = LLVMBuildAdd(lo->b, i, n, "");
    lower_branch_rare(lo, LLVMBuildICmp(lo->b, LLVMIntUGE, j, n, ""), bad, ok);
    LLVMPositionBuilderAtEnd(lo->b, bad);
    lower_diag(lo, in, DIAG_INDEX, (LLVMValueRef[]){ i, lower_i64(lo, in->imm.i), n }, 3);
    LLVMPositionBuilderAtEnd(lo->b, ok);
    *out = lower_new(lo, in->ty);
    (*out)[0] = LLVMBuildPhi(lo->b, lo->i64, "");
    LLVMAddIncoming((*out)[0], (LLVMValueRef[]){ i, j }, (LLVMBasicBlockRef[]){ here, wrap }, 2);
}

static void fail_always(Lower *lo, const Ins *in, const Ref *arg)
{
    LLVMValueRef v[CALL_OPERANDS];
    uint32_t n = operands(lo, arg, in->nargs, v);
    lower_diag(lo, in, (DiagId)in->imm.i, v, n);
}

/* The context and the cause of the error that is in the Call. */
static void link_(Lower *lo, const Ins *in, const Ref *arg)
{
    LLVMValueRef a[3] = { LLVMConstNull(lo->ptr), LLVMConstNull(lo->ptr), lower_i64(lo, in->imm.i) };
    if (in->imm.i & LINK_CONTEXT)
        a[0] = lo->value[(++arg)->i][0];
    if (in->imm.i & LINK_CAUSE)
        a[1] = lo->value[(++arg)->i][0];
    if (in->imm.i & ~LINK_NAMED)
        lower_rt(lo, RT_LINK, a, 3);
}

static void raise(Lower *lo, const Ins *in, const Ref *arg)
{
    Ty t = ir_ty(lo->fn, arg[0]);
    if (t->nparts > CALL_SLOTS) {
        lower_bug(lo, "an exception with %u parts", t->nparts);
        return;
    }
    if (lo->target->claim)
        lo->target->claim(lo, in);
    LLVMValueRef slot = lower_field(lo, offsetof(Call, slot));
    for (uint32_t k = 0; k < t->nparts; k++)
        lower_slot_store(lo, slot, k, lo->value[arg[0].i][k]);
    LLVMBuildStore(lo->b, lower_host(lo, t), lower_field(lo, offsetof(Call, exception)));
    LLVMBuildStore(lo->b, lower_i32(lo, ERROR_RAISE), lower_field(lo, offsetof(Call, error)));
    link_(lo, in, arg);
    lower_exit(lo, in);
}

/* The exception lives in the frame: a handler in a loop uses its place again. */
static void catch_(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef **out)
{
    LLVMValueRef place = lower_alloca(lo, lo->i64, sizeof(Caught) / 8);
    LLVMValueRef a[2] = { place, in->nargs ? lo->value[arg[0].i][0] : LLVMConstNull(lo->ptr) };
    lower_rt(lo, RT_CATCH, a, 2);
    *out = lower_new(lo, ty(TY_CAUGHT));
    (*out)[0] = place;
}

static void reraise(Lower *lo, const Ins *in, const Ref *arg)
{
    LLVMValueRef a[2] = { lo->value[arg[0].i][0], lower_i64(lo, in->imm.i) };
    lower_rt(lo, RT_RERAISE, a, 2);
    link_(lo, in, arg);
    lower_exit(lo, in);
}

/* An exception in the frame that nobody raised. */
static void hold(Lower *lo, const Ref *arg, LLVMValueRef **out)
{
    Ty t = ir_ty(lo->fn, arg[0]);
    LLVMValueRef place = lower_alloca(lo, lo->i64, sizeof(Caught) / 8), slot = lower_alloca(lo, lo->i64, t->nparts + 1);
    for (uint32_t k = 0; k < t->nparts; k++)
        lower_slot_store(lo, slot, k, lo->value[arg[0].i][k]);
    LLVMValueRef a[3] = { place, lower_host(lo, t), slot };
    lower_rt(lo, RT_HOLD, a, 3);
    *out = lower_new(lo, ty(TY_CAUGHT));
    (*out)[0] = place;
}

/* Short recursions never poll: the first POLL_ENTRIES entries only count, and go on at ok. */
static void count_entry(Lower *lo, LLVMBasicBlockRef ok)
{
    LLVMValueRef at = lower_field(lo, offsetof(Call, entries));
    LLVMValueRef left = LLVMBuildSub(lo->b, LLVMBuildLoad2(lo->b, lo->i32, at, ""), lower_i32(lo, 1), "");
    LLVMBuildStore(lo->b, left, at);
    LLVMBasicBlockRef enough = lower_block_cold(lo, "poll");
    LLVMBuildCondBr(lo->b, LLVMBuildICmp(lo->b, LLVMIntSLE, left, lower_i32(lo, 0), ""), enough, ok);
    LLVMPositionBuilderAtEnd(lo->b, enough);
}

/* imm 1: at the entry of a function of a call cycle. */
static void poll(Lower *lo, const Ins *in)
{
    if (!lo->target->polls)
        return;
    LLVMValueRef set = LLVMBuildLoad2(lo->b, lo->i32, lower_field(lo, offsetof(Call, poll)), "");
    LLVMSetVolatile(set, true);
    set = LLVMBuildICmp(lo->b, LLVMIntNE, set, lower_i32(lo, 0), "");
    LLVMBasicBlockRef busy = lower_block_cold(lo, "poll"), ok = lower_block_after(lo, "");
    lower_branch_rare(lo, set, busy, ok);
    LLVMPositionBuilderAtEnd(lo->b, busy);
    if (in->imm.i)
        count_entry(lo, ok);
    LLVMValueRef failed = lower_rt(lo, RT_POLL, NULL, 0);       /* keeps the integer registers */
    LLVMSetFunctionCallConv(LLVMGetCalledValue(failed), LLVMPreserveMostCallConv);
    LLVMSetInstructionCallConv(failed, LLVMPreserveMostCallConv);
    lower_exit_if(lo, in, failed);
    LLVMBuildBr(lo->b, ok);
    LLVMPositionBuilderAtEnd(lo->b, ok);
}

static void stack_check(Lower *lo, const Ins *in)
{
    LLVMValueRef at = lower_intrinsic(lo, "llvm.addressofreturnaddress", lo->ptr, NULL, 0);     /* needs no frame pointer */
    LLVMValueRef limit = LLVMBuildLoad2(lo->b, lo->i64, lower_field(lo, offsetof(Call, stack_limit)), "");
    LLVMValueRef low = LLVMBuildICmp(lo->b, LLVMIntULT, LLVMBuildPtrToInt(lo->b, at, lo->i64, ""), limit, "");
    LLVMBasicBlockRef bad = lower_block_cold(lo, "stack"), ok = lower_block_after(lo, "");
    lower_branch_rare(lo, low, bad, ok);
    LLVMPositionBuilderAtEnd(lo->b, bad);
    lower_rt(lo, RT_RECURSION, NULL, 0);
    lower_exit(lo, in);
    LLVMPositionBuilderAtEnd(lo->b, ok);
}

bool lower_call(Lower *lo, const Ins *in, Ref r)
{
    const Ref *arg = ir_args(lo->fn, in);
    LLVMValueRef **out = &lo->value[r.i];
    switch (in->op) {
    case IR_CALL: compiled_call(lo, in, arg, out); return true;
    case IR_PARALLEL: parallel(lo, in, arg, out); return true;
    case IR_LATER: later(lo, in, arg, out); return true;
    case IR_RT: runtime_call(lo, in, arg, out); return true;
    case IR_CHECK: check(lo, in, arg); return true;
    case IR_INDEX: index_(lo, in, arg, out); return true;
    case IR_FAIL: fail_always(lo, in, arg); return true;
    case IR_RAISE: raise(lo, in, arg); return true;
    case IR_CATCH: catch_(lo, in, arg, out); return true;
    case IR_HOLD: hold(lo, arg, out); return true;
    case IR_RERAISE: reraise(lo, in, arg); return true;
    case IR_POLL: poll(lo, in); return true;
    case IR_STACK_CHECK: stack_check(lo, in); return true;
    default: return false;
    }
}
