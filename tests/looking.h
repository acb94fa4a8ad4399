/* looking.h -- a sensor that only looks: at children of ours, and at recorded
 * trees of /proc. */
#ifndef TESTS_LOOKING_H
#define TESTS_LOOKING_H

#include "sensing.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "model/facts.h"
#include "os/linux/sensor/sensor.h"

static char         folder[] = "/tmp/test_facts_XXXXXX";
static struct facts f;

static inline struct task_id id_of(pid_t pid)
{
	return (struct task_id){ .pid = pid, .tid = pid };
}

static inline int look(struct task_id whom, uint64_t which)
{
	return os.sensor.facts(os.sensor.self, whom, which, &f);
}

static inline void setup(void)
{
	struct linux_options o;

	sets = interned_new();
	o = options_for_tests();
	o.events = false;
	sensor_begin(&o, false);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chmod(folder, 0755), 0);
}

static inline void remove_folder(void)
{
	pid_t pid = fork();

	if (pid == 0)
		execl("/bin/rm", "rm", "-rf", folder, (char *)NULL);
	reap(pid);
}

static inline void teardown(void)
{
	linux_close(&os);
	facts_clear(&f);
	interned_free(sets);
	remove_folder();
}

/* A file below the folder, with all folders on the way. */
static inline char *below(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	for (char *at = path + strlen(folder) + 1;
	     (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
	return path;
}

static inline void record_bytes(const char *name, const void *bytes, size_t n)
{
	FILE *file = fopen(below(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

static inline void record(const char *name, const char *text)
{
	record_bytes(name, text, strlen(text));
}

/* Whether its program has its arguments yet: the kernel shows the new file some
 * time before them. */
static inline bool has_arguments(pid_t pid)
{
	char    path[64], first;
	ssize_t n;
	int     fd;

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	n = read(fd, &first, 1);
	close(fd);
	return n == 1;
}

/* /bin/sleep under another name, started with these arguments. */
static inline pid_t start_as(const char *name, char *const *argv)
{
	static char program[4096], command[8192];
	char        link[64], exe[4096] = "";
	pid_t       pid;

	snprintf(program, sizeof program, "%s", below(name));
	snprintf(command, sizeof command, "cp /bin/sleep '%s'", program);
	ck_assert_int_eq(system(command), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setgid(65533) == 0 && setuid(65534) == 0)
			execv(program, argv);
		_exit(1);
	}
	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	while (strcmp(exe, program) != 0 || !has_arguments(pid)) {
		ssize_t n = readlink(link, exe, sizeof exe - 1);

		exe[n > 0 ? n : 0] = '\0';
		ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	}
	return pid;
}

static char *const sleeping[] = { (char *)"sl eep", (char *)"1000",
                                  (char *)"0", NULL };

/* Slow facts: not there, then told, then there. */
static inline void look_slowly(struct task_id whom, uint64_t which)
{
	size_t              at = told_count;
	const struct event *e;

	ck_assert_int_eq(look(whom, which), -EINPROGRESS);
	ck_assert_int_eq(look(whom, which), -EINPROGRESS);
	do
		e = await(EVENT_FACTS, 0, &at);
	while (!task_id_equal(e->u.task.who, whom));
	ck_assert_int_eq(look(whom, which), 0);
}

/* From here on the sensor reads a recorded tree, with that patience. */
static inline struct linux_os *turn_to(const char *root, uint64_t patience_ns)
{
	struct linux_os *in = os.sensor.self;

	procfs_close(&in->procfs);
	ck_assert_int_eq(procfs_open(&in->procfs, root), 0);
	reader_free(in->look.reader);
	in->look.reader = reader_new(in, &in->procfs, patience_ns);
	return in;
}

static inline struct linux_os *turn_to_records(uint64_t patience_ns)
{
	return turn_to(folder, patience_ns);
}

#endif
