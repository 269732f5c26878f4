/* raise.c: Diag and Call → a Python exception, with the user's lines. */
#include "python/python.h"

/* Exported by every CPython, but not in the limited API's headers. */
PyAPI_FUNC(int) PyTraceBack_Here(PyFrameObject *);

/* The class of that name: a builtin, or numjit.errors', or NumPy's. New reference; never NULL without an exception. */
static PyObject *class_of(const char *name)
{
    static const char *const module[] = { "numjit.errors", "numpy.exceptions", "numpy.linalg" };
    PyObject *c = rt_builtin(name);
    for (size_t k = 0; k < sizeof module / sizeof *module && c == NULL; k++) {
        PyErr_Clear();
        PyObject *m = PyImport_ImportModule(module[k]);
        c = m != NULL ? PyObject_GetAttrString(m, name) : NULL;
        Py_XDECREF(m);
    }
    return c;
}

static void set_error(const char *class_name, const char *text)
{
    PyObject *c = class_of(class_name);
    PyObject *s = c != NULL ? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace") : NULL;
    if (s != NULL)
        PyErr_SetObject(c, s);
    Py_XDECREF(s);
    Py_XDECREF(c);
}

void raise_typing(const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    set_error("TypingError", text);
}

int raise_unsupported(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PyObject *c = class_of("UnsupportedError"), *text = PyUnicode_FromFormatV(format, args);
    va_end(args);
    if (c != NULL && text != NULL)
        PyErr_SetObject(c, text);
    Py_XDECREF(c);
    Py_XDECREF(text);
    return -1;
}

/* An attribute as UTF-8, "" when there is none. */
static void copy_attr(PyObject *o, const char *name, char *out, size_t n)
{
    PyObject *s = PyObject_GetAttrString(o, name);
    const char *text = s != NULL && PyUnicode_Check(s) ? PyUnicode_AsUTF8AndSize(s, NULL) : NULL;
    snprintf(out, n, "%s", text != NULL ? text : "");
    Py_XDECREF(s);
    PyErr_Clear();
}

/* Reading a source line and making frames run bytecode, so a signal's handler may run there and raise: what it raises is kept, the first
 * one. Other errors are those of the line or frame, which is left out. */
static void keep_raised(PyObject **raised)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    bool ours = value == NULL || *raised != NULL || PyErr_GivenExceptionMatches(type, PyExc_MemoryError)
             || PyErr_GivenExceptionMatches(type, PyExc_RecursionError);
    if (!ours && trace != NULL)
        PyException_SetTraceback(value, trace);
    if (!ours)
        *raised = Py_NewRef(value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
}

/* raised, which a handler did meanwhile, takes the place of the error that is set, as its context. */
static void put_raised(PyObject *raised)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (raised == value) {
        Py_DECREF(raised);
        PyErr_Restore(type, value, trace);
        return;
    }
    if (trace != NULL)
        PyException_SetTraceback(value, trace);
    if (value != NULL)
        PyException_SetContext(raised, value);      /* takes it over */
    Py_XDECREF(type);
    Py_XDECREF(trace);
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(raised)), raised, PyException_GetTraceback(raised));
}

void source_line(const char *file, int line, char *out, size_t n, PyObject **raised)
{
    PyObject *m = PyImport_ImportModule("linecache");
    PyObject *s = m != NULL ? PyObject_CallMethod(m, "getline", "si", file, line) : NULL;
    keep_raised(raised);
    const char *text = s != NULL ? PyUnicode_AsUTF8AndSize(s, NULL) : NULL;
    snprintf(out, n, "%s", text != NULL ? text : "");
    out[strcspn(out, "\r\n")] = 0;
    Py_XDECREF(s);
    Py_XDECREF(m);
    PyErr_Clear();
}

/* Characters, not bytes, of the first n bytes. */
static int width(const char *s, int n)
{
    int w = 0;
    for (int k = 0; k < n && s[k] != 0; k++)
        w += ((unsigned char)s[k] & 0xC0) != 0x80;
    return w;
}

void raise_diag(const Diag *d)
{
    char text[4000], file[600], name[300], line[500];
    PyObject *raised = NULL;
    int n = snprintf(text, sizeof text - 1500, "%s", d->text != NULL ? d->text : diag_row[d->id].name);
    n = n < (int)sizeof text - 1500 ? n : (int)sizeof text - 1501;
    if (d->code != NULL && d->pos.line > 0) {
        copy_attr(d->code, "co_filename", file, sizeof file);
        copy_attr(d->code, "co_name", name, sizeof name);
        source_line(file, d->pos.line, line, sizeof line, &raised);
        n += snprintf(text + n, 1000, "\n  File \"%s\", line %d, in %s", file, d->pos.line, name);
        int skip = (int)strspn(line, " \t"), length = (int)strlen(line);
        if (length > skip) {
            n += snprintf(text + n, 500, "\n    %s", line + skip);
            int from = d->pos.col, to = d->pos.end_line == d->pos.line ? d->pos.end_col : length;
            if (from >= skip && to > from && to <= length && n + 2 * (to + 8) < (int)sizeof text) {
                int indent = width(line + skip, from - skip), carets = width(line + from, to - from);
                n += snprintf(text + n, sizeof text - (size_t)n, "\n    %*s", indent, "");
                for (; carets > 0; carets--)
                    text[n++] = '^';
                text[n] = 0;
            }
        }
    }
    set_error(diag_row[d->id].exception, text);
    if (raised != NULL)
        put_raised(raised);
}

/* Frames ---------------------------------------------------------------------------------------------------- */

static uint32_t put_varint(uint8_t *out, uint32_t v)
{
    uint32_t n = 0;
    for (; v >= 64; v >>= 6)
        out[n++] = (uint8_t)(64 | (v & 63));
    out[n++] = (uint8_t)v;
    return n;
}

/* A co_linetable whose every entry is pos: ncode units, 8 an entry, in the long form. first line = pos.line. */
static PyObject *line_table(Pos p, uint32_t ncode)
{
    uint8_t table[1024];
    uint32_t n = 0;
    bool columns = p.col >= 0 && p.end_col >= 0 && p.end_line >= p.line;
    for (uint32_t at = 0; at < ncode && n < sizeof table - 32; at += 8) {
        uint32_t units = ncode - at < 8 ? ncode - at : 8;
        table[n++] = (uint8_t)(0x80 | 14 << 3 | (units - 1));
        n += put_varint(table + n, 0);      /* line: no change (signed) */
        n += put_varint(table + n, columns ? (uint32_t)(p.end_line - p.line) : 0);
        n += put_varint(table + n, columns ? (uint32_t)p.col + 1 : 0);
        n += put_varint(table + n, columns ? (uint32_t)p.end_col + 1 : 0);
    }
    return PyBytes_FromStringAndSize((char *)table, n);
}

/* Code that gives its own frame, and the globals it needs. */
static PyObject *frame_code(PyObject **globals)
{
    *globals = PyDict_New();
    PyObject *get = PySys_GetObject("_getframe");
    if (*globals == NULL || get == NULL || PyDict_SetItemString(*globals, "_getframe", get) < 0)
        return NULL;
    return Py_CompileString("_getframe()", "numjit", Py_eval_input);
}

/* A frame that looks like the function fn at p. NULL: no frame, and no exception. */
static PyObject *make_frame(PyObject *code, PyObject *globals, PyObject *like, Pos p, PyObject **raised)
{
    PyObject *frame = NULL, *copy = NULL, *table = NULL, *kw = NULL, *replace = NULL, *none = NULL;
    PyObject *file = PyObject_GetAttrString(like, "co_filename"), *name = PyObject_GetAttrString(like, "co_name");
    PyObject *qualname = PyObject_GetAttrString(like, "co_qualname"), *bytes = PyObject_GetAttrString(code, "co_code");
    if (file == NULL || name == NULL || qualname == NULL || bytes == NULL)
        goto out;
    if (p.line <= 0) {
        PyObject *first = PyObject_GetAttrString(like, "co_firstlineno");
        p = (Pos){ .line = first != NULL ? (int)PyLong_AsLong(first) : 1, .col = -1, .end_col = -1 };
        Py_XDECREF(first);
    }
    table = line_table(p, (uint32_t)(PyBytes_Size(bytes) / 2));
    replace = PyObject_GetAttrString(code, "replace");
    none = PyTuple_New(0);
    kw = table != NULL ? Py_BuildValue("{sOsOsOsisO}", "co_filename", file, "co_name", name, "co_qualname", qualname,
        "co_firstlineno", (int)p.line, "co_linetable", table) : NULL;
    if (replace != NULL && none != NULL && kw != NULL)
        copy = PyObject_Call(replace, none, kw);
    if (copy != NULL)
        frame = PyEval_EvalCode(copy, globals, globals);
    if (copy != NULL && frame == NULL) {        /* a handler ran: once more */
        keep_raised(raised);
        frame = PyEval_EvalCode(copy, globals, globals);
    }
out:
    Py_XDECREF(file);
    Py_XDECREF(name);
    Py_XDECREF(qualname);
    Py_XDECREF(bytes);
    Py_XDECREF(table);
    Py_XDECREF(replace);
    Py_XDECREF(none);
    Py_XDECREF(kw);
    Py_XDECREF(copy);
    keep_raised(raised);
    return frame;
}

static void add_frame(PyObject *code, PyObject *globals, PyObject *like, Pos p, PyObject **error, PyObject **raised)
{
    PyObject **type = &error[0], **value = &error[1], **trace = &error[2];
    PyObject *frame = make_frame(code, globals, like, p, raised);
    if (frame == NULL)
        return;
    PyErr_Restore(*type, *value, *trace);
    PyTraceBack_Here((PyFrameObject *)frame);
    PyErr_Fetch(type, value, trace);
    Py_DECREF(frame);
}

/* The exception that is set gets an entry for each compiled function it left, innermost first. What a handler raised meanwhile: a new
 * reference, or NULL. */
static PyObject *add_frames(Call *c)
{
    PyObject *error[3], *raised = NULL, *globals = NULL;
    if (c->nframe == 0)
        return NULL;
    PyErr_Fetch(&error[0], &error[1], &error[2]);
    PyErr_NormalizeException(&error[0], &error[1], &error[2]);
    PyObject *code = frame_code(&globals);
    keep_raised(&raised);
    const FnInfo *before = NULL;
    for (uint32_t k = 0; code != NULL && k < c->nframe; k++) {
        const FnInfo *fn = c->frame[k].fn;
        bool stands = before != NULL && before->part && fn != NULL && before->code == fn->code;
        before = fn;
        if (fn == NULL || fn->code == NULL || stands)
            continue;
        Pos p = c->frame[k].pos < fn->npos ? fn->pos[c->frame[k].pos] : (Pos){ 0 };
        for (; p.site != NULL; p = p.site->call)
            add_frame(code, globals, p.site->code, p, error, &raised);
        add_frame(code, globals, fn->code, p, error, &raised);
    }
    Py_XDECREF(code);
    Py_XDECREF(globals);
    PyErr_Restore(error[0], error[1], error[2]);
    return raised;
}

static void raise_row(Call *c)
{
    MemoryCatch memory;
    memory_begin(&memory);
    if (setjmp(memory.at)) {
        memory_end(&memory);
        PyErr_NoMemory();
        return;
    }
    Arena *a = arena_new();
    Text text = { .arena = a };
    diag_format(&text, (DiagId)c->diag, (uint32_t)(Py_Version >> 16), c->operand, (uint32_t)c->noperand);
    set_error(diag_row[c->diag].exception, text_str(&text));
    arena_free(a);
    memory_end(&memory);
}

static void raise_object(Call *c)
{
    const Type *x = c->exception;
    PyObject *args = box(&(Type){ .kind = TY_TUPLE, .nitem = x->nitem, .item = x->item }, c->slot, true);
    PyObject *e = args != NULL ? PyObject_Call(x->object, args, NULL) : NULL;
    Py_XDECREF(args);
    if (e == NULL)
        return;
    if (PyExceptionInstance_Check(e))
        PyErr_SetObject((PyObject *)Py_TYPE(e), e);
    else
        PyErr_Format(PyExc_TypeError, "calling %R should have returned an instance of BaseException, not %R", x->object, Py_TYPE(e));
    Py_DECREF(e);
}

static PyObject *set_exception(Call *c)
{
    switch ((ErrorKind)c->error) {
    case ERROR_DIAG: raise_row(c); break;
    case ERROR_RAISE: raise_object(c); break;
    default: break;
    }
    if (!PyErr_Occurred())
        set_error("InternalError", "internal error: compiled code failed without an error");
    return add_frames(c);
}

void *rt_exception(const Caught *x, void **raised)
{
    Call c = { .error = x->error, .diag = x->diag, .noperand = x->noperand, .exception = x->exception,
               .frame = (Frame *)x->frame, .nframe = x->nframe };
    PyObject *type, *value, *trace;
    memcpy(c.operand, x->operand, sizeof c.operand);
    memcpy(c.slot, x->slot, sizeof c.slot);
    *raised = set_exception(&c);
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace != NULL)
        PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return value;
}

void raise_call(Call *c)
{
    PyObject *raised = c->error != ERROR_NONE || c->raised == NULL ? set_exception(c) : NULL;
    if (raised != NULL)
        put_raised(raised);
    if (c->raised != NULL)
        put_raised(Py_NewRef((PyObject *)c->raised));
}
