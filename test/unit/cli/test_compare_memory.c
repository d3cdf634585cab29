#include "check.h"

#include "cli/compare_memory.h"

#include <stdlib.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)

static char root[] = "/tmp/tally-memory-XXXXXX";

static int begin(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int empty(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'/*", root);
	return system(command);
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

/* A file of the kernel's, with the folders on its way. */
static void put(const char *path, const char *text)
{
	char whole[512];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = strchr(whole + sizeof(root), '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(whole, 0700);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void what_is_not_known_is_no_bound(void **state)
{
	(void)state;
	assert_true(memory_available(root) == UINT64_MAX);
	put("/proc/meminfo", "nonsense\n");
	put("/proc/self/cgroup", "0::/\nnonsense\n");
	put("/sys/fs/cgroup/memory.max", "max\n");
	assert_true(memory_available(root) == UINT64_MAX);
}

static void the_machine(void **state)
{
	(void)state;
	put("/proc/meminfo", "MemTotal:       8388608 kB\nMemFree:         102400 kB\nMemAvailable:    2097152 kB\nSwapFree:        1048576 kB\n");
	assert_true(memory_available(root) == 3072 * MIB);
}

static void control_groups(void **state)
{
	(void)state;
	put("/proc/meminfo", "MemAvailable:    2097152 kB\nSwapFree: 0 kB\n");
	put("/proc/self/cgroup", "0::/user.slice/job\n");
	put("/sys/fs/cgroup/user.slice/job/memory.max", "max\n");
	put("/sys/fs/cgroup/user.slice/memory.max", "1073741824\n");
	put("/sys/fs/cgroup/user.slice/memory.current", "536870912\n");
	put("/sys/fs/cgroup/user.slice/memory.stat", "anon 1\ninactive_file 104857600\n");
	assert_true(memory_available(root) == (1024 - 512 + 100) * MIB);
	/* The group itself has less than the one around it. */
	put("/sys/fs/cgroup/user.slice/job/memory.max", "268435456\n");
	assert_true(memory_available(root) == 256 * MIB);
	put("/sys/fs/cgroup/user.slice/job/memory.current", "968435456\n");
	assert_true(memory_available(root) == 0);
}

static void control_groups_of_version_1(void **state)
{
	(void)state;
	put("/proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/docker/abc\n1:name=systemd:/\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "536870912\n");
	put("/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "104857600\n");
	put("/sys/fs/cgroup/memory/docker/abc/memory.stat", "inactive_file 0\ntotal_inactive_file 52428800\n");
	assert_true(memory_available(root) == (512 - 100 + 50) * MIB);
}

static void how_many_records_fit(void **state)
{
	struct error err = { 0 };
	uint64_t most = memory_records_max(1024 * MIB);

	(void)state;
	/* 100 million records of two sides took 73 to 92 bytes each. */
	assert_in_range(most, 9 * 1000000, 14 * 1000000);
	assert_int_equal(memory_records_max(0), 0);
	assert_int_equal(memory_check(most, 1024 * MIB, &err), OK);
	assert_int_equal(memory_check(most + 1, 1024 * MIB, &err), E_NOMEM);
	assert_non_null(strstr(err.message, "1024 MiB"));
	assert_non_null(strstr(err.message, "by operator"));
	assert_int_equal(memory_check(UINT32_MAX, UINT64_MAX, &err), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_not_known_is_no_bound, empty), cmocka_unit_test_setup(the_machine, empty),
		cmocka_unit_test_setup(control_groups, empty),
		cmocka_unit_test_setup(control_groups_of_version_1, empty),
		cmocka_unit_test(how_many_records_fit),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
