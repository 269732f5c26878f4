/* check_rules.c: each rule of src/ir/check.c, broken once. Prints a line for each: its message, a tab, what the checker says ("" is nothing).
 * test_checker.py builds and reads it.
 *
 * A case is a right function, some ops more at its end, and what is changed of it when it is done. */
#include <assert.h>
#include <stdio.h>
#include "ir/ir.h"

/* for i in range(n): s += a[i];  then the ops of the case;  return */
typedef struct Program {
    Fn *fn;
    Ref a, n, x, s, load, add, more, yes, ptr, z, nest;
    IrLoop loop;
    Ref made;                   /* by the case */
} Program;

static Types *types;
static Ty f8, i8, b1, c16, row;

static Program program(Unit *u)
{
    Program p = { .fn = ir_fn(u, "f", NULL) };
    Fn *fn = p.fn;
    fn->ret = f8;
    p.a = ir_param(fn, row), p.n = ir_param(fn, i8), p.x = ir_param(fn, f8);
    p.loop = ir_loop(fn, p.n, &p.x, 1);
    p.load = ir_load(fn, p.a, &p.loop.index);
    p.add = ir_bin(fn, IR_ADD, p.loop.carried[0], p.load);
    ir_endloop(fn, &p.loop, &p.add);
    p.s = p.loop.carried[0];
    p.yes = ir_cmp(fn, IR_LT, p.x, p.s);
    p.ptr = ir_data(fn, p.a);
    p.z = ir_complex(fn, c16, p.x, p.s);
    NestBuild nb = nest_begin(fn, &p.n, 1, 0);
    Ref yield = ir_load(nb.body, nest_use(&nb, p.a), nb.index);
    nest_reduce(&nb, RED_ADD, f8, p.x);
    p.nest = nest_end(&nb, &yield, 1);
    return p;
}

static Ref emit(Program *p, IrOp op, Ty t, uint32_t n, Ref a, Ref b, Ref c)
{
    return p->made = ir_emit(p->fn, op, t, (Ref[]){ a, b, c }, n);
}
static Ref op1(Program *p, IrOp op, Ty t, Ref a) { return emit(p, op, t, 1, a, REF_NONE, REF_NONE); }
static Ref op2(Program *p, IrOp op, Ty t, Ref a, Ref b) { return emit(p, op, t, 2, a, b, REF_NONE); }
static Ref op3(Program *p, IrOp op, Ty t, Ref a, Ref b, Ref c) { return emit(p, op, t, 3, a, b, c); }
static Ty none(void) { return ty(TY_NONE); }
static Blk *block(const Program *p, BlkId b) { return &p->fn->blk.at[b]; }
static Ins *made(const Program *p) { return ir_ins(p->fn, p->made); }
static Nest *nest(const Program *p) { return (Nest *)ir_ins(p->fn, p->nest)->imm.p; }
static Ref maths(Program *p, Ref x) { p->made = ir_emit_imm(p->fn, IR_MATH, f8, &x, 1, MATH_SIN); return p->made; }

/* v stands in no block any more. */
static void drop(const Program *p, Ref v)
{
    Blk *b = block(p, ir_ins(p->fn, v)->blk);
    uint32_t n = 0;
    for (uint32_t k = 0; k < b->ins.n; k++)
        if (!ref_eq(b->ins.at[k], v))
            b->ins.at[n++] = b->ins.at[k];
    b->ins.n = n;
}

/* A function that runs apart, with these parameters. */
static Fn *apart(const Program *p, Ty a, Ty b, Ty ret)
{
    Fn *to = ir_fn(p->fn->unit, "apart", NULL);
    to->ret = ret;
    ir_param(to, a);
    if (b)
        ir_param(to, b);
    ir_return(to, ret->kind == TY_NONE ? REF_NONE : ir_float(to, f8, 1));
    return to;
}
static void runs(Program *p, IrOp op, Fn *to, Ref first, Ref second, uint32_t n)
{
    p->made = ir_emit_ptr(p->fn, op, op == IR_LATER ? f8 : none(), (Ref[]){ first, second }, n, to);
}

/* CASE(message, ops at the end, what is changed behind): p is the Program. */
#define CASES \
    CASE("", , ) \
    CASE("no terminator", , block(p, p->fn->cur)->ins.n = 0) \
    CASE("number of successors", , block(p, 0)->nsucc = 2; block(p, 0)->succ[1] = p->loop.exit) \
    CASE("a successor does not know it", , block(p, p->loop.exit)->pred.n = 0) \
    CASE("its handler does not know it", , block(p, 0)->handler = p->loop.exit) \
    CASE("a predecessor does not go to it", , vec_push(p->fn->unit->arena, &block(p, p->loop.exit)->pred, 0)) \
    CASE("its dominator is not up to date", , ir_need(p->fn, HAVE_DOM); block(p, p->loop.exit)->idom = 0) \
    CASE("its loop is not up to date", , ir_need(p->fn, HAVE_LOOPS); block(p, p->loop.body)->loop = BLK_NONE) \
    CASE("its uses are not up to date", , ir_need(p->fn, HAVE_USES); p->fn->nuse[p->add.i]++) \
    CASE("blocks cannot be reached", ir_block(p->fn, 0), ) \
    CASE("stands in another block than it says", , ir_ins(p->fn, p->add)->blk = 0) \
    CASE("stands twice", , block(p, p->loop.body)->ins.at[1] = block(p, p->loop.body)->ins.at[0]) \
    CASE("behind an op that is no phi", p->made = ir_emit(p->fn, IR_PHI, f8, NULL, 0), ) \
    CASE("a terminator is the last of its block, and nothing else is", op1(p, IR_RETURN, none(), p->x), \
         vec_push(p->fn->unit->arena, &block(p, made(p)->blk)->ins, p->made)) \
    CASE("past its level", op2(p, IR_PY_BINARY, f8, p->x, p->x), ) \
    CASE("an operand that is no value", op2(p, IR_ADD, f8, p->x, p->s), made(p)->arg[1].i = 999999) \
    CASE("an operand is missing", op2(p, IR_ADD, f8, p->x, p->s), made(p)->arg[1] = REF_NONE) \
    CASE("an operand was removed", op1(p, IR_NEG, f8, p->yes), ir_ins(p->fn, p->yes)->op = IR_NOP) \
    CASE("an operand stands in no block", op1(p, IR_NEG, f8, op1(p, IR_NEG, f8, p->x)), drop(p, made(p)->arg[0])) \
    CASE("an operand does not dominate the predecessor's end", , ir_args(p->fn, ir_ins(p->fn, p->s))[0] = p->load) \
    CASE("an operand does not dominate it", op1(p, IR_NEG, f8, p->load), ) \
    CASE("number of operands", op2(p, IR_NEG, f8, p->x, p->x), ) \
    CASE("a position that is not there", op1(p, IR_NEG, f8, p->x), made(p)->pos = 9999) \
    CASE("one operand a predecessor", , ir_add_arg(p->fn, p->s, p->x)) \
    CASE("no type", op1(p, IR_NEG, f8, p->x), made(p)->ty = NULL) \
    CASE("an operand must be int64", op1(p, IR_NEW, row, p->x), ) \
    CASE("an array", op1(p, IR_DATA, ty(TY_PTR), p->x), ) \
    CASE("as many extents as axes, order C or F", op2(p, IR_NEW, row, p->n, p->n), ) \
    CASE("an array and a pointer", op3(p, IR_VIEW, row, p->a, p->n, p->n), ) \
    CASE("as many extents and strides as axes, and all of the map or nothing", op2(p, IR_VIEW, row, p->a, p->ptr), ) \
    CASE("as many indices as axes, the dtype", op3(p, IR_LOAD, f8, p->a, p->n, p->n), ) \
    CASE("as many indices as axes, the dtype", op3(p, IR_STORE, none(), p->a, p->n, p->n), ) \
    CASE("an axis; int64", p->made = ir_emit_imm(p->fn, IR_EXTENT, i8, &p->a, 1, 1), ) \
    CASE("an item, its type", p->made = ir_emit_imm(p->fn, IR_ITEM, f8, &p->x, 1, 0), ) \
    CASE("as many operands as items", op1(p, IR_TUPLE, ty_tuple(types, (Ty[]){ f8, f8 }, 2), p->x), ) \
    CASE("an operand has not its item's type", op1(p, IR_TUPLE, ty_tuple(types, &i8, 1), p->x), ) \
    CASE("extents, captures, initial values, blocks", , nest(p)->flags |= NEST_BLOCKS) \
    CASE("the body's parameters", , nest(p)->body->nparam--) \
    CASE("a capture's type", , ir_ins(nest(p)->body, nest(p)->body->param[1])->ty = f8) \
    CASE("an initial value's type", , nest(p)->red[0].ty = i8) \
    CASE("its type is what the body returns", , ir_ins(p->fn, p->nest)->ty = i8) \
    CASE("not the type that the function returns", , nest(p)->body->ret = i8; ir_ins(p->fn, p->nest)->ty = i8) \
    CASE("an operand a parameter of what runs apart", runs(p, IR_PARALLEL, apart(p, i8, NULL, none()), p->n, p->n, 2), ) \
    CASE("an operand has not its parameter's type", runs(p, IR_LATER, apart(p, f8, NULL, f8), p->n, p->n, 2), ) \
    CASE("its type is what runs apart returns", runs(p, IR_LATER, apart(p, i8, NULL, none()), p->n, p->n, 2), ) \
    CASE("its type is what runs apart returns", runs(p, IR_PARALLEL, apart(p, i8, NULL, f8), p->n, p->n, 1), ) \
    CASE("an operand must be int64", runs(p, IR_PARALLEL, apart(p, f8, NULL, none()), p->x, p->n, 1), ) \
    CASE("operand and result have one type", op1(p, IR_NEG, i8, p->x), ) \
    CASE("operands of one type, a bool", op2(p, IR_LT, b1, p->x, p->n), ) \
    CASE("operand and result are one scalar type", op1(p, IR_HIDE, b1, p->x), ) \
    CASE("real scalars", op1(p, IR_CAST, c16, p->x), ) \
    CASE("a float, an int64", op1(p, IR_TRUNC, f8, p->x), ) \
    CASE("floats, as many as its row says", maths(p, p->x), made(p)->ty = i8) \
    CASE("operands and result have one type", maths(p, p->n), ) \
    CASE("operands and result have one type", op2(p, IR_ADD, f8, p->x, p->n), ) \
    CASE("two floats of its precision", op2(p, IR_COMPLEX, c16, p->x, p->n), ) \
    CASE("of a complex its float", op1(p, IR_REAL, i8, p->z), ) \
    CASE("bool, two of one type", op3(p, IR_SELECT, f8, p->x, p->x, p->x), ) \
    CASE("as many parts", op1(p, IR_BITCAST, i8, p->z), ) \
    CASE("an optional of the operand's type", op1(p, IR_SOME, ty_optional(types, i8), p->x), ) \
    CASE("of an optional", op1(p, IR_HAS, b1, p->x), ) \
    CASE("pointer, int64", op2(p, IR_OFFSET, ty(TY_PTR), p->ptr, p->x), ) \
    CASE("a pointer", op1(p, IR_PEEK, f8, p->n), ) \
    CASE("an int64", op2(p, IR_INDEX, i8, p->n, p->n), made(p)->ty = f8) \
    CASE("an operand must be int64", op2(p, IR_INDEX, i8, p->x, p->n), ) \
    CASE("a bool", op1(p, IR_CHECK, none(), p->n), ) \
    CASE("an exception", op1(p, IR_RAISE, none(), p->n), ) \
    CASE("an operand of another type", , ir_args(p->fn, ir_ins(p->fn, p->s))[0] = p->n)

/* What the checker says of p. */
static const char *said(Program *p)
{
    jmp_buf here;
    p->fn->unit->catch_ = &here;
    p->fn->unit->diag = (Diag){ .text = "" };
    if (setjmp(here) == 0)
        ir_check_fn(p->fn, LEVEL_NEST, "test");
    return p->fn->unit->diag.text;
}

static void keep_nothing(void *object) { (void)object; }

int main(void)
{
    types = types_new(keep_nothing);
    f8 = ty(TY_F64), i8 = ty(TY_I64), b1 = ty(TY_BOOL), c16 = ty(TY_C128), row = ty_array(types, f8, 1, ORDER_C, false, NULL);
    Unit u = { .arena = arena_new(), .types = types };
    Program *p;
#define CASE(message, ops, change) { \
        Program made_ = program(&u); \
        p = &made_; \
        ops; \
        if (!ir_ended(p->fn)) \
            ir_return(p->fn, p->s); \
        change; \
        printf("%s\t%s\n", message, said(p)); \
    }
    CASES
    arena_free(u.arena);
    types_free(types);
    return 0;
}
