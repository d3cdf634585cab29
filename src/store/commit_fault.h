/* store/commit_fault.h - a fault for tests: the n-th coming commit of a writer fails. */
#ifndef STORE_COMMIT_FAULT_H
#define STORE_COMMIT_FAULT_H

#include "store/sql/sql.h"

#include <stdatomic.h>

/* Zeroed: none. */
struct commit_fault {
	atomic_uint in;                 /* how many commits away; 0: never */
	_Atomic enum status status;
};

static inline void commit_fault_arm(struct commit_fault *fault, unsigned n, enum status status)
{
	atomic_store(&fault->status, status);
	atomic_store(&fault->in, n);
}

/* Before each commit: takes one from the countdown, and has this one fail when that was the last. */
static inline void commit_fault_count(struct commit_fault *fault, struct sql *sql)
{
	unsigned n = atomic_load(&fault->in);

	while (n > 0 && !atomic_compare_exchange_weak(&fault->in, &n, n - 1))
		;
	if (n == 1)
		sql_fail_commit(sql, 1, atomic_load(&fault->status));
}

#endif
