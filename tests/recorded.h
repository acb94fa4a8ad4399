/* recorded.h -- an open sensor that looks at files of the test's own. */
#ifndef TESTS_RECORDED_H
#define TESTS_RECORDED_H

#include "sensing.h"

#include <sys/stat.h>

#include "os/linux/sensor/sensor.h"

static char             folder[] = "/tmp/test_host_XXXXXX";
static struct linux_os *in;

static inline void write_file(const char *name, const char *text)
{
	char  path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	for (char *at = path + strlen(folder) + 1;
	     (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	fclose(file);
}

static inline void recorded_setup(void)
{
	struct linux_options o;

	sets = interned_new();
	o = options_for_tests();
	o.events = false;
	sensor_begin(&o, false);
	in = os.sensor.self;
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* From here on /proc is the test's folder. */
static inline void recorded_proc(void)
{
	procfs_close(&in->procfs);
	ck_assert_int_eq(procfs_open(&in->procfs, folder), 0);
}

static inline void recorded_teardown(void)
{
	pid_t pid;

	linux_close(&os);
	interned_free(sets);
	pid = fork();
	if (pid == 0)
		execl("/bin/rm", "rm", "-rf", folder, (char *)NULL);
	reap(pid);
}

#endif
