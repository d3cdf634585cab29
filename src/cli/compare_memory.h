/* cli/compare_memory.h - how many records fit into memory.
 *
 * A comparison that does not fit is refused with what does, before the kernel ends it without a word. */
#ifndef CLI_COMPARE_MEMORY_H
#define CLI_COMPARE_MEMORY_H

#include "base/error.h"

#include <stdint.h>

/* Bytes that this process may still take: what the machine has left, swap included, and no more than its control groups
 * and its limits (ulimit -v) allow.  root: "" but in tests, where /proc and /sys lie.  UINT64_MAX when nothing is known. */
uint64_t memory_available(const char *root);

/* Of both sides together; so many records are compared in so many bytes. */
uint64_t memory_records_max(uint64_t available_bytes);

/* E_NOMEM when more were read than fit: says how many do, and what helps. */
enum status memory_check(uint64_t records, uint64_t available_bytes, struct error *err);

#endif
