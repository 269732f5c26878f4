/* dump.c: the text of a function after a stage, for numjit.dump() and, with NUMJIT_DUMP=ir,opt, while compiling. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const stage_name[STAGE_MAX] = { "bc", "cfg", "ssa", "ir", "nest", "opt", "llvm", "asm" };

Stage stage_find(const char *name, size_t n)
{
    Stage s = 0;
    while (s < STAGE_MAX && (strlen(stage_name[s]) != n || memcmp(stage_name[s], name, n)))
        s++;
    return s;
}

uint32_t stage_env(void)
{
    uint32_t bits = 0;
    const char *p = getenv("NUMJIT_DUMP");
    while (p && *p) {
        size_t n = strcspn(p, ", ");
        Stage s = stage_find(p, n);
        if (s < STAGE_MAX)
            bits |= 1u << s;
        else if (n > 0)
            fprintf(stderr, "numjit: NUMJIT_DUMP: there is no stage '%.*s': bc cfg ssa ir nest opt llvm asm\n", (int)n, p);
        p += n + (p[n] != 0);
    }
    return bits;
}

void stage_print(Text *out, Stage s, Unit *u, Func *f, const Fn *fn)
{
    switch (s) {
    case STAGE_BC: decode_print(out, f->decoded); break;
    case STAGE_CFG: ssa_print_cfg(out, ssa_cfg(u, f->decoded)); break;
    case STAGE_SSA: ir_print(out, f->ssa); break;
    default: ir_print(out, fn);
    }
}

void dump_text_while(Driver *d, Stage s, const Func *f, const char *text)
{
    if (d->dump >> s & 1)
        fprintf(stderr, "# %s %s\n%s\n", stage_name[s], f->name, text ? text : "");
}

void dump_while(Driver *d, Stage s, Func *f, const Fn *fn)
{
    if (!(d->dump >> s & 1))
        return;
    Text t = { .arena = f->unit.arena };
    stage_print(&t, s, &f->unit, f, fn);
    dump_text_while(d, s, f, text_str(&t));
}
