"""The prelude: functions of NumPy and Python written in the subset that numjit compiles.

A row of src/np/lib.def names each; the module is imported when a program first uses one of its functions. They are compiled
like user code, with these differences: constant arguments (bool, small int, str) stay constants in the body, so that tests on
them are decided while compiling; plain functions of these modules may call each other without a decorator; errors show the
caller's line. Each also runs as plain Python, which is how the tests compare it with NumPy's own.
"""
