/* diag.c: the rows of messages, and the ways out of a compilation. */
#include "base/base.h"
#include <stdio.h>

const DiagRow diag_row[DIAG_MAX] = {
#define DIAG(id, exception, format) [DIAG_##id] = { #id, #exception, format },
#include "base/diag.def"
#undef DIAG
};

static const struct { DiagId id; uint32_t version; const char *format; } words[] = {
#define WORDS(id, version, format) { DIAG_##id, version, format },
#include "base/words.def"
#undef WORDS
};

Pos pos_caller(Pos p)
{
    while (p.site)
        p = p.site->call;
    return p;
}

static const char *format_of(DiagId id, uint32_t python)
{
    const char *format = diag_row[id].format;
    for (uint32_t k = 0; k < countof(words); k++)
        if (words[k].id == id && words[k].version <= python)
            format = words[k].format;
    return format;
}

/* A shape as NumPy shows it: (), (3,), (3,4), or as Python does: (3, 4). operand: length, then extents. Returns how many
 * operands it took; a length that does not fit in what is left shows what there is. */
static uint32_t format_shape(Text *out, const int64_t *operand, uint32_t noperand, const char *comma)
{
    if (noperand == 0)
        return 0;
    uint32_t ndim = noperand - 1;
    if (operand[0] < ndim)
        ndim = operand[0] < 0 ? 0 : (uint32_t)operand[0];
    uint32_t first = 0;
    while (first < ndim && operand[1 + first] < 0)      /* what is not known is left out at the start, newaxis later */
        first++;
    text_printf(out, "(");
    for (uint32_t k = first; k < ndim; k++)
        if (operand[1 + k] < 0)
            text_printf(out, ",newaxis");
        else
            text_printf(out, "%s%lld", k > first ? comma : "", (long long)operand[1 + k]);
    text_printf(out, "%s", ndim == 1 ? ",)" : ")");
    return 1 + ndim;
}

/* As NumPy says it: three digits, "8.00 PiB", "256. TiB". */
static void format_nbytes(Text *out, int64_t nbytes)
{
    static const char *const unit[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    double x = (double)nbytes;
    uint32_t k = 0;
    for (; x >= 1023.5 && k < countof(unit) - 1; k++)
        x /= 1024;
    text_printf(out, k == 0 ? "%.0f %s" : x < 1000 ? "%#.3g %s" : "%#.4g %s", x, unit[k]);
}

void diag_format(Text *out, DiagId id, uint32_t python, const int64_t *operand, uint32_t noperand)
{
    uint32_t k = 0;
    for (const char *p = format_of(id, python); *p; p++) {
        if (*p != '%') {
            text_printf(out, "%c", *p);
            continue;
        }
        p++;
        while (*p == 'l')
            p++;
        if (*p == '\0')
            return;
        if (*p == '%') {
            text_printf(out, "%%");
        } else if (*p == 'T' || *p == 'P') {
            k += format_shape(out, operand + k, noperand - k, *p == 'T' ? "," : ", ");
        } else if (*p == 'S') {
            while (k < noperand) {
                k += format_shape(out, operand + k, noperand - k, ",");
                text_printf(out, " ");
            }
        } else if (k < noperand && *p == 'B') {
            format_nbytes(out, operand[k++]);
        } else if (k < noperand && *p == 's') {
            const char *s = (const char *)(uintptr_t)operand[k++];
            text_printf(out, "%s", s ? s : "?");
        } else if (k < noperand) {
            text_printf(out, "%lld", (long long)operand[k++]);
        } else {
            text_printf(out, "?");
        }
    }
}

_Noreturn static void leave(Unit *u)
{
    assert(u->catch_);
    longjmp(*u->catch_, 1);
}

static void set_diag(Unit *u, const Pos *pos, DiagId id, const char *text)
{
    Pos none = { .line = 0, .end_line = 0, .col = -1, .end_col = -1 };
    u->diag = (Diag){ .id = id, .pos = pos ? *pos : none, .code = u->code, .text = text };
    u->py_error = false;
}

_Noreturn void fail(Unit *u, const Pos *pos, DiagId id, ...)
{
    Text t = { .arena = u->arena };
    va_list args;
    va_start(args, id);
    text_vprintf(&t, format_of(id, u->python), args);
    va_end(args);
    set_diag(u, pos, id, text_str(&t));
    leave(u);
}

_Noreturn void fail_py(Unit *u)
{
    u->py_error = true;
    leave(u);
}

_Noreturn void nj_bug(Unit *u, const char *format, ...)
{
    Text what = { .arena = u->arena }, all = { .arena = u->arena };
    va_list args;
    va_start(args, format);
    text_vprintf(&what, format, args);
    va_end(args);
    text_printf(&all, diag_row[DIAG_INTERNAL].format, text_str(&what));
    fprintf(stderr, "numjit: %s\n", text_str(&all));
    set_diag(u, NULL, DIAG_INTERNAL, text_str(&all));
    leave(u);
}
