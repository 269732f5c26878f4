/* lower.c: a job's Fns → one LLVM module: functions, blocks, phis, the ways out with an error, the root's entry. */
#include "lower/target.h"

static_assert(offsetof(Call, error) == offsetof(GpuError, error) && offsetof(Call, diag) == offsetof(GpuError, diag)
              && offsetof(Call, operand) == offsetof(GpuError, operand) && offsetof(Call, exception) == offsetof(GpuError, exception)
              && offsetof(Call, slot) == offsetof(GpuError, slot), "they are written by the same code");
static_assert(offsetof(Call, poll) == 0 && offsetof(Call, error) == 4 && offsetof(Call, stack_limit) == 8
              && offsetof(Call, diag) == 16 && offsetof(Call, noperand) == 20 && offsetof(Call, operand) == 24
              && sizeof(uintptr_t) == 8, "compiled code reads and writes these fields");

void lower_bug(Lower *lo, const char *format, ...)
{
    if (lo->job->error)
        return;
    Text t = { .arena = lo->job->arena };
    va_list args;
    va_start(args, format);
    text_printf(&t, "lower: ");
    text_vprintf(&t, format, args);
    va_end(args);
    lo->job->error = text_str(&t);
}

/* ---- blocks and ways out ---- */

LLVMBasicBlockRef lower_block_after(Lower *lo, const char *name)
{
    LLVMBasicBlockRef at = LLVMGetInsertBlock(lo->b), n = lower_block_cold(lo, name);
    LLVMMoveBasicBlockAfter(n, at);
    return n;
}

LLVMBasicBlockRef lower_block_cold(Lower *lo, const char *name)
{
    return LLVMAppendBasicBlockInContext(lo->context, lo->self, name);
}

void lower_branch_rare(Lower *lo, LLVMValueRef rare, LLVMBasicBlockRef yes, LLVMBasicBlockRef no)
{
    LLVMValueRef br = LLVMBuildCondBr(lo->b, rare, yes, no);
    LLVMSetMetadata(br, LLVMGetMDKindIDInContext(lo->context, "prof", 4), LLVMMetadataAsValue(lo->context, lo->unlikely));
}

LLVMValueRef lower_field(Lower *lo, size_t offset) { return lower_at_const(lo, lo->call, offset); }

LLVMValueRef lower_alloca(Lower *lo, LLVMTypeRef type, uint32_t n)
{
    LLVMBasicBlockRef at = LLVMGetInsertBlock(lo->b), entry = LLVMGetEntryBasicBlock(lo->self);
    LLVMPositionBuilderBefore(lo->b, LLVMGetBasicBlockTerminator(entry));
    LLVMValueRef v = n == 1 ? LLVMBuildAlloca(lo->b, type, "")
                            : LLVMBuildAlloca(lo->b, LLVMArrayType2(type, n), "");
    LLVMPositionBuilderAtEnd(lo->b, at);
    return v;
}

enum { RETURN_PARTS = 2 };

bool lower_returns(const Lower *lo, const Fn *fn)
{
    return lo->target->returns && fn->ret->nparts > 0 && fn->ret->nparts <= RETURN_PARTS && fn != lo->bare;
}

static LLVMTypeRef return_type(Lower *lo, const Fn *fn)
{
    LLVMTypeRef type[1 + RETURN_PARTS] = { lo->i32 };
    if (!lower_returns(lo, fn))
        return lo->i32;
    uint8_t part[RETURN_PARTS];
    ty_parts(fn->ret, part);
    for (uint32_t p = 0; p < fn->ret->nparts; p++)
        type[1 + p] = lower_part_type(lo, part[p]);
    return LLVMStructTypeInContext(lo->context, type, 1 + fn->ret->nparts, false);
}

/* ret: the status, and what is returned in registers (lower_returns). v: the parts of that, or NULL: nothing is. */
static void leave(Lower *lo, Status status, LLVMValueRef *v)
{
    LLVMValueRef all = lower_i32(lo, (int32_t)status);
    if (lower_returns(lo, lo->fn)) {
        all = LLVMBuildInsertValue(lo->b, LLVMGetPoison(return_type(lo, lo->fn)), all, 0, "");
        for (uint32_t k = 0; v && k < lo->fn->ret->nparts; k++)
            all = LLVMBuildInsertValue(lo->b, all, v[k], k + 1, "");
    }
    LLVMBuildRet(lo->b, all);
}

/* The one block that leaves with an error: LLVM's inliner ends the life of each place of the frame at each return. */
static LLVMBasicBlockRef failed_block(Lower *lo)
{
    LLVMBasicBlockRef at = LLVMGetInsertBlock(lo->b);
    if (!lo->failed) {
        lo->failed = lower_block_cold(lo, "failed");
        LLVMPositionBuilderAtEnd(lo->b, lo->failed);
        leave(lo, STATUS_ERROR, NULL);
        LLVMPositionBuilderAtEnd(lo->b, at);
    }
    return lo->failed;
}

/* The block that releases what is alive, notes the position and returns 1. One for ops that release the same;
 * every way into it adds its position to the phi. */
static Exit *exit_block(Lower *lo, uint32_t cleanup, BlkId handler, bool again)
{
    for (uint32_t k = lo->exits.n; k > 0; k--) {
        Exit *e = &lo->exits.at[k - 1];
        if (e->cleanup == cleanup && e->handler == handler && e->again == again)
            return e;
    }
    LLVMBasicBlockRef at = LLVMGetInsertBlock(lo->b), block = lower_block_cold(lo, "exit");
    LLVMPositionBuilderAtEnd(lo->b, block);
    Exit e = { cleanup, handler, again, block, LLVMBuildPhi(lo->b, lo->i32, "") };
    vec_push(lo->job->arena, &lo->exits, e);
    for (uint32_t i = 0, n = cleanup ? lo->fn->operand.at[cleanup].i : 0; i < n; i++) {
        Ref r = lo->fn->operand.at[cleanup + 1 + i];
        lower_count(lo, RT_RELEASE, ir_ty(lo->fn, r), lo->value[r.i]);
    }
    if (lo->cf->info && !again)
        lower_rt(lo, RT_TRACE, (LLVMValueRef[]){ lower_host(lo, lo->cf->info), e.pos }, 2);
    LLVMBuildBr(lo->b, handler != BLK_NONE ? lo->block[handler] : failed_block(lo));
    LLVMPositionBuilderAtEnd(lo->b, at);
    return &lo->exits.at[lo->exits.n - 1];
}

/* An exception that is raised again in the function that caught it has its frame already, and so has one of a chunk. */
static Exit *exit_from_here(Lower *lo, const Ins *in)
{
    bool shown = (in->op == IR_RERAISE && !(in->imm.i & LINK_NAMED)) || in->op == IR_PARALLEL || in->op == IR_LATER;
    Exit *e = exit_block(lo, in->cleanup, lo->handler, shown);
    LLVMValueRef pos = lower_i32(lo, (int32_t)in->pos);
    LLVMBasicBlockRef here = LLVMGetInsertBlock(lo->b);
    LLVMAddIncoming(e->pos, &pos, &here, 1);
    return e;
}

void lower_exit(Lower *lo, const Ins *in) { LLVMBuildBr(lo->b, exit_from_here(lo, in)->block); }

void lower_exit_if(Lower *lo, const Ins *in, LLVMValueRef status)
{
    LLVMBasicBlockRef ok = lower_block_after(lo, "");
    LLVMValueRef bad = LLVMBuildICmp(lo->b, LLVMIntNE, status, lower_i32(lo, 0), "");
    lower_branch_rare(lo, bad, exit_from_here(lo, in)->block, ok);
    LLVMPositionBuilderAtEnd(lo->b, ok);
}

void lower_diag(Lower *lo, const Ins *in, DiagId id, LLVMValueRef *operand, uint32_t n)
{
    if (lo->target->claim)
        lo->target->claim(lo, in);
    LLVMBuildStore(lo->b, lower_i32(lo, ERROR_DIAG), lower_field(lo, offsetof(Call, error)));
    LLVMBuildStore(lo->b, lower_i32(lo, (int32_t)id), lower_field(lo, offsetof(Call, diag)));
    LLVMBuildStore(lo->b, lower_i32(lo, (int32_t)n), lower_field(lo, offsetof(Call, noperand)));
    for (uint32_t k = 0; k < n; k++)
        LLVMBuildStore(lo->b, operand[k], lower_field(lo, offsetof(Call, operand) + 8 * (size_t)k));
    lower_exit(lo, in);
}

/* ---- positions ---- */

enum { EXPLAIN_LOOP = 1, EXPLAIN_POS = 2 };

/* In code that is only to be explained a line is the number of a position or of a loop's header, and the column says of
 * which function and which of the two; jit/remarks.c reads it. */
static LLVMMetadataRef explain_place(Lower *lo, uint32_t at, unsigned what)
{
    unsigned which = (unsigned)(lo->cf - lo->job->fn);
    return LLVMDIBuilderCreateDebugLocation(lo->context, at + 1, 2 * which + what, lo->scope, NULL);
}

static bool explains(const Lower *lo) { return (lo->job->flags & CODEGEN_EXPLAIN) && lo->scope; }

/* A function as debuggers know it. */
static LLVMMetadataRef subprogram(Lower *lo, const char *filename, const char *name, const char *symbol, int32_t first_line)
{
    const char *slash = strrchr(filename, '/'), *base = slash ? slash + 1 : filename;
    LLVMMetadataRef file = LLVMDIBuilderCreateFile(lo->debug, base, strlen(base), filename, slash ? (size_t)(slash - filename) : 0);
    LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(lo->debug, file, NULL, 0, LLVMDIFlagZero);
    unsigned line = first_line > 0 ? (unsigned)first_line : 1;
    return LLVMDIBuilderCreateFunction(lo->debug, file, name, strlen(name), symbol, strlen(symbol), file, line, type, true, true,
                                       line, LLVMDIFlagZero, true);
}

/* The function of a call that is inlined; made once for a call, which has one Site for all its positions. */
static LLVMMetadataRef site_scope(Lower *lo, const Site *s)
{
    for (uint32_t k = 0; k < lo->sites.n; k++)
        if (lo->sites.at[k].site == s)
            return lo->sites.at[k].scope;
    SiteScope new = { s, subprogram(lo, s->filename, s->name, s->name, s->first_line) };
    vec_push(lo->job->arena, &lo->sites, new);
    return new.scope;
}

static LLVMMetadataRef place_of(Lower *lo, Pos p)
{
    unsigned line = p.line > 0 ? (unsigned)p.line : 0, col = line && p.col >= 0 ? (unsigned)p.col + 1 : 0;
    LLVMMetadataRef scope = p.site ? site_scope(lo, p.site) : lo->scope, at = p.site ? place_of(lo, p.site->call) : NULL;
    return LLVMDIBuilderCreateDebugLocation(lo->context, line, col, scope, at);
}

static void set_pos(Lower *lo, uint32_t pos)
{
    if (!lo->scope)
        return;
    if (explains(lo)) {
        LLVMSetCurrentDebugLocation2(lo->b, explain_place(lo, pos, EXPLAIN_POS));
        return;
    }
    LLVMSetCurrentDebugLocation2(lo->b, place_of(lo, pos < lo->fn->pos.n ? lo->fn->pos.at[pos] : lo->fn->pos.at[0]));
}

/* f is known to debuggers as cf; NULL: no lines. */
static LLVMMetadataRef lower_subprogram(Lower *lo, const CodegenFn *cf, LLVMValueRef f)
{
    if (!lo->debug || !cf->filename)
        return NULL;
    LLVMMetadataRef sp = subprogram(lo, cf->filename, cf->name ? cf->name : cf->symbol, cf->symbol, cf->first_line);
    LLVMSetSubprogram(f, sp);
    return sp;
}

void lower_wrapper_lines(Lower *lo, uint32_t which, LLVMValueRef f)
{
    LLVMMetadataRef scope = lower_subprogram(lo, &lo->job->fn[which], f);
    unsigned line = (unsigned)lo->job->fn[which].first_line;
    LLVMSetCurrentDebugLocation2(lo->b, scope ? LLVMDIBuilderCreateDebugLocation(lo->context, line, 0, scope, NULL) : NULL);
}

enum { DEBUG_DIRECTIVES_ONLY = 3 };       /* llvm-c has no name for it */

static void debug_begin(Lower *lo)
{
    const CodegenFn *root = &lo->job->fn[0];
    if (!root->filename || !(lo->job->gpu || lo->job->flags & CODEGEN_LINES))
        return;
    lo->debug = LLVMCreateDIBuilder(lo->module);
    const char *slash = strrchr(root->filename, '/'), *base = slash ? slash + 1 : root->filename;
    LLVMMetadataRef file = LLVMDIBuilderCreateFile(lo->debug, base, strlen(base), root->filename,
                                                   slash ? (size_t)(slash - root->filename) : 0);
    LLVMDIBuilderCreateCompileUnit(lo->debug, LLVMDWARFSourceLanguagePython, file, "numjit", 6, true, "", 0, 0, "", 0,
                                   (LLVMDWARFEmissionKind)(lo->job->gpu && !lo->job->gpu->debug ? DEBUG_DIRECTIVES_ONLY : LLVMDWARFEmissionLineTablesOnly), 0, false, false, "", 0, "", 0);
    LLVMAddModuleFlag(lo->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(lower_i32(lo, (int32_t)LLVMDebugMetadataVersion())));
    LLVMAddModuleFlag(lo->module, LLVMModuleFlagBehaviorWarning, "Dwarf Version", 13, LLVMValueAsMetadata(lower_i32(lo, 4)));
}

/* ---- functions ---- */

void lower_attribute(Lower *lo, LLVMValueRef f, LLVMAttributeIndex at, const char *name, uint64_t v)
{
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    if (kind)
        LLVMAddAttributeAtIndex(f, at, LLVMCreateEnumAttribute(lo->context, kind, v));
}

static void common_attributes(Lower *lo, LLVMValueRef f)
{
    lower_attribute(lo, f, LLVMAttributeFunctionIndex, "nounwind", 0);
    if (lo->target->unwinds)
        lower_attribute(lo, f, LLVMAttributeFunctionIndex, "uwtable", 2);
    lower_attribute(lo, f, 1, "nonnull", 0);
    lower_attribute(lo, f, 1, "dereferenceable", sizeof(GpuError));
}

static const char *outside_name(const Lower *lo, uint32_t which, const char *suffix)
{
    Text name = { .arena = lo->job->arena };
    text_printf(&name, "%s%s", lo->job->fn[which].symbol, suffix);
    return text_str(&name);
}

/* What nobody in the job calls needs no function beside its entry: inlining it would cost a thirtieth of compiling. */
static const Fn *bare_root(const CodegenJob *job)
{
    for (uint32_t k = 0; k < job->nfn; k++)
        for (uint32_t i = 1; i < job->fn[k].fn->ins.n && !job->fn[k].later; i++) {
            const Ins *in = &job->fn[k].fn->ins.at[i];
            if ((in->op == IR_CALL || in->op == IR_PARALLEL || in->op == IR_LATER) && lower_callee(job, in) == 0)
                return NULL;
        }
    return job->fn[0].fn;
}

static void declare_bare(Lower *lo, uint32_t k)
{
    lo->function_type[k] = LLVMFunctionType(lo->i32, (LLVMTypeRef[]){ lo->ptr, lo->ptr }, 2, false);
    lo->function[k] = LLVMAddFunction(lo->module, outside_name(lo, k, ".entry"), lo->function_type[k]);
    common_attributes(lo, lo->function[k]);
}

static void declare(Lower *lo, uint32_t k)
{
    const CodegenFn *cf = &lo->job->fn[k];
    const Fn *fn = cf->fn;
    if (fn == lo->bare) {
        declare_bare(lo, k);
        return;
    }
    uint32_t n = 2;
    for (uint32_t p = 0; p < fn->nparam; p++)
        n += ir_ty(fn, fn->param[p])->nparts;
    LLVMTypeRef *type = arena_new_n(lo->job->arena, LLVMTypeRef, n);
    n = 0;
    type[n++] = lo->ptr;
    for (uint32_t p = 0; p < fn->nparam; p++) {
        Ty t = ir_ty(fn, fn->param[p]);
        uint8_t part[t->nparts + 1];
        ty_parts(t, part);
        for (uint32_t i = 0; i < t->nparts; i++)
            type[n++] = lower_part_type(lo, part[i]);
    }
    if (!lower_returns(lo, fn))
        type[n++] = lo->ptr;
    lo->function_type[k] = LLVMFunctionType(return_type(lo, fn), type, n, false);
    lo->function[k] = LLVMAddFunction(lo->module, cf->symbol, lo->function_type[k]);
    LLVMSetLinkage(lo->function[k], LLVMInternalLinkage);
    common_attributes(lo, lo->function[k]);
    lower_attribute(lo, lo->function[k], 1, "noalias", 0);      /* not the entry's: its slots may be those of the Call */
}

static bool is_extent(Ty t, uint32_t part) { return t->kind == TY_ARRAY && !t->extent && part >= 2 && part < 2u + t->ndim; }

/* What is loaded is a number, and not negative: 0 <= k < n is one comparison then. */
static void say_natural(Lower *lo, LLVMValueRef load)
{
    LLVMMetadataRef range[] = { LLVMValueAsMetadata(lower_i64(lo, 0)), LLVMValueAsMetadata(lower_i64(lo, INT64_MIN)) };
    LLVMValueRef natural = LLVMMetadataAsValue(lo->context, LLVMMDNodeInContext2(lo->context, range, 2));
    LLVMSetMetadata(load, LLVMGetMDKindIDInContext(lo->context, "range", 5), natural);
    LLVMSetMetadata(load, LLVMGetMDKindIDInContext(lo->context, "noundef", 7), LLVMMetadataAsValue(lo->context, LLVMMDNodeInContext2(lo->context, NULL, 0)));
}

/* The parts of a t, from slot[s] on. */
static void load_parts(Lower *lo, LLVMValueRef slot, uint32_t s, Ty t, LLVMValueRef *out)
{
    uint8_t part[t->nparts + 1];
    ty_parts(t, part);
    for (uint32_t p = 0; p < t->nparts; p++) {
        out[p] = lower_slot_load(lo, slot, s + p, part[p]);
        if (is_extent(t, p))
            say_natural(lo, out[p]);
    }
}

/* PARAM, CONST, UNDEF: they belong to no block. */
static void free_values(Lower *lo)
{
    const Fn *fn = lo->fn;
    uint32_t n = 0;
    bool bare = fn == lo->bare;
    for (uint32_t k = 0; k < fn->nparam; k++) {
        Ty t = ir_ty(fn, fn->param[k]);
        LLVMValueRef *v = lo->value[fn->param[k].i] = lower_new(lo, t);
        if (bare)
            load_parts(lo, LLVMGetParam(lo->self, 1), n, t, v);
        for (uint32_t p = 0; p < t->nparts && !bare; p++)
            v[p] = LLVMGetParam(lo->self, 1 + n + p);
        n += t->nparts;
    }
    lo->result = lower_returns(lo, fn) ? NULL : LLVMGetParam(lo->self, bare ? 1 : 1 + n);
    for (uint32_t i = 1; i < fn->ins.n; i++) {
        const Ins *in = &fn->ins.at[i];
        if ((in->op == IR_CONST || in->op == IR_UNDEF) && in->ty)
            lower_value(lo, in, (Ref){ i });
    }
}

static void start_phi(Lower *lo, const Ins *in, Ref r)
{
    LLVMValueRef *v = lo->value[r.i] = lower_new(lo, in->ty);
    uint8_t part[in->ty->nparts + 1];
    ty_parts(in->ty, part);
    for (uint32_t k = 0; k < in->ty->nparts; k++)
        v[k] = LLVMBuildPhi(lo->b, lower_part_type(lo, part[k]), "");
}

static void finish_phi(Lower *lo, const Blk *b, const Ins *in, Ref r)
{
    const Ref *arg = ir_args(lo->fn, in);
    if (in->nargs != b->pred.n)
        lower_bug(lo, "%s: phi v%u has %u operands for %u predecessors", lo->fn->name, r.i, in->nargs, b->pred.n);
    for (uint32_t p = 0; p < b->pred.n && p < in->nargs; p++) {
        LLVMBasicBlockRef from = lo->tail[b->pred.at[p]];
        LLVMValueRef *x = lo->value[arg[p].i];
        if (!from)
            continue;                   /* unreachable */
        if (!x) {
            lower_bug(lo, "%s: phi v%u: no value v%u", lo->fn->name, r.i, arg[p].i);
            return;
        }
        LLVMPositionBuilderBefore(lo->b, LLVMGetBasicBlockTerminator(from));
        x = lower_convert(lo, ir_ty(lo->fn, arg[p]), in->ty, x);
        for (uint32_t k = 0; k < in->ty->nparts; k++)
            LLVMAddIncoming(lo->value[r.i][k], &x[k], &from, 1);
    }
}

static void return_value(Lower *lo, const Ref *arg, uint32_t n)
{
    Ty t = n ? ir_ty(lo->fn, arg[0]) : lo->fn->ret;
    LLVMValueRef *v = n ? lower_convert(lo, t, lo->fn->ret, lo->value[arg[0].i]) : NULL;
    for (uint32_t k = 0; v && lo->result && k < lo->fn->ret->nparts; k++)
        lower_slot_store(lo, lo->result, k, v[k]);
    leave(lo, STATUS_OK, v);
}

static LLVMMetadataRef loop_option(Lower *lo, const char *name, bool off)
{
    LLVMMetadataRef item[2] = { LLVMMDStringInContext2(lo->context, name, strlen(name)) };
    if (off)
        item[1] = LLVMValueAsMetadata(LLVMConstInt(lo->i1, 0, false));
    return LLVMMDNodeInContext2(lo->context, item, off ? 2 : 1);
}

/* An !llvm.loop of its own. item[0] is left free, for the node itself. */
static LLVMMetadataRef loop_node(Lower *lo, LLVMMetadataRef *item, uint32_t n)
{
    LLVMMetadataRef self = item[0] = LLVMTemporaryMDNode(lo->context, NULL, 0), id = LLVMMDNodeInContext2(lo->context, item, n);
    LLVMMetadataReplaceAllUsesWith(self, id);
    return id;
}

static void set_loop(Lower *lo, LLVMValueRef br, LLVMMetadataRef id)
{
    LLVMSetMetadata(br, LLVMGetMDKindIDInContext(lo->context, "llvm.loop", 9), LLVMMetadataAsValue(lo->context, id));
}

void lower_written_once(Lower *lo, LLVMValueRef br)
{
    LLVMMetadataRef item[2] = { NULL, loop_option(lo, "llvm.loop.unroll.disable", false) };
    set_loop(lo, br, loop_node(lo, item, 2));
}

/* What is said of the loop: unroll it, leave it as it is, which one it is. NULL: there is nothing to say. */
static LLVMMetadataRef make_loop_id(Lower *lo, BlkId h)
{
    const Blk *header = &lo->fn->blk.at[h];
    LLVMMetadataRef item[4] = { NULL };
    uint32_t n = 1;
    if (explains(lo))
        item[n++] = explain_place(lo, h, EXPLAIN_LOOP);
    if (header->unroll)
        item[n++] = loop_option(lo, "llvm.loop.unroll.full", false);
    else if (header->plain)
        item[n++] = loop_option(lo, "llvm.loop.unroll.disable", false);
    else if (lo->outer[h] || lo->waits[h] || header->deep)      /* but where it has few turns, known in number */
        item[n++] = loop_option(lo, "llvm.loop.unroll.runtime.disable", false);
    bool waits = header->waits && !explains(lo);    /* where LLVM is asked, it says what else keeps the loop from vectors */
    if ((header->plain && !header->unroll) || header->strewn || waits)
        item[n++] = loop_option(lo, "llvm.loop.vectorize.enable", true);
    return n > 1 || (header->apart && !explains(lo)) ? loop_node(lo, item, n) : NULL;
}

LLVMMetadataRef lower_loop_id(Lower *lo, BlkId h)
{
    if (!lo->loop_id[h])
        lo->loop_id[h] = make_loop_id(lo, h);
    return lo->loop_id[h];
}

/* br of b, where it is the way back of a loop. */
static void mark_loop(Lower *lo, const Blk *b, LLVMValueRef br)
{
    for (uint32_t s = 0; s < b->nsucc; s++) {
        BlkId h = b->succ[s];
        if (!lo->fn->blk.at[h].is_header || !lo->tail[h])
            continue;
        LLVMMetadataRef id = lower_loop_id(lo, h);
        if (id)
            set_loop(lo, br, id);
    }
}

static void instruction(Lower *lo, const Blk *b, const Ins *in, Ref r)
{
    const Ref *arg = ir_args(lo->fn, in);
    for (uint32_t k = 0; k < in->nargs && in->op != IR_PHI; k++)
        if (!lo->value[arg[k].i]) {
            Ty t = ir_ty(lo->fn, arg[k]);
            if (!t || t->nparts)
                lower_bug(lo, "%s: v%u uses v%u before it is made", lo->fn->name, r.i, arg[k].i);
            lo->value[arg[k].i] = arena_new_n(lo->job->arena, LLVMValueRef, 1);
        }
    if (lo->job->error)
        return;
    switch (in->op) {
    case IR_PHI: start_phi(lo, in, r); return;
    case IR_JUMP: mark_loop(lo, b, LLVMBuildBr(lo->b, lo->block[b->succ[0]])); return;
    case IR_BRANCH: {
        LLVMValueRef c = lo->value[arg[0].i][0];
        if (b->ends_strip)          /* each loop would ask the ends of all loops before it what these say of its length: 200 take 4 s */
            c = lower_hidden(lo, c);
        const Blk *yes = &lo->fn->blk.at[b->succ[0]], *no = &lo->fn->blk.at[b->succ[1]];
        if (yes->cold && !no->cold)
            lower_branch_rare(lo, c, lo->block[b->succ[0]], lo->block[b->succ[1]]);
        else if (no->cold && !yes->cold)
            lower_branch_rare(lo, LLVMBuildNot(lo->b, c, ""), lo->block[b->succ[1]], lo->block[b->succ[0]]);
        else
            LLVMBuildCondBr(lo->b, c, lo->block[b->succ[0]], lo->block[b->succ[1]]);
        mark_loop(lo, b, LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(lo->b)));
        return;
    }
    case IR_RETURN: return_value(lo, arg, in->nargs); return;
    case IR_UNREACHABLE: LLVMBuildUnreachable(lo->b); return;
    }
    if (!lower_value(lo, in, r) && !lower_array(lo, in, r) && !lower_call(lo, in, r))
        lower_bug(lo, "%s: %s is not lowered", lo->fn->name, ir_op[in->op].name);
    if (!lo->value[r.i] && in->ty && in->ty->nparts == 0)
        lo->value[r.i] = arena_new_n(lo->job->arena, LLVMValueRef, 1);
}

static void begin_function(Lower *lo, uint32_t which)
{
    Arena *a = lo->job->arena;
    const Fn *fn = lo->fn = lo->job->fn[which].fn;
    lo->cf = &lo->job->fn[which];
    lo->self = lo->function[which];
    lo->call = LLVMGetParam(lo->self, 0);
    lo->value = arena_new_n(a, LLVMValueRef *, fn->ins.n + 1);
    lo->block = arena_new_n(a, LLVMBasicBlockRef, fn->blk.n);
    lo->tail = arena_new_n(a, LLVMBasicBlockRef, fn->blk.n);
    lo->loop_id = arena_new_n(a, LLVMMetadataRef, fn->blk.n);
    lo->outer = lower_outer_loops(lo->job->arena, fn);
    lo->waits = lower_waiting_loops(lo->job->arena, fn);
    lo->exits.n = 0;
    lo->failed = NULL;
    lo->scope_list = NULL;
    lo->scope = lower_subprogram(lo, lo->cf, lo->self);
}

static void block(Lower *lo, BlkId k, bool repeated)
{
    const Fn *fn = lo->fn;
    const Blk *b = &fn->blk.at[k];
    lo->handler = b->handler;
    lo->in_loop = repeated || b->loop != BLK_NONE;
    bool apart = b->loop != BLK_NONE && fn->blk.at[b->loop].apart && !explains(lo);     /* no place may stand in the accesses' metadata */
    lo->loop = apart ? b->loop : BLK_NONE;
    LLVMPositionBuilderAtEnd(lo->b, lo->block[k]);
    for (uint32_t i = 0; i < b->ins.n && !lo->job->error; i++) {
        set_pos(lo, ir_ins(fn, b->ins.at[i])->pos);
        instruction(lo, b, ir_ins(fn, b->ins.at[i]), b->ins.at[i]);
    }
    lo->tail[k] = LLVMGetInsertBlock(lo->b);
}

static void function(Lower *lo, uint32_t which)
{
    begin_function(lo, which);
    const Fn *fn = lo->fn;
    uint32_t n;
    const BlkId *order = ir_rpo((Fn *)fn, &n);
    LLVMBasicBlockRef entry = lower_block_cold(lo, "entry");
    for (uint32_t k = 0; k < n; k++)
        lo->block[order[k]] = lower_block_cold(lo, "");
    LLVMPositionBuilderAtEnd(lo->b, entry);
    set_pos(lo, 0);
    free_values(lo);
    LLVMBuildBr(lo->b, lo->block[0]);
    for (uint32_t k = 0; k < n; k++)
        block(lo, order[k], lo->repeated[which]);
    for (uint32_t k = 0; k < n && !lo->job->error; k++) {
        const Blk *b = &fn->blk.at[order[k]];
        for (uint32_t i = 0; i < b->ins.n; i++)
            if (ir_ins(fn, b->ins.at[i])->op == IR_PHI)
                finish_phi(lo, b, ir_ins(fn, b->ins.at[i]), b->ins.at[i]);
    }
}

/* Status name<suffix>(Call *, uint64_t *slot, ...): loads the parts of fn[which] from slot[] and calls it. chunk: its first
 * parameter is our third one. Results go to slot[]. */
LLVMValueRef lower_entry(Lower *lo, uint32_t which, const char *suffix, bool chunk)
{
    const CodegenFn *cf = &lo->job->fn[which];
    LLVMTypeRef type[] = { lo->ptr, lo->ptr, lo->i64 };
    LLVMValueRef f = LLVMAddFunction(lo->module, outside_name(lo, which, suffix), LLVMFunctionType(lo->i32, type, chunk ? 3 : 2, false));
    common_attributes(lo, f);
    lower_wrapper_lines(lo, which, f);
    LLVMPositionBuilderAtEnd(lo->b, LLVMAppendBasicBlockInContext(lo->context, f, ""));
    LLVMValueRef slot = LLVMGetParam(f, 1);
    uint32_t total = LLVMCountParams(lo->function[which]), n = 0, s = 0;
    LLVMValueRef *arg = arena_new_n(lo->job->arena, LLVMValueRef, total);
    arg[n++] = LLVMGetParam(f, 0);
    if (chunk)
        arg[n++] = LLVMGetParam(f, 2);
    for (uint32_t k = chunk; k < cf->fn->nparam; k++) {
        Ty t = ir_ty(cf->fn, cf->fn->param[k]);
        load_parts(lo, slot, s, t, arg + n);
        n += t->nparts, s += t->nparts;
    }
    bool returns = lower_returns(lo, cf->fn);
    if (!returns)
        arg[n++] = slot;
    LLVMValueRef r = LLVMBuildCall2(lo->b, lo->function_type[which], lo->function[which], arg, n, "");
    for (uint32_t k = 0; returns && k < cf->fn->ret->nparts; k++)
        lower_slot_store(lo, slot, k, LLVMBuildExtractValue(lo->b, r, k + 1, ""));
    LLVMBuildRet(lo->b, returns ? LLVMBuildExtractValue(lo->b, r, 0, "") : r);
    return f;
}

LLVMValueRef lower_chunk_entry(Lower *lo, uint32_t which)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(lo->b);
    LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(lo->b);
    LLVMValueRef f = lower_entry(lo, which, ".chunk", true);
    LLVMSetLinkage(f, LLVMInternalLinkage);
    LLVMPositionBuilderAtEnd(lo->b, here);
    LLVMSetCurrentDebugLocation2(lo->b, location);
    return f;
}

bool lower_job(CodegenJob *job, const Target *target, const RtRow *rt, LLVMContextRef c, LLVMTargetMachineRef tm, const Host *host,
               VectorLib *vectors, LoopUse loops, LLVMModuleRef *module)
{
    Lower lo = { .job = job, .target = target, .rt = rt, .context = c, .host = host, .vectors = vectors, .loops = loops };
    lo.module = *module = LLVMModuleCreateWithNameInContext(job->fn[0].symbol, c);
    lo.b = LLVMCreateBuilderInContext(c);
    lo.i1 = LLVMInt1TypeInContext(c), lo.i8 = LLVMInt8TypeInContext(c), lo.i16 = LLVMInt16TypeInContext(c);
    lo.i32 = LLVMInt32TypeInContext(c), lo.i64 = LLVMInt64TypeInContext(c), lo.f16 = LLVMHalfTypeInContext(c);
    lo.f32 = LLVMFloatTypeInContext(c), lo.f64 = LLVMDoubleTypeInContext(c);
    lo.ptr = LLVMPointerTypeInContext(c, 0), lo.void_ = LLVMVoidTypeInContext(c);
    char *triple = LLVMGetTargetMachineTriple(tm);
    LLVMSetTarget(lo.module, triple);
    LLVMDisposeMessage(triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(tm);
    LLVMSetModuleDataLayout(lo.module, layout);
    LLVMDisposeTargetData(layout);
    LLVMMetadataRef weight[] = { LLVMMDStringInContext2(c, "branch_weights", 14), LLVMValueAsMetadata(lower_i32(&lo, 1)),
                                 LLVMValueAsMetadata(lower_i32(&lo, 2000)) };
    lo.unlikely = LLVMMDNodeInContext2(c, weight, 3);
    lo.function = arena_new_n(job->arena, LLVMValueRef, job->nfn);
    lo.function_type = arena_new_n(job->arena, LLVMTypeRef, job->nfn);
    debug_begin(&lo);
    lower_find_repeated(&lo);
    lo.bare = target->slots ? bare_root(job) : NULL;
    for (uint32_t k = 0; k < job->nfn; k++)
        if (!job->fn[k].later)
            declare(&lo, k);
    for (uint32_t k = 0; k < job->nfn && !job->error; k++)
        if (!job->fn[k].later)
            function(&lo, k);
    if (!job->error) {
        target->entries(&lo);
        if (!lo.bare)
            lower_attribute(&lo, lo.function[0], LLVMAttributeFunctionIndex, "alwaysinline", 0);
    }
    if (lo.debug) {
        LLVMDIBuilderFinalize(lo.debug);
        LLVMDisposeDIBuilder(lo.debug);
    }
    LLVMDisposeBuilder(lo.b);
    if (host)
        host_tune(host, lo.module);
    return !job->error;
}
