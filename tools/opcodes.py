"""Prints the skeleton of src/decode/pyNNN.def for the Python that runs this: number, name and inline caches of
every opcode that `co_code` can hold. The rule and its operand of each new name are to be filled in by hand;
those of a name that an older table has are copied from it.

    python3.13 tools/opcodes.py src/decode/py311.def > src/decode/py313.def
"""
import opcode
import re
import sys

known = {}
for path in sys.argv[1:]:
    for name, rule in re.findall(r"^OP\(\s*\d+,\s*(\w+),\s*\d+,\s*(.*?)\)\s*(?:/\*.*)?$", open(path).read(), re.M):
        known[name] = rule

entries = opcode._inline_cache_entries
print(f"/* py{sys.version_info[0]}{sys.version_info[1]}.def: CPython {sys.version_info[0]}.{sys.version_info[1]}. "
      "OP(number, name, caches after it, rule of decode.c, operand of the rule) */")
for name, number in sorted(opcode.opmap.items(), key=lambda item: item[1]):
    if number > 255 or name.startswith("INSTRUMENTED_"):
        continue
    ncaches = entries.get(name, 0) if hasattr(entries, "get") else entries[number]
    print(f"OP({number:3}, {name + ',':30} {ncaches:2},  {known.get(name, '?')})")
