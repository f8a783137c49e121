#include <stddef.h>
#include <stdint.h>

/// Runs the fuzzer; part of the runtime that `-sanitize=fuzzer` links (LLVM's documentation, «libFuzzer as a library»).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));
