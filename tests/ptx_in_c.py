"""Kernels run without a GPU: their PTX, line by line, as C with gotos. Threads run one after another, so this is for kernels
in which they do not wait for each other; an instruction that is not in the tables below is an error."""
import ctypes
import hashlib
import re
import shutil
import subprocess

import numpy as np

CC = shutil.which("cc") or shutil.which("gcc")
HEAD = """
#include <stdint.h>
#include <math.h>
typedef union R { int64_t s64; uint64_t u64, b64; int32_t s32; uint32_t u32, b32; uint16_t u16, b16; double f64; float f32; } R;
static R f64_bits(uint64_t x) { R r; r.u64 = x; return r; }
static R f32_bits(uint32_t x) { R r; r.u32 = x; return r; }
"""
C_TYPE = {"s64": "int64_t", "u64": "uint64_t", "b64": "uint64_t", "s32": "int32_t", "u32": "uint32_t", "b32": "uint32_t",
          "f64": "double", "f32": "float", "u16": "uint16_t", "b16": "uint16_t", "s16": "int16_t", "u8": "uint8_t", "s8": "int8_t", "b8": "uint8_t"}
BINARY = {"add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}", "rem": "{0} % {1}", "and": "{0} & {1}",
          "or": "{0} | {1}", "xor": "{0} ^ {1}"}
COMPARE = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def operand(x, type_):
    x = x.strip()
    if m := re.fullmatch(r"%p(\d+)", x):
        return f"p[{m[1]}]"
    if m := re.fullmatch(r"%(tid|ntid|ctaid|nctaid)\.x", x):
        return m[1]
    if m := re.fullmatch(r"%([a-z]+)(\d+)", x):
        return f"{m[1]}[{m[2]}].{type_}"
    if m := re.fullmatch(r"0d([0-9A-F]{16})", x):
        return f"f64_bits(0x{m[1]}u).{type_}"
    if m := re.fullmatch(r"0f([0-9A-F]{8})", x):
        return f"f32_bits(0x{m[1]}u).{type_}"
    return f"(({C_TYPE[type_]}){x}{'' if 'f' in type_ else 'll'})"


def address(x):
    base, _, offset = x.strip()[1:-1].partition("+")
    return f"({operand(base, 'u64')} + {offset or 0})"


def compare(how, type_, a, b):
    a, b = operand(a, type_), operand(b, type_)
    if how in COMPARE:
        return f"{a} {COMPARE[how]} {b}" if "f" not in type_ or how != "ne" else f"({a} < {b} || {a} > {b})"
    if how in ("nan", "num"):
        return f"{'' if how == 'nan' else '!'}(isnan({a}) || isnan({b}))"
    return f"(isnan({a}) || isnan({b}) || {a} {COMPARE[how[:-1]]} {b})"


def statement(op, args):
    name, *rest = op.split(".")
    t = rest[-1] if rest else ""
    x = [operand(a, t) for a in args] if t in C_TYPE and name not in ("ld", "st", "atom", "cvt", "setp") else []
    if name == "ld" and "param" in rest:
        return f"{operand(args[0], t)} = param[{re.search(r'param_([0-9]+)', args[1])[1]}].{t};"
    if name == "ld":
        wide = t if t in ("b64", "b32", "f64", "f32") else "s32" if t[0] == "s" else "u32"
        return f"{operand(args[0], wide)} = *({C_TYPE[t]} *){address(args[1])};"
    if name == "st" and "v2" in rest:
        items = [a.strip(" {}") for a in args[1:]]
        return " ".join(f"(({C_TYPE[t]} *){address(args[0])})[{k}] = {operand(a, t)};" for k, a in enumerate(items))
    if name == "st":
        return f"*({C_TYPE[t]} *){address(args[0])} = {operand(args[1], t if t[1:] in ('64', '32') else 'u32')};"
    if name == "atom" and "cas" in rest:
        at = f"*({C_TYPE[t]} *){address(args[1])}"
        return f"{{ {C_TYPE[t]} old = {at}; if (old == {operand(args[2], t)}) {at} = {operand(args[3], t)}; {operand(args[0], t)} = old; }}"
    if name in ("mov", "cvta"):
        t = t or "b64"
        return f"{operand(args[0], t)} = {operand(args[1], t)};"
    if name == "cvt":
        rounded = {"rmi": "floor", "rpi": "ceil", "rzi": "trunc", "rni": "rint"}.get(rest[0], "")
        return f"{operand(args[0], rest[-2])} = {rounded}({operand(args[1], t)});"
    if name == "setp":
        return f"{operand(args[0], '')} = {compare(rest[0], t, args[1], args[2])};"
    if name == "selp":
        return f"{x[0]} = {operand(args[3], '')} ? {x[1]} : {x[2]};"
    if name == "mul" and "wide" in rest:
        return f"{operand(args[0], t[0] + '64')} = ({C_TYPE[t[0] + '64']}){x[1]} * {x[2]};"
    if t == "pred":
        a = [operand(b, "") for b in args]
        return f"{a[0]} = {'!' + a[1] if name == 'not' else BINARY[name].format(*a[1:])};"
    if name in BINARY:
        return f"{x[0]} = {BINARY[name].format(*x[1:])};"
    if name == "mad":
        return f"{x[0]} = {x[1]} * {x[2]} + {x[3]};"
    if name in ("shl", "shr"):
        return f"{x[0]} = {x[1]} {'<<' if name == 'shl' else '>>'} {operand(args[2], 'u32')};"
    if name in ("min", "max"):
        return f"{x[0]} = " + (f"f{name}({x[1]}, {x[2]});" if t[0] == "f" else f"{x[1]} {'<' if name == 'min' else '>'} {x[2]} ? {x[1]} : {x[2]};")
    if name == "neg":
        return f"{x[0]} = -{x[1]};"
    if name == "copysign":
        return f"{x[0]} = copysign({x[2]}, {x[1]});"
    if name in ("sqrt", "abs"):
        return f"{x[0]} = {name if name == 'sqrt' else 'fabs'}({x[1]});"
    raise NotImplementedError(op)


def line_in_c(line):
    guard = ""
    if m := re.match(r"@(!?)%p(\d+)\s+", line):
        guard, line = f"if ({m[1]}p[{m[2]}]) ", line[m.end():]
    op, _, rest = line.rstrip(";").partition(" \t") if " \t" in line else line.rstrip(";").partition(" ")
    if op in ("bra", "bra.uni"):
        return f"{guard}goto {rest.strip().replace('$', '')};"
    if op == "ret":
        return guard + "return;"
    return f"{guard}{{ {statement(op, [a for a in rest.split(',')] if rest else [])} }}"


def kernel_in_c(name, body):
    out = [f"static void thread_{name}(const R *param, uint32_t tid, uint32_t ntid, uint32_t ctaid, uint32_t nctaid)", "{"]
    for line in map(str.strip, body.splitlines()):
        if m := re.match(r"\.reg \.pred\s+%p<(\d+)>", line):
            out.append(f"int p[{m[1]}];")
        elif m := re.match(r"\.reg \.\w+\s+%(\w+)<(\d+)>", line):
            out.append(f"R {m[1]}[{m[2]}];")
        elif m := re.match(r"(\$\w+):", line):
            out.append(f"{m[1].replace('$', '')}:;")
        elif line and not line.startswith(("//", ".", "{", "}")):
            out.append(line_in_c(re.sub(r"\s*//.*", "", line)))
    call = f"thread_{name}(param, t, threads, b, blocks)"
    return "\n".join(out) + f"""
}}
void {name}(const R *param, uint32_t blocks, uint32_t threads)
{{
    for (uint32_t b = 0; b < blocks; b++)
        for (uint32_t t = 0; t < threads; t++)
            {call};
}}
"""


def build(text, folder):
    """The kernels of a text: a list of functions (parameters as 8 bytes each, blocks, threads)."""
    kernels = re.findall(r"\.entry (\w+)\([^)]*\)[^{]*\{(.*?)^\}", text, re.M | re.S)
    name = hashlib.md5(text.encode()).hexdigest()       # a library is opened once
    source, library = folder / f"{name}.c", folder / f"{name}.so"
    if not library.exists():
        source.write_text(HEAD + "".join(kernel_in_c(name, body) for name, body in kernels))
        subprocess.run([CC, "-O1", "-w", "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off", "-shared", "-fPIC",
                        "-o", str(library), str(source), "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    return [getattr(loaded, name) for name, _ in kernels]


def parts(x, contiguous):
    if not isinstance(x, np.ndarray):
        return [np.array([x]).view(f"u{np.array(x).itemsize}")[0]]
    return [x.ctypes.data, *x.shape, *([] if contiguous else x.strides)]


def launch(text, folder, arguments, contiguous, blocks, threads):
    """Runs the kernels one after another. The error record: (kind, line, thread)."""
    error = np.zeros(1120, np.uint8)
    shared = re.search(r"shared memory: (\d+) bytes", text)
    work = np.full(int(shared[1]) if shared else 8, 0xA5, np.uint8)
    slots = [p for x, c in zip(arguments, contiguous) for p in parts(x, c)] + [error.ctypes.data, work.ctypes.data]
    param = np.array([int(s) & 2 ** 64 - 1 for s in slots], np.uint64)
    for kernel in build(text, folder):
        kernel(ctypes.c_void_p(param.ctypes.data), ctypes.c_uint32(blocks), ctypes.c_uint32(threads))
    return int(error[4:8].view(np.int32)[0]), int(error[:4].view(np.int32)[0]), int(error[8:16].view(np.int64)[0])
