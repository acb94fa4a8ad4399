/* test_os_linux_topology.c -- kinds of cores, on machines whose /sys was
 * written down and on the one that runs.
 *
 * A file of tests/fixtures/sysfs has a line for each file below /sys/devices:
 * its path, in which [2-5] stands for four of them, and its text. */

#include "children.h"
#include "suite.h"

#include <errno.h>
#include <sys/stat.h>

#define ALIKE "all cores of this machine are of one kind: none is an " \
              "efficiency core"
#define NO_SUCH_CACHE "there is no last-level cache of that number " \
                      "(/sys/devices/system/cpu/cpu*/cache)"
#define NO_CACHES "the kernel does not tell which CPUs share a cache"

static char root[] = "/tmp/pqs-sysfs-XXXXXX";

static void file_put(const char *name, const char *text)
{
	char  path[700];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", root, name);
	for (char *p = path + sizeof root; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	file = fopen(path, "we");
	ck_assert_msg(file != NULL, "%s", path);
	fputs(text, file);
	fputc('\n', file);
	fclose(file);
}

static void line_put(char *line)
{
	char    *text = strchr(line, ' '), *range = strchr(line, '['), *after;
	char     name[600];
	unsigned first, last;

	*text++ = '\0';
	if (range == NULL) {
		file_put(line, text);
		return;
	}
	*range = '\0';
	ck_assert_int_eq(sscanf(range + 1, "%u-%u", &first, &last), 2);
	after = strchr(range + 1, ']') + 1;
	for (unsigned i = first; i <= last; i++) {
		snprintf(name, sizeof name, "%s%u%s", line, i, after);
		file_put(name, text);
	}
}

static void machine_put(const char *name)
{
	char  path[256], line[256];
	FILE *file;

	snprintf(path, sizeof path, PQS_TREE "/tests/fixtures/sysfs/%s", name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s", path);
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#')
			line_put(line);
	}
	fclose(file);
}

static void root_begin(void)
{
	strcpy(root + sizeof root - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	begin();
	((struct linux_actuator *)door.self)->devices = root;
}

static void root_end(void)
{
	char command[64];

	end();
	snprintf(command, sizeof command, "rm -r %s", root);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	const char *machine, *kinds, *cpus, *why;
} cases[] = {
	{ "hybrid-intel", "performance",       "0-7",   "" },
	{ "hybrid-intel", "efficiency",        "8-15",  "" },
	{ "hybrid-intel", "llc:0",             "0-15",  "" },
	{ "hybrid-intel", "llc:1",             NULL,    NO_SUCH_CACHE },
	{ "hybrid-intel", "performance,efficiency", "0-15", "" },
	{ "big-little",   "performance",       "4-5",   "" },
	{ "big-little",   "efficiency",        "0-3",   "" },
	{ "big-little",   "llc:0",             "0-3",   "" },
	{ "big-little",   "llc:1",             "4-5",   "" },
	{ "three-sizes",  "efficiency",        "0-3",   "" },
	{ "three-sizes",  "performance",       "4-7",   "" },
	{ "three-sizes",  "llc:0",             NULL,    NO_CACHES },
	{ "one-cache",    "performance",       "0-7",   "" },
	{ "one-cache",    "efficiency",        NULL,    ALIKE },
	{ "one-cache",    "efficiency,llc:0",  "0-7",   "" },
	{ "two-caches",   "llc:0",             "0-5,12-17",  "" },
	{ "two-caches",   "llc:1",             "6-11,18-23", "" },
	{ "two-caches",   "llc:0,llc:1",       "0-23",  "" },
	{ "two-caches",   "llc:2",             NULL,    NO_SUCH_CACHE },
	{ "two-caches",   "performance",       "0-23",  "" },
	{ "virtual",      "performance",       "0-1",   "" },
	{ "virtual",      "efficiency",        NULL,    ALIKE },
	{ "virtual",      "llc:0",             "0-1",   "" },
};

START_TEST(a_kind_is_what_the_kernel_tells_of_it)
{
	int64_t     kinds = value_of(SETTING_affinity, cases[_i].kinds);
	const char *why;

	machine_put(cases[_i].machine);
	why = door.lacks(door.self, SETTING_affinity, kinds);
	ck_assert_str_eq(why == NULL ? "" : why, cases[_i].why);
	if (cases[_i].cpus == NULL)
		return;
	ck_assert_str_eq(interned_text(sets, door.means(door.self,
	                                                SETTING_affinity,
	                                                kinds)),
	                 cases[_i].cpus);
}
END_TEST

START_TEST(without_its_counters_a_hybrid_is_told_by_its_clocks)
{
	char command[128];

	machine_put("hybrid-intel");
	snprintf(command, sizeof command, "rm -r %s/cpu_core %s/cpu_atom", root,
	         root);
	ck_assert_int_eq(system(command), 0);
	ck_assert_str_eq(interned_text(sets, door.means(door.self,
	                 SETTING_affinity,
	                 value_of(SETTING_affinity, "efficiency"))), "8-15");
}
END_TEST

START_TEST(cpus_that_come_and_go_are_noticed)
{
	int64_t kinds = value_of(SETTING_affinity, "llc:1");

	machine_put("two-caches");
	ck_assert_str_eq(interned_text(sets, door.means(door.self,
	                 SETTING_affinity, kinds)), "6-11,18-23");
	file_put("system/cpu/online", "0-8");
	ck_assert_str_eq(interned_text(sets, door.means(door.self,
	                 SETTING_affinity, kinds)), "6-8");
	file_put("system/cpu/online", "0-5");
	ck_assert_str_eq(door.lacks(door.self, SETTING_affinity, kinds),
	                 NO_SUCH_CACHE);
	file_put("system/cpu/online", "0-23");
	ck_assert_str_eq(interned_text(sets, door.means(door.self,
	                 SETTING_affinity, kinds)), "6-11,18-23");
}
END_TEST

START_TEST(a_machine_that_tells_nothing_has_no_kinds)
{
	ck_assert_str_eq(door.lacks(door.self, SETTING_affinity,
	                            value_of(SETTING_affinity, "performance")),
	                 "the kernel does not tell which CPUs there are "
	                 "(/sys/devices/system/cpu)");
	ck_assert_ptr_null(door.lacks(door.self, SETTING_affinity,
	                              value_of(SETTING_affinity, "0")));
}
END_TEST

/* The CPUs are this machine's, their sizes are not. */
START_TEST(a_task_gets_the_cpus_of_its_kind)
{
	struct turned t;

	file_put("system/cpu/online", "0-1");
	file_put("system/cpu/cpu0/cpu_capacity", "300");
	file_put("system/cpu/cpu1/cpu_capacity", "1024");
	t = apply(child, SETTING_affinity, "efficiency");
	assert_turned(t, EFFECT_APPLIED, "");
	ck_assert_int_eq(t.now, value_of(SETTING_affinity, "0"));
	ck_assert_int_eq(kernel_says(child.pid, SETTING_affinity), 1 | 1 << 1);
	assert_turned(apply(child, SETTING_affinity, "efficiency"),
	              EFFECT_ALREADY, "");
	t = apply(child, SETTING_affinity, "performance");
	assert_turned(t, EFFECT_APPLIED, "");
	ck_assert_int_eq(kernel_says(child.pid, SETTING_affinity), 0 | 1 << 1);
}
END_TEST

START_TEST(this_machine_tells_of_its_cores)
{
	struct turned t;

	((struct linux_actuator *)door.self)->devices = "/sys/devices";
	t = apply(child, SETTING_affinity, "performance");
	ck_assert(t.effect == EFFECT_APPLIED || t.effect == EFFECT_ALREADY);
	ck_assert_str_eq(t.why, "");
	ck_assert_int_gt(kernel_says(child.pid, SETTING_affinity) >> 1, 0);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("topology");

	tcase_add_checked_fixture(c, root_begin, root_end);
	tcase_add_loop_test(c, a_kind_is_what_the_kernel_tells_of_it, 0,
	                    COUNT(cases));
	tcase_add_test(c, without_its_counters_a_hybrid_is_told_by_its_clocks);
	tcase_add_test(c, cpus_that_come_and_go_are_noticed);
	tcase_add_test(c, a_machine_that_tells_nothing_has_no_kinds);
	tcase_add_test(c, a_task_gets_the_cpus_of_its_kind);
	tcase_add_test(c, this_machine_tells_of_its_cores);
	return run_case(c, "os/linux topology");
}
