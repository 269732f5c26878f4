/* remarks.c: what LLVM says about loops → LoopNotes: rows of ir/remark.def at places of our IR.
 *
 * LLVM's remarks are texts, `file:line:column: words`. The places were made by lower.c: line is a position of the Fn or a
 * loop's header, column which. What it says of a loop it tried in vain stands before "loop not vectorized". Which passes
 * remark is an option of the process; it is set when first asked for, from then on remarks nobody asked for end here. */
#include <llvm-c/Support.h>
#include <stdlib.h>
#include "jit/jit.h"

/* The first row whose words the text begins with, or (~) contains. */
static const struct { const char *words; RemarkId id; } row[] = {
    { "vectorized loop (", REMARK_VECTOR },
    { "interleaved loop (", REMARK_INTERLEAVED },
    { "loop not vectorized", REMARK_SCALAR },
    { "completely unrolled loop", REMARK_UNROLLED },
    { "Loop deleted", REMARK_DELETED },
    { "~Formed a call to llvm.mem", REMARK_IDIOM },
    { "Transformed loop-strided store", REMARK_IDIOM },
};
static const struct { const char *words; RemarkId id; } why[] = {
    { "could not determine number of loop iterations", REMARK_SCALAR_COUNT },
    { "Cannot vectorize uncountable loop", REMARK_SCALAR_COUNT },
    { "call instruction cannot be vectorized", REMARK_SCALAR_CALL },
    { "instruction cannot be vectorized", REMARK_SCALAR_CALL },
    { "instruction return type cannot be vectorized", REMARK_SCALAR_CALL },
    { "loop control flow is not understood", REMARK_SCALAR_FLOW },
    { "early exit", REMARK_SCALAR_FLOW },
    { "Early exit", REMARK_SCALAR_FLOW },
    { "Control flow cannot be substituted", REMARK_SCALAR_FLOW },
    { "cannot prove it is safe to reorder floating-point", REMARK_SCALAR_ORDER },
    { "value that could not be identified as reduction", REMARK_SCALAR_CARRIED },
    { "Unknown data dependence", REMARK_SCALAR_BOUNDS },
    { "unsafe dependent memory operations", REMARK_SCALAR_MEMORY },
    { "cannot identify array bounds", REMARK_SCALAR_BOUNDS },
    { "cost-model indicates that vectorization is not beneficial", REMARK_SCALAR_COST },
    { "vectorization is not beneficial", REMARK_SCALAR_COST },
};

static RemarkId id_of(const char *words)
{
    for (size_t k = 0; k < countof(row); k++) {
        const char *w = row[k].words;
        if (*w == '~' ? strstr(words, w + 1) != NULL : !strncmp(words, w, strlen(w)))
            return row[k].id;
    }
    return REMARK_MAX;
}

static RemarkId why_of(const char *words)
{
    for (size_t k = 0; k < countof(why); k++)
        if (strstr(words, why[k].words))
            return why[k].id;
    return REMARK_SCALAR_OTHER;
}

static uint32_t number_behind(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    return at ? (uint32_t)strtoul(at + strlen(words), NULL, 10) : 1;
}

/* "file:line:column: words": the words; NULL: it has no place. */
static const char *read_place(const char *text, LoopNote *note)
{
    char *end;
    const char *colon = strchr(text, ':');
    unsigned long line = colon ? strtoul(colon + 1, &end, 10) : 0;
    unsigned long col = line && *end == ':' ? strtoul(end + 1, &end, 10) : 0;
    if (line == 0 || col == 0 || strncmp(end, ": ", 2))
        return NULL;
    note->at = (uint32_t)line - 1;
    note->loop = col % 2 == 1;
    note->fn = (uint32_t)((col - 1) / 2);
    return end + 2;
}

/* Is it a loop that has vectors only where it is explained (lower.c)? */
static bool waits(const CodegenJob *job, const LoopNote *note)
{
    const Fn *fn = job->fn[note->fn].fn;
    return note->loop && note->at < fn->blk.n && fn->blk.at[note->at].waits;
}

static void take(CodegenJob *job, const char *text)
{
    LoopNote note = { 0 };
    const char *words = read_place(text, &note);
    if (!words || (note.id = id_of(words)) == REMARK_MAX || note.fn >= job->nfn)
        return;
    note.width = number_behind(words, "vectorization width: ");
    note.times = number_behind(words, "interleaved count: ");
    if ((note.id == REMARK_VECTOR || note.id == REMARK_INTERLEAVED) && waits(job, &note)) {
        vec_push(job->arena, &job->note, ((LoopNote){ .id = REMARK_SCALAR_ORDER, .fn = note.fn, .loop = true, .at = note.at }));
        note.id = REMARK_SCALAR, words = "";
    }
    const char *reason = note.id == REMARK_SCALAR ? strchr(words, ':') : NULL;
    if (reason) {
        note.id = why_of(reason + 1);
        note.text = arena_strdup(job->arena, reason + 2);
    }
    vec_push(job->arena, &job->note, note);
}

/* LLVM is on the stack: nothing here may jump, so not into an arena. */
static void handle(LLVMDiagnosticInfoRef info, void *data)
{
    Codegen *cg = data;
    char *text = LLVMGetDiagInfoDescription(info);
    bool remark = LLVMGetDiagInfoSeverity(info) == LLVMDSRemark;
    size_t n = strlen(text) + 1;
    char *more = remark && cg->explains ? realloc(cg->said, cg->nsaid + n) : NULL;
    if (more) {
        memcpy(more + cg->nsaid, text, n);
        cg->said = more;
        cg->nsaid += n;
    }
    if (!remark)
        fprintf(stderr, "numjit: LLVM: %s\n", text);
    LLVMDisposeMessage(text);
}

#define PASSES "loop-vectorize|loop-idiom|loop-unroll|loop-delete"

void remarks_begin(Codegen *cg, const CodegenJob *job, LLVMContextRef context)
{
    static const char *const on[] = { "numjit", "-pass-remarks=" PASSES, "-pass-remarks-missed=loop-vectorize",
                                      "-pass-remarks-analysis=loop-vectorize" };
    static bool asked;          /* the process's, as LLVM's options are; under the lock of compilations */
    cg->explains = (job->flags & CODEGEN_EXPLAIN) != 0;
    cg->nsaid = 0;
    if (cg->explains && !asked) {
        LLVMParseCommandLineOptions(countof(on), on, "");
        asked = true;
    }
    if (asked)
        LLVMContextSetDiagnosticHandler(context, handle, cg);
}

void remarks_end(Codegen *cg, CodegenJob *job)
{
    for (size_t at = 0; at < cg->nsaid; at += strlen(cg->said + at) + 1)
        take(job, cg->said + at);
}
