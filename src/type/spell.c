/* spell.c: types as users write them, in Numba's and NumPy's spellings and our own names → Ty: "f8[:, ::1]", "UniTuple(int64, 3)",
 * "array(float64, 2d, C)". A recursive descent over the text; the first thing that is wrong is the message. */
#include "type/type.h"

typedef struct Parser { Types *types; const char *p, *why; uint32_t depth; } Parser;

static const struct { const char *name; uint8_t kind; } spelling[] = {
    { "bool", TY_BOOL }, { "boolean", TY_BOOL }, { "bool_", TY_BOOL },
    { "b1", TY_BOOL }, { "?", TY_BOOL },
    { "int8", TY_I8 }, { "i1", TY_I8 }, { "char", TY_I8 },
    { "int16", TY_I16 }, { "i2", TY_I16 }, { "short", TY_I16 },
    { "int32", TY_I32 }, { "i4", TY_I32 }, { "intc", TY_I32 },
    { "int64", TY_I64 }, { "i8", TY_I64 }, { "intp", TY_I64 }, { "int_", TY_I64 },
    { "long", TY_I64 }, { "long_", TY_I64 }, { "longlong", TY_I64 }, { "ssize_t", TY_I64 },
    { "uint8", TY_U8 }, { "u1", TY_U8 }, { "byte", TY_U8 }, { "uchar", TY_U8 }, { "ubyte", TY_U8 },
    { "uint16", TY_U16 }, { "u2", TY_U16 }, { "ushort", TY_U16 },
    { "uint32", TY_U32 }, { "u4", TY_U32 }, { "uintc", TY_U32 },
    { "uint64", TY_U64 }, { "u8", TY_U64 }, { "uintp", TY_U64 }, { "uint", TY_U64 },
    { "ulong", TY_U64 }, { "ulonglong", TY_U64 }, { "size_t", TY_U64 },
    { "float16", TY_F16 }, { "f2", TY_F16 }, { "half", TY_F16 },
    { "float32", TY_F32 }, { "f4", TY_F32 }, { "float_", TY_F32 }, { "single", TY_F32 },
    { "float64", TY_F64 }, { "f8", TY_F64 }, { "double", TY_F64 },
    { "complex64", TY_C64 }, { "c8", TY_C64 }, { "csingle", TY_C64 },
    { "complex128", TY_C128 }, { "c16", TY_C128 }, { "cdouble", TY_C128 },
    { "int", TY_PYINT }, { "float", TY_PYFLOAT }, { "complex", TY_PYCOMPLEX },
    { "none", TY_NONE }, { "None", TY_NONE }, { "void", TY_NONE }, { "NoneType", TY_NONE },
};

static Ty parse_type(Parser *s);

static Ty bad(Parser *s, const char *why)
{
    if (!s->why)
        s->why = why;
    return NULL;
}

static bool take(Parser *s, const char *token)
{
    while (*s->p == ' ' || *s->p == '\t')
        s->p++;
    size_t n = strlen(token);
    if (strncmp(s->p, token, n) != 0)
        return false;
    s->p += n;
    return true;
}

static bool take_number(Parser *s, int64_t *out)
{
    take(s, "");
    const char *from = s->p;
    int64_t n = 0;
    for (; *s->p >= '0' && *s->p <= '9'; s->p++)
        n = n > INT32_MAX ? n : n * 10 + (*s->p - '0');
    *out = n;
    return s->p > from && n <= INT32_MAX;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || c == '_' || c == '?';
}

static bool word_is(const char *word, size_t n, const char *name)
{
    return strlen(name) == n && memcmp(word, name, n) == 0;
}

/* An array of x, where it can be one. */
static Ty array_of(Parser *s, Ty x, uint32_t ndim, Order order, bool readonly,
                   const int64_t *extent)
{
    x = ty_strong(x);
    if (x->nbytes == 0)
        return bad(s, "this type cannot be an array's dtype");
    return ty_array(s->types, x, ndim, order, readonly, extent);
}

/* After "[": "::1, :]" or "3, 3]". */
static Ty parse_dims(Parser *s, Ty dtype)
{
    int64_t extent[NDIM_MAX];
    uint32_t ndim = 0, nfixed = 0, ncontig = 0;
    bool first = false, last = false;
    do {
        if (ndim == NDIM_MAX)
            return bad(s, "too many dimensions");
        last = false;
        if (take(s, "::")) {
            if (!take(s, "1"))
                return bad(s, "expected ::1");
            last = true;
            first |= ndim == 0;
            ncontig++;
        } else if (take_number(s, &extent[ndim])) {
            nfixed++;
        } else if (!take(s, ":")) {
            return bad(s, "expected :, ::1 or an extent between [ and ]");
        }
        ndim++;
    } while (take(s, ","));
    if (!take(s, "]"))
        return bad(s, "expected ]");
    if (nfixed > 0 && nfixed < ndim)
        return bad(s, "either all extents are fixed or none");
    if (ncontig > 1 || (ncontig == 1 && !first && !last))
        return bad(s, "::1 stands once, in the first or in the last dimension");
    Order order = nfixed > 0 || last ? ORDER_C : first ? ORDER_F : ORDER_A;
    return array_of(s, dtype, ndim, order, false, nfixed > 0 ? extent : NULL);
}

/* After "array(": "float64, 2d, C)" or "float64, 3x3, C)", as ty_name() writes it. numba: after
 * "Array(", where a plain number is one of dimensions: "float64, 2, 'C')". */
static Ty parse_array(Parser *s, bool readonly, bool numba)
{
    int64_t extent[NDIM_MAX];
    uint32_t ndim = 1;
    Ty dtype = parse_type(s);
    if (!dtype)
        return NULL;
    if (!take(s, ",") || !take_number(s, &extent[0]))
        return bad(s, "expected array(dtype, ndim, order)");
    while (take(s, "x"))
        if (ndim == NDIM_MAX || !take_number(s, &extent[ndim++]))
            return bad(s, "bad extents");
    bool fixed = ndim > 1 || (!take(s, "d") && !numba);
    if (!fixed && extent[0] <= NDIM_MAX)
        ndim = (uint32_t)extent[0];
    else if (!fixed)
        return bad(s, "too many dimensions");
    bool quoted = take(s, ",") && (take(s, "'") || take(s, "\""));
    Order order = take(s, "C") ? ORDER_C : take(s, "F") ? ORDER_F : ORDER_A;
    if (order == ORDER_A && !take(s, "A"))
        return bad(s, "the order of an array is A, C or F");
    if (quoted && !take(s, "'") && !take(s, "\""))
        return bad(s, "expected a quote");
    if (!take(s, ")"))
        return bad(s, "expected )");
    return array_of(s, dtype, ndim, order, readonly, fixed ? extent : NULL);
}

/* After "(": "int64, float64)". */
static Ty parse_tuple(Parser *s)
{
    Ty item[NITEM_MAX];
    uint32_t n = 0;
    while (!take(s, ")")) {
        if (n == NITEM_MAX)
            return bad(s, "too many items in a tuple");
        if (!(item[n] = parse_type(s)))
            return NULL;
        n++;
        if (!take(s, ",") && *s->p != ')')
            return bad(s, "expected , or )");
    }
    return ty_tuple(s->types, item, n);
}

/* After "UniTuple(": "float64, 3)". */
static Ty parse_uni_tuple(Parser *s)
{
    Ty item[NITEM_MAX], x = parse_type(s);
    int64_t n = 0;
    if (!x)
        return NULL;
    if (!take(s, ",") || !take_number(s, &n) || !take(s, ")"))
        return bad(s, "expected UniTuple(type, count)");
    if (n > NITEM_MAX)
        return bad(s, "too many items in a tuple");
    for (int64_t k = 0; k < n; k++)
        item[k] = x;
    return ty_tuple(s->types, item, (uint32_t)n);
}

/* After "Tuple(": "(int64, float64))" or "[int64])", or the items themselves. */
static Ty parse_tuple_of(Parser *s)
{
    if (!take(s, "("))
        return parse_tuple(s);
    Ty x = parse_tuple(s);
    if (x)
        take(s, ",");
    return !x || take(s, ")") ? x : bad(s, "expected )");
}

static Ty parse_optional(Parser *s)
{
    Ty x = parse_type(s);
    if (x && !take(s, ")"))
        return bad(s, "expected )");
    return x ? ty_optional(s->types, x) : NULL;
}

static Ty parse_word(Parser *s)
{
    bool readonly = take(s, "readonly ");
    static const char *const prefix[] = {
        "np.", "numpy.", "types.", "nb.", "numba.", "numjit.", "<", "=", "|"
    };
    for (uint32_t k = 0; k < countof(prefix); k++)
        if (take(s, prefix[k]))
            break;
    take(s, "");
    const char *word = s->p;
    while (is_word(*s->p))
        s->p++;
    size_t n = (size_t)(s->p - word);
    bool numba = word_is(word, n, "Array");
    if ((numba || word_is(word, n, "array")) && take(s, "("))
        return parse_array(s, readonly, numba);
    if (readonly)
        return bad(s, "only an array can be readonly");
    if (word_is(word, n, "UniTuple") && take(s, "("))
        return parse_uni_tuple(s);
    if (word_is(word, n, "Tuple") && take(s, "("))
        return parse_tuple_of(s);
    if (word_is(word, n, "tuple") && take(s, "("))
        return parse_tuple(s);
    if ((word_is(word, n, "optional") || word_is(word, n, "Optional")) && take(s, "("))
        return parse_optional(s);
    if (word_is(word, n, "str") || word_is(word, n, "unicode_type") || word_is(word, n, "string"))
        return ty_str(s->types);
    for (uint32_t k = 0; k < countof(spelling); k++)
        if (word_is(word, n, spelling[k].name))
            return ty((TyKind)spelling[k].kind);
    return bad(s, n == 0 ? "expected a type" : "not the name of a type");
}

static Ty parse_type(Parser *s)
{
    if (s->depth == TY_DEPTH_MAX)
        return bad(s, "nested too deeply");
    s->depth++;
    Ty x = parse_word(s);
    while (x && take(s, "["))
        x = parse_dims(s, x);
    s->depth--;
    return x;
}

Ty ty_parse(Types *t, const char *text, const char **why)
{
    Parser s = { .types = t, .p = text };
    Ty x = parse_type(&s);
    if (x && (take(&s, ""), *s.p != '\0'))
        x = bad(&s, "more text after the type");
    if (!x && why)
        *why = s.why;
    return x;
}
