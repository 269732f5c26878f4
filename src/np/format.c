/* format.c: text that is made of values: f-strings, str(), repr(), format(), "%", hex(), chr() ...
 *
 * Such a text is a value of type FORMAT: the values themselves, and in the type what becomes of them, a str that begins
 * with F (a template for str.format, with fields in their order), U (the user's own one), % (the left side of "%") or C
 * (the first value is a function that is called with the others). CPython makes the str of it where the text leaves
 * compiled code: returned, printed, in an exception (python/box.c). */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref make_format(Fn *fn, const char *recipe, const Ref *x, uint32_t n)
{
    Ty *t = arena_new_n(fn->unit->arena, Ty, n + 1);
    for (uint32_t k = 0; k < n; k++)
        t[k] = ir_ty(fn, x[k]);
    PyObject *s = PyUnicode_InternFromString(recipe);
    if (!s)
        fail_py(fn->unit);
    Ty f = ty_aggregate(fn->unit->types, TY_FORMAT, t, n, s);       /* keeps it */
    Py_DECREF(s);
    return ir_tuple(fn, f, x, n);
}

/* What may stand in a text until it is made: nothing that changes. */
static bool may_stand(Ty t)
{
    if (t->kind == TY_OPTIONAL)
        return may_stand(t->elem);
    if (t->kind == TY_NUMBERS)
        return true;
    for (uint32_t k = 0; k < t->nitem; k++)
        if (!may_stand(t->item[k]))
            return false;
    return np_is_number(t) || t->kind == TY_NONE || ty_is_items(t) || t->kind == TY_RANGE || np_is_text(t) || t->kind == TY_DTYPE
        || t->kind == TY_FUNC || t->kind == TY_CONST;
}

static Ref text_value(Fn *fn, Ref x)
{
    if (ir_ty(fn, x)->kind == TY_COMPREHENSION && !infer_is_generator(fn, ir_ty(fn, x)))
        x = infer_list_of(fn, x);
    Ty t = ir_ty(fn, x);
    if (!may_stand(t))
        fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, ty_is_array(t) ? "a text with an array" : "a text with this value", ty_name(t));
    return x;
}

bool np_is_text(Ty t)
{
    bool choice = t->kind == TY_CHOICE;
    for (uint32_t k = 1; choice && k < t->nitem; k++)
        choice = np_is_text(t->item[k]);
    return choice || t->kind == TY_STR || t->kind == TY_FORMAT;
}

static const char *recipe_of(Ty format)
{
    const char *s = PyUnicode_AsUTF8AndSize(format->object, NULL);
    return s ? s : "F";
}

/* A piece of a template: constant text as it stands, with its braces doubled; an f-string's own template; else a field. */
typedef VEC(Ref) Values;
static void add_piece(Fn *fn, Text *out, Values *all, Ref x)
{
    Ty t = ir_ty(fn, x);
    const char *s = np_text(fn, x);
    for (; s && *s; s++)
        text_printf(out, *s == '{' || *s == '}' ? "%c%c" : "%c", *s, *s);
    if (s)
        return;
    if (t->kind != TY_FORMAT || recipe_of(t)[0] != 'F') {
        text_printf(out, "{}");
        vec_push(fn->unit->arena, all, x);
        return;
    }
    text_printf(out, "%s", recipe_of(t) + 1);
    for (uint32_t k = 0; k < t->nitem; k++)
        vec_push(fn->unit->arena, all, ir_item(fn, x, k));
}

static Ref constant_text(Fn *fn, const Ref *x, uint32_t n)
{
    Text out = { .arena = fn->unit->arena };
    for (uint32_t k = 0; k < n; k++)
        text_printf(&out, "%s", np_text(fn, x[k]));
    PyObject *s = PyUnicode_DecodeUTF8(text_str(&out), (Py_ssize_t)strlen(text_str(&out)), "surrogatepass");
    if (!s)
        fail_py(fn->unit);
    unit_pin(fn->unit, s);
    Py_DECREF(s);
    return resolve_object(fn, s, "text");
}

Ref np_join_text(Fn *fn, const Ref *x, uint32_t n)
{
    Text out = { .arena = fn->unit->arena };
    Values all = { 0 };
    text_printf(&out, "F");
    for (uint32_t k = 0; k < n; k++)
        add_piece(fn, &out, &all, x[k]);
    if (all.n == 0)
        return constant_text(fn, x, n);
    if (all.n > NITEM_MAX)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, "this text", "1000 values");
    return make_format(fn, text_str(&out), all.at, all.n);
}

/* str() or repr() of what a handler caught, which lives in the handler's frame: at once. */
static Ref caught_text(Fn *fn, Ref e, bool quoted)
{
    Ref frame = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 24), arg[3] = { e, ir_bool(fn, quoted), frame };
    ir_rt(fn, RT_CAUGHT_TEXT, ty(TY_NONE), arg, 3);
    return ir_emit(fn, IR_PEEK, ty_str(fn->unit->types), &frame, 1);
}

Ref np_format(Fn *fn, Ref value, int64_t conversion, Ref spec)
{
    if (ir_ty(fn, value)->kind == TY_CAUGHT) {
        value = caught_text(fn, value, conversion == 'r' || conversion == 'a');
        conversion = 0;
    }
    Text out = { .arena = fn->unit->arena };
    Values all = { 0 };
    Ty t = ir_ty(fn, value);
    if (np_is_text(t) && (!conversion || conversion == 's') && np_absent(fn, spec))
        return value;
    vec_push(fn->unit->arena, &all, text_value(fn, value));
    text_printf(&out, "F{");
    if (conversion)
        text_printf(&out, "!%c", (int)conversion);
    if (!np_absent(fn, spec)) {
        text_printf(&out, ":");
        add_piece(fn, &out, &all, spec);
    }
    text_printf(&out, "}");
    return make_format(fn, text_str(&out), all.at, all.n);
}

Ref np_percent(Fn *fn, const char *template, Ref x)
{
    Text out = { .arena = fn->unit->arena };
    uint32_t n = 1;
    const Ref *item = ir_ty(fn, x)->kind == TY_TUPLE ? np_items(fn, x, &n) : &x;
    for (uint32_t k = 0; k < n; k++)
        text_value(fn, item[k]);
    text_printf(&out, "%%%s", template);
    return make_format(fn, text_str(&out), item, n);
}

/* data: the conversion. str() alone is "". */
Ref bi_str(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return ref_is_none(arg[0]) ? np_join_text(fn, NULL, 0) : np_format(fn, arg[0], row->data, REF_NONE);
}

Ref bi_format(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_format(fn, np_value_of(fn, arg[0]), 0, arg[1]); }

/* hex, oct, bin, chr. data: the letter of the format. */
Ref bi_digits(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    static const char *const template[] = { "F{:#x}", "F{:#o}", "F{:#b}", "F{:c}" };
    static const char letter[] = "xobc";
    Ref x = np_value_of(fn, arg[0]);
    if (!np_is_intlike(ir_ty(fn, x)))
        np_bad_arg(fn, row, "an integer", x);
    if (row->data == 'c')
        ir_check(fn, ir_cmp(fn, IR_ULT, ir_cast(fn, x, ty(TY_I64)), ir_i64(fn, 0x110000)), DIAG_CHR, NULL, 0);
    return make_format(fn, template[strchr(letter, (int)row->data) - letter], &x, 1);
}

/* "{} and {1}".format(...): the receiver, then a tuple of the values */
Ref str_format(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Text out = { .arena = fn->unit->arena };
    uint32_t m;
    Ref *x = np_items(fn, arg[1], &m);
    if (!np_text(fn, arg[0]))
        np_bad_arg(fn, row, "a constant string", arg[0]);
    for (uint32_t k = 0; k < m; k++)
        text_value(fn, x[k]);
    text_printf(&out, "U%s", np_text(fn, arg[0]));
    return make_format(fn, text_str(&out), x, m);
}

/* Of texts whose number is known; CPython makes f-strings of more than 30 pieces so. */
Ref str_join(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x, list = ir_ty(fn, arg[1])->kind == TY_COMPREHENSION ? infer_list_of(fn, arg[1]) : arg[1];
    if (!np_iter_values(fn, list, NITEM_MAX, &x, &m))
        fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    Ref *piece = arena_new_n(fn->unit->arena, Ref, 2 * m + 1);
    for (uint32_t k = 0; k < m; k++) {
        if (!np_is_text(ir_ty(fn, x[k])))
            np_bad_arg(fn, row, "an iterable of texts", arg[1]);
        piece[2 * k] = x[k], piece[2 * k + 1] = arg[0];
    }
    return np_join_text(fn, piece, m ? 2 * m - 1 : 0);
}

/* function, *values: what CPython's function makes of them */
Ref text_of(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[1], &m), *all = arena_new_n(fn->unit->arena, Ref, m + 1);
    all[0] = arg[0];
    for (uint32_t k = 0; k < m; k++)
        all[k + 1] = text_value(fn, x[k]);
    return make_format(fn, "C", all, m + 1);
}

Ref float_hex(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    if (t->kind != TY_PYFLOAT && t->kind != TY_F64)
        fail(fn->unit, np_pos(fn), DIAG_NO_ATTR, ty_name(t), row->path);
    PyObject *hex = PyObject_GetAttrString((PyObject *)&PyFloat_Type, "hex");
    if (!hex)
        fail_py(fn->unit);
    Ref x[2] = { ir_constant(fn, ty_constant(fn->unit->types, TY_FUNC, NULL, hex), NULL), arg[0] };
    Py_DECREF(hex);             /* the type keeps it */
    return make_format(fn, "C", x, 2);
}

/* Of what chr() gave: its number. */
Ref bi_ord(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = arg[0];
    Ty t = ir_ty(fn, x);
    if (t->kind == TY_FORMAT && !strcmp(recipe_of(t), "F{:c}"))
        return np_pyint(fn, ir_item(fn, x, 0));
    if (t->kind != TY_STR)
        np_bad_arg(fn, row, "a character", x);
    Ref length = ir_rt(fn, RT_STR_LEN, ty(TY_I64), &x, 1);
    ir_check(fn, ir_cmp(fn, IR_EQ, length, ir_i64(fn, 1)), DIAG_ORD, &length, 1);
    return ir_rt(fn, RT_STR_FIRST, ty(TY_PYINT), &x, 1);
}
