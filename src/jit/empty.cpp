/* One C++ file, so that the build links with the C++ compiler: LLVM needs its library. */
