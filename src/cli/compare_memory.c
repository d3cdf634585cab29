#include "cli/compare_memory.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define RECORD_BYTES UINT64_C(96) /* at the peak; measured 73 to 92 from 10 million calls on */
#define BASE_BYTES ((uint64_t)64 << 20)
#define THREADS_BYTES ((uint64_t)96 << 20)
#define LINE_MAX_BYTES 512

/* --- files of the kernel -------------------------------------------------------------- */

static FILE *open_file(const char *root, const char *path)
{
	char whole[2 * PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return fopen(whole, "re");
}

/* The number behind a key at the beginning of a line; behind none: of the first line. */
static bool read_number(const char *root, const char *path, const char *key, uint64_t *value)
{
	FILE *file = open_file(root, path);
	char line[LINE_MAX_BYTES];
	size_t n = strlen(key);
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = strncmp(line, key, n) == 0 && sscanf(line + n, "%" SCNu64, value) == 1;
	fclose(file);
	return found;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t less(uint64_t from, uint64_t taken)
{
	return from > taken ? from - taken : 0;
}

/* --- limits ----------------------------------------------------------------------------- */

static uint64_t left_on_machine(const char *root)
{
	uint64_t available, swap = 0;

	if (!read_number(root, "/proc/meminfo", "MemAvailable:", &available))
		return UINT64_MAX;
	read_number(root, "/proc/meminfo", "SwapFree:", &swap);
	return (available + swap) * 1024;
}

/* Address space goes twice as fast as memory: arrays are mapped with room to grow, ids are mapped from their file.
 * Threads, which have not begun yet, take some for their stacks and heaps. */
static uint64_t left_in_address_space(const char *root)
{
	struct rlimit limit;
	uint64_t used = 0;

	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	read_number(root, "/proc/self/status", "VmSize:", &used);
	return less(limit.rlim_cur, used * 1024 + THREADS_BYTES) / 2;
}

/* What one group has left; pages of files in it are given back when others need them. */
static uint64_t left_in_group(const char *root, const char *folder, const char *limit, const char *usage)
{
	char path[2 * PATH_MAX];
	uint64_t most, used = 0, files = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, limit);
	if (!read_number(root, path, "", &most)) /* "max" is no number */
		return UINT64_MAX;
	snprintf(path, sizeof(path), "%s/%s", folder, usage);
	read_number(root, path, "", &used);
	snprintf(path, sizeof(path), "%s/memory.stat", folder);
	if (!read_number(root, path, "total_inactive_file ", &files))
		read_number(root, path, "inactive_file ", &files);
	return less(most, less(used, files));
}

/* A group lies within others, each of which may have a limit; in a container only the upper ones may be seen. */
static uint64_t left_in_groups(const char *root, const char *mount, char *path, const char *limit, const char *usage)
{
	char folder[PATH_MAX];
	uint64_t left = UINT64_MAX;

	for (;;) {
		char *slash;

		snprintf(folder, sizeof(folder), "%s%s", mount, path);
		left = least(left, left_in_group(root, folder, limit, usage));
		slash = strrchr(path, '/');
		if (!slash)
			return left;
		*slash = '\0';
	}
}

/* Version 2 has one line, "0::/path"; version 1 one for each controller, "4:memory:/path". */
static uint64_t left_by_control_groups(const char *root)
{
	FILE *file = open_file(root, "/proc/self/cgroup");
	char line[PATH_MAX];
	uint64_t left = UINT64_MAX;

	if (!file)
		return left;
	while (fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		if (strcmp(controllers + 1, "") == 0)
			left = least(left, left_in_groups(root, "/sys/fs/cgroup", path, "memory.max", "memory.current"));
		else if (strcmp(controllers + 1, "memory") == 0)
			left = least(left, left_in_groups(root, "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes",
							  "memory.usage_in_bytes"));
	}
	fclose(file);
	return left;
}

uint64_t memory_available(const char *root)
{
	return least(least(left_on_machine(root), left_in_address_space(root)), left_by_control_groups(root));
}

/* --- records -------------------------------------------------------------------------------- */

uint64_t memory_records_max(uint64_t available_bytes)
{
	return less(available_bytes, BASE_BYTES) / RECORD_BYTES;
}

enum status memory_check(uint64_t records, uint64_t available_bytes, struct error *err)
{
	uint64_t most = memory_records_max(available_bytes);

	if (records <= most)
		return OK;
	return error_set(err, E_NOMEM, NULL,
			 "the comparison does not fit into memory: %" PRIu64 " records were read so far, and about %" PRIu64
			 " of both sides together fit into the %" PRIu64
			 " MiB that are free; compare by operator, by day or by hour, or where there is more memory",
			 records, most, available_bytes >> 20);
}
