/* specialize.c: the types of a call's arguments → the Entry that takes them: found, or compiled. */
#include "python/dispatcher.h"
#include <stdlib.h>

/* With shapes="exact", a function called with more shapes than this takes any from then on. */
enum { EXACT_MAX = 64 };

Entry *specialize_find(const Dispatcher *d, const Ty *key)
{
    for (uint32_t s = 0; s < d->nspec; s++) {
        const Ty *arg = d->spec[s].arg;
        uint32_t k = 0;
        while (k < d->nslot && arg[k] == key[k])
            k++;
        if (k == d->nslot)
            return d->spec[s].entry;
    }
    return NULL;
}

Entry *specialize_compile(Dispatcher *d, const Ty *key, Ty ret)
{
    Entry *e = driver_compile(d->state->driver, d->func, key, d->nslot, ret, d->target, d->flags);
    if (e == NULL)
        return NULL;
    Entry *other = specialize_find(d, key);     /* another thread may have been faster */
    if (other != NULL && (ret == NULL || other->instance->ret == ret)) {
        entry_free(d->state->driver, e);
        return other;
    }
    Spec *more = realloc(d->spec, (d->nspec + 1) * sizeof *more);
    if (more != NULL)
        d->spec = more;
    Ty *arg = malloc((d->nslot + 1) * sizeof *arg);
    Take *take = take_new(key, d->nslot, d->func->declared.n == 1);
    if (more == NULL || arg == NULL || take == NULL) {
        free(arg);
        free(take);
        entry_free(d->state->driver, e);
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(arg, key, d->nslot * sizeof *arg);
    d->spec[d->nspec++] = (Spec){ arg, take, e };
    if (e->nslot > d->slots_max)
        d->slots_max = e->nslot;
    return e;
}

static void raise_no_signature(Dispatcher *d, const Ty *key, const char *why)
{
    char text[700];
    int at = 0;
    text[0] = 0;
    for (uint32_t k = 0; k < d->nslot && at < 500; k++)
        at += snprintf(text + at, 150, "%s%s", k > 0 ? ", " : "", ty_name(key[k]));
    raise_typing("%s(): %s takes (%s)", dispatcher_name(d), why, text);
}

Entry *specialize(Dispatcher *d, Ty *key)
{
    if (d->func == NULL) {              /* the garbage collector was here */
        PyErr_SetString(PyExc_ReferenceError, "the compiled function is being deleted");
        return NULL;
    }
    if (driver_is_declared(d->func)) {
        const Ty *declared = driver_choose(d->func, key, d->nslot);
        if (declared == NULL) {
            raise_no_signature(d, key, "no signature given to the decorator");
            return NULL;
        }
        memcpy(key, declared, d->nslot * sizeof *key);
    } else if (d->exact && d->nspec >= EXACT_MAX) {
        for (uint32_t k = 0; k < d->nslot; k++)
            if (ty_is_array(key[k]) && key[k]->extent != NULL && (key[k] = key_with_extents(d->state, key[k], NULL)) == NULL)
                return NULL;
    }
    Entry *e = specialize_find(d, key);
    if (e == NULL && d->closed) {
        raise_no_signature(d, key, "compiling is disabled, and nothing compiled before");
        return NULL;
    }
    return e != NULL ? e : specialize_compile(d, key, NULL);
}
