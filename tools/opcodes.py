"""Prints src/decode/pyNNN.def for the Python that runs this: number, name, inline caches and rule of every opcode that
`co_code` can hold. The rules are below; numbers and caches are the interpreter's own.

    python3.13 tools/opcodes.py > src/decode/py313.def

An opcode that has no rule here is an error: give it one, for a new version its own line where its meaning changed.
"""
import opcode
import sys

# name, the version that gave it this rule, rule of decode.c and its operand. A name alone: as on the line before it.
RULES = """
BEFORE_ASYNC_WITH       3.11 WORD BC_REFUSED
BEFORE_WITH             3.11 WORD BC_REFUSED
BINARY_OP               3.11 BINARY_OP 0
BINARY_SLICE            3.12 SLICED BC_ITEM
BINARY_SUBSCR           3.11 PLAIN BC_ITEM
BUILD_CONST_KEY_MAP     3.11 ARG BC_DICT_CONST_KEYS
BUILD_INTERPOLATION     3.14 WORD BC_REFUSED
BUILD_LIST              3.11 ARG BC_LIST
BUILD_MAP               3.11 ARG BC_DICT
BUILD_SET               3.11 ARG BC_SET
BUILD_SLICE             3.11 ARG BC_SLICE
BUILD_STRING            3.11 ARG BC_STRING
BUILD_TEMPLATE          3.14 WORD BC_REFUSED
BUILD_TUPLE             3.11 ARG BC_TUPLE
CACHE                   3.11 DROP 0
CALL                    3.11 CALL BC_CALL
CALL_FUNCTION_EX        3.11 CALL_EX BC_CALL_EX
                        3.14 CALL_EX_NULL BC_CALL_EX
CALL_INTRINSIC_1        3.12 INTRINSIC BC_REFUSED
CALL_INTRINSIC_2        3.12 WORD BC_REFUSED
CALL_KW                 3.13 CALL_KW BC_CALL
CHECK_EG_MATCH          3.11 WORD BC_REFUSED
CHECK_EXC_MATCH         3.11 PLAIN BC_EXC_MATCH
CLEANUP_THROW           3.12 WORD BC_REFUSED
COMPARE_OP              3.11 COMPARE 0
                        3.12 COMPARE 4
                        3.13 COMPARE 5
CONTAINS_OP             3.11 ARG BC_IN
CONVERT_VALUE           3.13 CONVERT BC_FORMAT
COPY                    3.11 ARG BC_COPY
COPY_FREE_VARS          3.11 DROP 0
DELETE_ATTR             3.11 WORD BC_REFUSED
DELETE_DEREF            3.11 DEREF BC_DELETE
DELETE_FAST             3.11 ARG BC_DELETE
DELETE_GLOBAL           3.11 WORD BC_REFUSED
DELETE_NAME             3.11 WORD BC_REFUSED
DELETE_SUBSCR           3.11 PLAIN BC_DEL_ITEM
DICT_MERGE              3.11 DICT_MERGE BC_DICT_UPDATE
DICT_UPDATE             3.11 ARG BC_DICT_UPDATE
END_ASYNC_FOR           3.11 WORD BC_REFUSED
END_FOR                 3.12 POPS 2
                        3.13 POPS 1
END_SEND                3.12 WORD BC_REFUSED
ENTER_EXECUTOR          3.13 WORD BC_REFUSED
EXIT_INIT_CHECK         3.13 WORD BC_REFUSED
EXTENDED_ARG            3.11 EXTENDED_ARG 0
FORMAT_SIMPLE           3.13 FORMAT_SIMPLE BC_FORMAT
FORMAT_VALUE            3.11 FORMAT_VALUE BC_FORMAT
FORMAT_WITH_SPEC        3.13 FORMAT_SPEC BC_FORMAT
FOR_ITER                3.11 FOR 0
                        3.12 FOR 2
                        3.15 FOR 3
GET_AITER               3.11 WORD BC_REFUSED
GET_ANEXT               3.11 WORD BC_REFUSED
GET_AWAITABLE           3.11 WORD BC_REFUSED
GET_ITER                3.11 PLAIN BC_ITER
                        3.15 ITER_NULL BC_ITER
GET_LEN                 3.11 PLAIN BC_MATCH_LEN
GET_YIELD_FROM_ITER     3.11 WORD BC_REFUSED
IMPORT_FROM             3.11 NAME BC_IMPORT_FROM
IMPORT_NAME             3.11 NAME BC_IMPORT
                        3.15 NAME_FLAGS BC_IMPORT
INTERPRETER_EXIT        3.12 WORD BC_REFUSED
IS_OP                   3.11 ARG BC_IS
JUMP_BACKWARD           3.11 JUMP_BACK BC_JUMP
JUMP_BACKWARD_NO_INTERRUPT 3.11 JUMP_BACK BC_JUMP
JUMP_FORWARD            3.11 JUMP_FORWARD BC_JUMP
JUMP_IF_FALSE_OR_POP    3.11 JUMP_FORWARD BC_JUMP_IF_FALSE_OR_POP
JUMP_IF_TRUE_OR_POP     3.11 JUMP_FORWARD BC_JUMP_IF_TRUE_OR_POP
KW_NAMES                3.11 KW_NAMES 0
LIST_APPEND             3.11 ARG BC_LIST_APPEND
LIST_EXTEND             3.11 ARG BC_LIST_EXTEND
LIST_TO_TUPLE           3.11 PLAIN BC_LIST_TO_TUPLE
LOAD_ASSERTION_ERROR    3.11 COMMON_CONST BC_CONST
LOAD_ATTR               3.11 NAME BC_ATTR
                        3.12 NAME_NULL BC_ATTR
LOAD_BUILD_CLASS        3.11 WORD BC_REFUSED
LOAD_CLASSDEREF         3.11 WORD BC_REFUSED
LOAD_CLOSURE            3.11 ARG BC_LOAD_CELL
LOAD_COMMON_CONSTANT    3.14 COMMON_CONST BC_CONST
LOAD_CONST              3.11 CONST BC_CONST
LOAD_DEREF              3.11 DEREF BC_LOAD
LOAD_FAST               3.11 LOAD BC_LOAD
LOAD_FAST_AND_CLEAR     3.12 ARG BC_LOAD_CLEAR
LOAD_FAST_BORROW        3.14 LOAD BC_LOAD
LOAD_FAST_BORROW_LOAD_FAST_BORROW 3.14 TWO_LOCALS BC_LOAD
LOAD_FAST_CHECK         3.12 LOAD BC_LOAD
LOAD_FAST_LOAD_FAST     3.13 TWO_LOCALS BC_LOAD
LOAD_FROM_DICT_OR_DEREF 3.12 WORD BC_REFUSED
LOAD_FROM_DICT_OR_GLOBALS 3.12 WORD BC_REFUSED
LOAD_GLOBAL             3.11 NULL_NAME BC_GLOBAL
                        3.13 NAME_NULL BC_GLOBAL
LOAD_LOCALS             3.12 WORD BC_REFUSED
LOAD_METHOD             3.11 METHOD BC_ATTR
LOAD_NAME               3.11 WORD BC_REFUSED
LOAD_SMALL_INT          3.14 SMALL_INT BC_CONST
LOAD_SPECIAL            3.14 WORD BC_REFUSED
LOAD_SUPER_ATTR         3.12 WORD BC_REFUSED
MAKE_CELL               3.11 DROP 0
MAKE_FUNCTION           3.11 FUNCTION BC_FUNCTION
MAP_ADD                 3.11 ARG BC_DICT_ADD
MATCH_CLASS             3.11 WORD BC_MATCH_OTHER
MATCH_KEYS              3.11 WORD BC_MATCH_OTHER
MATCH_MAPPING           3.11 PLAIN BC_MATCH_MAPPING
MATCH_SEQUENCE          3.11 PLAIN BC_MATCH_SEQUENCE
NOP                     3.11 DROP 0
NOT_TAKEN               3.14 DROP 0
POP_EXCEPT              3.11 PLAIN BC_POP_EXCEPT
POP_ITER                3.14 POPS 1
                        3.15 POPS 2
POP_JUMP_BACKWARD_IF_FALSE    3.11 JUMP_BACK BC_JUMP_IF_FALSE
POP_JUMP_BACKWARD_IF_NONE     3.11 JUMP_BACK BC_JUMP_IF_NONE
POP_JUMP_BACKWARD_IF_NOT_NONE 3.11 JUMP_BACK BC_JUMP_IF_NOT_NONE
POP_JUMP_BACKWARD_IF_TRUE     3.11 JUMP_BACK BC_JUMP_IF_TRUE
POP_JUMP_FORWARD_IF_FALSE     3.11 JUMP_FORWARD BC_JUMP_IF_FALSE
POP_JUMP_FORWARD_IF_NONE      3.11 JUMP_FORWARD BC_JUMP_IF_NONE
POP_JUMP_FORWARD_IF_NOT_NONE  3.11 JUMP_FORWARD BC_JUMP_IF_NOT_NONE
POP_JUMP_FORWARD_IF_TRUE      3.11 JUMP_FORWARD BC_JUMP_IF_TRUE
POP_JUMP_IF_FALSE       3.12 JUMP_FORWARD BC_JUMP_IF_FALSE
POP_JUMP_IF_NONE        3.12 JUMP_FORWARD BC_JUMP_IF_NONE
POP_JUMP_IF_NOT_NONE    3.12 JUMP_FORWARD BC_JUMP_IF_NOT_NONE
POP_JUMP_IF_TRUE        3.12 JUMP_FORWARD BC_JUMP_IF_TRUE
POP_TOP                 3.11 POPS 1
PRECALL                 3.11 DROP 0
PREP_RERAISE_STAR       3.11 WORD BC_REFUSED
PRINT_EXPR              3.11 WORD BC_REFUSED
PUSH_EXC_INFO           3.11 PLAIN BC_PUSH_EXC
PUSH_NULL               3.11 PLAIN BC_PUSH_NULL
RAISE_VARARGS           3.11 ARG BC_RAISE
RERAISE                 3.11 PLAIN BC_RERAISE
RESERVED                3.12 WORD BC_REFUSED
RESUME                  3.11 DROP 0
RETURN_CONST            3.12 RETURN_CONST BC_RETURN
RETURN_GENERATOR        3.11 PLAIN BC_PUSH_NULL
RETURN_VALUE            3.11 PLAIN BC_RETURN
SEND                    3.11 WORD BC_REFUSED
SETUP_ANNOTATIONS       3.11 WORD BC_REFUSED
SET_ADD                 3.11 ARG BC_SET_ADD
SET_FUNCTION_ATTRIBUTE  3.13 FUNCTION_ATTRIBUTE BC_FUNCTION
SET_UPDATE              3.11 ARG BC_SET_UPDATE
STORE_ATTR              3.11 NAME BC_SET_ATTR
STORE_DEREF             3.11 DEREF BC_STORE
STORE_FAST              3.11 ARG BC_STORE
STORE_FAST_LOAD_FAST    3.13 STORE_LOAD BC_STORE
STORE_FAST_STORE_FAST   3.13 TWO_LOCALS BC_STORE
STORE_GLOBAL            3.11 WORD BC_REFUSED
STORE_NAME              3.11 WORD BC_REFUSED
STORE_SLICE             3.12 SLICED BC_SET_ITEM
STORE_SUBSCR            3.11 PLAIN BC_SET_ITEM
SWAP                    3.11 ARG BC_SWAP
TO_BOOL                 3.13 PLAIN BC_TRUTH
TRACE_RECORD            3.15 WORD BC_REFUSED
UNARY_INVERT            3.11 UNARY UN_INVERT
UNARY_NEGATIVE          3.11 UNARY UN_NEG
UNARY_NOT               3.11 UNARY UN_NOT
UNARY_POSITIVE          3.11 UNARY UN_POS
UNPACK_EX               3.11 UNPACK_EX BC_UNPACK_STAR
UNPACK_SEQUENCE         3.11 ARG BC_UNPACK
ASYNC_GEN_WRAP          3.11 WORD BC_REFUSED
IMPORT_STAR             3.11 WORD BC_REFUSED
WITH_EXCEPT_START       3.11 WORD BC_REFUSED
YIELD_VALUE             3.11 PLAIN BC_YIELD
"""


def parse(version):
    """{name: (rule, operand)} of a version, a tuple (3, 13)."""
    rules, name = {}, None
    for line in RULES.split("\n"):
        words = line.split()
        if len(words) == 4:
            name = words.pop(0)
        if words and tuple(map(int, words[0].split("."))) <= version:
            rules[name] = tuple(words[1:])
    return rules


def in_code(name, number):
    """Can co_code hold it? Numbers above 255 are the compiler's, instrumented opcodes the adaptive code's."""
    return number < 256 and not name.startswith("INSTRUMENTED_")


def caches(name, number):
    entries = opcode._inline_cache_entries
    return entries[number] if isinstance(entries, list) else entries.get(name, 0)


def table():
    version = sys.version_info[:2]
    rules = parse(version)
    magic = int.from_bytes(__import__("importlib.util").util.MAGIC_NUMBER[:2], "little")
    lines = [f"/* py{version[0]}{version[1]}.def: CPython {version[0]}.{version[1]} (magic {magic}), made by "
             "tools/opcodes.py.\n * OP(number, name, caches after it, rule of decode.c, operand of the rule) */"]
    for name, number in sorted(opcode.opmap.items(), key=lambda item: item[1]):
        if not in_code(name, number):
            continue
        if name not in rules:
            raise SystemExit(f"opcodes.py: {name} of CPython {version[0]}.{version[1]} has no rule")
        rule, operand = rules[name]
        lines.append(f"OP({number:3}, {name + ',':34} {caches(name, number):2},  {rule + ',':19} {operand})")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
