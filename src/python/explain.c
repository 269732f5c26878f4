/* explain.c: remarks → text for the user: by function, by line of the source, the expression first that each is about.
 *
 *     prices.py:4: total(array(float64, 1d, C)) -> float64
 *         6  for x in a:
 *            vector    4 elements at a time, 2 times side by side
 *
 * What is said of a function of numjit/lib, or of what it calls, stands at the line of the user's that calls it. */
#include "python/python.h"

enum { SOURCE_MAX = 48, GROUP_WIDTH = 9 };

/* One that is printed: at a line of the function at hand. */
typedef struct Line { const Remark *r; Pos at; uint32_t times; } Line;

typedef struct Explain {
    Text *out;
    Arena *arena;
    const Remarks *remarks;
    Instance *const *all;
    uint32_t n;
    const Instance *root;       /* whose section it is */
    Unit *unit;
    VEC(Line) line;
} Explain;

/* source ------------------------------------------------------------------------------------------------------- */

/* Python's own lines, without the newline; "" where there is none. */
static const char *source(const Explain *x, int line)
{
    char text[2000];
    PyObject *raised = NULL;
    source_line(x->root->func->decoded->filename, line, text, sizeof text, &raised);
    if (raised != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(raised), raised);
        Py_DECREF(raised);
        fail_py(x->unit);
    }
    return arena_strdup(x->arena, text);
}

static const char *line_of(const Explain *x, int line)
{
    const char *s = source(x, line);
    return s + strspn(s, " \t");
}

/* The expression at p, in quotes; what is long or goes on in the next line is cut. */
static const char *quoted(const Explain *x, Pos p, const char *what)
{
    const char *s = p.line > 0 ? source(x, p.line) : "";
    int n = (int)strlen(s), end = p.end_line == p.line ? p.end_col : n;
    Text t = { .arena = x->arena };
    if (p.line <= 0 || p.col < 0 || end <= p.col || end > n)
        return what;
    int shown = end - p.col <= SOURCE_MAX ? end - p.col : SOURCE_MAX;
    bool cut = shown < end - p.col || p.end_line != p.line;
    text_printf(&t, "`%.*s%s`", shown, s + p.col, cut ? " ..." : "");
    return text_str(&t);
}

static bool same_place(Pos a, Pos b) { return a.line == b.line && a.col == b.col && a.end_col == b.end_col && a.end_line == b.end_line; }

static bool inside(Pos a, Pos b)
{
    return a.line == b.line && a.end_line == b.end_line && a.line == a.end_line && a.col >= b.col && a.end_col <= b.end_col;
}

/* which ---------------------------------------------------------------------------------------------------------- */

static const Instance *owner_of(const Explain *x, const Unit *u)
{
    for (uint32_t k = 0; k < x->n; k++)
        if (&x->all[k]->unit == u)
            return x->all[k];
    return NULL;
}

/* Where fn, or a chunk of it, calls i; line 0: nowhere. */
static Pos call_of(const Fn *fn, const Instance *i)
{
    for (uint32_t v = 1; v < fn->ins.n; v++)
        if (fn->ins.at[v].op == IR_CALL && fn->ins.at[v].imm.p == i)
            return fn->pos.at[fn->ins.at[v].pos];
    for (uint32_t k = 0; k < fn->chunks.n; k++) {
        Pos p = call_of(fn->chunks.at[k], i);
        if (p.line > 0)
            return p;
    }
    return (Pos){ 0 };
}

/* Where root calls i, itself or through functions of numjit/lib. */
static Pos way_to(const Explain *x, const Instance *i, uint32_t depth)
{
    Pos p = call_of(x->root->fn, i);
    for (uint32_t k = 0; p.line <= 0 && depth > 0 && k < x->n; k++)
        if (x->all[k]->func->prelude && call_of(x->all[k]->fn, i).line > 0)
            p = way_to(x, x->all[k], depth - 1);
    return p;
}

static bool same_line(const Line *a, const Line *b)
{
    return a->r->id == b->r->id && same_place(a->at, b->at) && same_place(a->r->other, b->r->other)
        && !strcmp(a->r->text, b->r->text);
}

static void add(Explain *x, Line new)
{
    for (uint32_t k = 0; k < x->line.n; k++)
        if (same_line(&x->line.at[k], &new)) {
            x->line.at[k].times++;
            return;
        }
    new.times = 1;
    vec_push(x->arena, &x->line, new);
}

/* The remarks of the section, and those of the prelude that belong there. */
static void collect(Explain *x)
{
    x->line.n = 0;
    for (uint32_t k = 0; k < x->remarks->at.n; k++) {
        const Remark *r = &x->remarks->at.at[k];
        const Instance *i = owner_of(x, r->unit);
        if (r->form >= FORM_RARE || !i)
            continue;
        if (i == x->root) {
            add(x, (Line){ .r = r, .at = r->at });
        } else if (i->func->prelude) {
            Pos p = way_to(x, i, 4);
            if (p.line > 0)
                add(x, (Line){ .r = r, .at = p });
        }
    }
}

/* printing ------------------------------------------------------------------------------------------------------- */

static const char *const form_name[] = { [FORM_WRITTEN] = "", [FORM_FLAT] = "", [FORM_ROWS] = "where rows are contiguous: ",
                                         [FORM_COLUMN] = "where one operand is stretched along the rows: ",
                                         [FORM_TURNED] = "where arrays lie the other way round: ", [FORM_ANY] = "for any strides: " };

/* Do copies of the same nest differ in what is said of them? */
static bool form_matters(const Explain *x, const Line *l)
{
    for (uint32_t k = 0; k < x->line.n; k++) {
        const Line *o = &x->line.at[k];
        if (o != l && same_place(o->at, l->at) && o->r->form != l->r->form && !strcmp(remark_row[o->r->id].group, remark_row[l->r->id].group))
            return true;
    }
    return false;
}

static bool is_loop(const Explain *x, Pos p)
{
    const char *s = line_of(x, p.line);
    return !strncmp(s, "for ", 4) || !strncmp(s, "while ", 6);
}

static void print_text(Explain *x, const char *text, int line, Pos other)
{
    for (const char *p = text; *p; p++)
        if (*p == '@')
            text_printf(x->out, other.line > 0 && other.line != line ? "%s (line %d)" : "%s", quoted(x, other, "it"), other.line);
        else
            text_printf(x->out, "%c", *p);
}

/* Is it part of an expression that is fused with the same loop? */
static bool is_part(const Explain *x, const Line *l)
{
    for (uint32_t k = 0; k < x->line.n; k++) {
        const Line *o = &x->line.at[k];
        if (o != l && o->r->id == REMARK_FUSED && same_place(o->r->other, l->r->other) && inside(l->at, o->at))
            return true;
    }
    return false;
}

/* How many operations of the expression p are fused with the loop of that place? */
static uint32_t parts(const Explain *x, Pos p, Pos loop)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < x->line.n; k++)
        n += x->line.at[k].r->id == REMARK_FUSED && same_place(x->line.at[k].r->other, loop) && inside(x->line.at[k].at, p);
    return n;
}

/* One line for all the operations of an expression: which loop they are in. */
static bool print_fused(Explain *x, const Line *l)
{
    Pos loop = l->r->other;
    if (l->r->id != REMARK_FUSED)
        return false;
    if (is_part(x, l))
        return true;
    if (!inside(l->at, loop))
        return false;
    for (const Line *o = x->line.at; o < l; o++)        /* the first one says it for `a * b + c * d` */
        if (o->r->id == REMARK_FUSED && same_place(o->r->other, loop) && inside(o->at, loop))
            return true;
    text_printf(x->out, "           %-*s %s: %u operations in one loop, with no array between them\n", GROUP_WIDTH, "fused",
                quoted(x, loop, "this"), parts(x, loop, loop) + 1);
    return true;
}

static void print_line(Explain *x, const Line *l)
{
    const RemarkRow *row = &remark_row[l->r->id];
    if (print_fused(x, l))
        return;
    text_printf(x->out, "           %-*s ", GROUP_WIDTH, row->group);
    if (!is_loop(x, l->at))
        text_printf(x->out, "%s: ", quoted(x, l->at, "here"));
    if (form_matters(x, l))
        text_printf(x->out, "%s", form_name[l->r->form]);
    print_text(x, l->r->text, l->at.line, l->r->other);
    text_printf(x->out, "%s\n", l->times > 1 && !strcmp(row->group, "check") ? " (several)" : "");
    if (row->advice)
        text_printf(x->out, "           %-*s try: %s\n", GROUP_WIDTH, "", row->advice);
}

static void print_source(Explain *x, int line)
{
    text_printf(x->out, "%8d   %s\n", line, line_of(x, line));
    for (uint32_t k = 0; k < x->line.n; k++)
        if (x->line.at[k].at.line == line)
            print_line(x, &x->line.at[k]);
}

/* The next line after this one that there is something to say of; 0: none. */
static int next_line(const Explain *x, int line)
{
    int next = 0;
    for (uint32_t k = 0; k < x->line.n; k++) {
        int at = x->line.at[k].at.line;
        next = at > line && (next == 0 || at < next) ? at : next;
    }
    return next;
}

static void print_head(Explain *x)
{
    const Instance *i = x->root;
    const char *file = i->func->decoded->filename, *slash = strrchr(file, '/');
    text_printf(x->out, "%s:%d: %s(", slash ? slash + 1 : file, i->func->decoded->first_line, i->func->name);
    for (uint32_t k = 0; k < i->narg; k++)
        text_printf(x->out, "%s%s", k ? ", " : "", ty_name(i->arg[k]));
    text_printf(x->out, ") -> %s%s\n", ty_name(i->ret), i->target == TARGET_PARALLEL ? ", parallel" : "");
}

static void print_section(Explain *x)
{
    collect(x);
    print_head(x);
    for (int line = 0; (line = next_line(x, line)) != 0; )
        print_source(x, line);
    if (x->line.n == 0)
        text_printf(x->out, "           no loops, no arrays\n");
}

/* Of a ufunc's kernel: the loop of numjit/lib that calls it for each element. */
static void print_elements(Explain *x)
{
    for (uint32_t k = 0; k < x->remarks->at.n; k++) {
        const Remark *r = &x->remarks->at.at[k];
        const Instance *i = owner_of(x, r->unit);
        bool said = i == NULL || !i->func->prelude || strcmp(remark_row[r->id].group, "vector") != 0;
        for (const Remark *o = x->remarks->at.at; o < r && !said; o++)
            said = o->id == r->id && o->form == r->form && !strcmp(o->text, r->text);
        if (said)
            continue;
        text_printf(x->out, "           %-*s over the elements: %s", GROUP_WIDTH, "vector", r->form < countof(form_name) ? form_name[r->form] : "");
        print_text(x, r->text, 0, r->other);
        text_printf(x->out, "\n");
    }
}

void explain_print(Unit *u, Text *out, const Remarks *remarks, Instance *const *all, uint32_t n)
{
    Explain x = { .unit = u, .out = out, .arena = out->arena, .remarks = remarks, .all = all, .n = n };
    for (uint32_t k = 0; k < n; k++) {
        x.root = all[k];
        if (!all[k]->func->prelude)
            print_section(&x);
        if (!all[k]->func->prelude && all[0]->func->prelude)
            print_elements(&x);
    }
}
