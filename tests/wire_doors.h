/* wire_doors.h -- the Linux doors, and a worker on the wire that obeys. */
#ifndef TESTS_WIRE_DOORS_H
#define TESTS_WIRE_DOORS_H

#include "fake_worker.h"
#include "model/interned.h"
#include "os/linux/linux.h"

static struct interned *sets;
static struct os        os;
static struct wire     *wire = &os.wire;

static inline void note(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;
}

static inline void open_doors(int keeper_fd)
{
	static const struct host_alarm    calm[HOST_PRESSURES];
	static const struct host_shortage plenty;
	struct linux_options o = { .keeper_fd = keeper_fd, .pressure = calm,
	                           .shortage = &plenty,
	                           .worker_user = "nobody" };
	char                 why[256];

	sets = interned_new();
	o.sets = sets;
	ck_assert_int_eq(linux_open(&o, &os, note, NULL, why, sizeof why), 0);
}

static inline void close_doors(void)
{
	linux_close(&os);
	interned_free(sets);
}

/* The next event about the wire; others have nothing to do with it. */
static inline struct event next_event(void)
{
	struct event e;

	do
		ck_assert_int_ge(os.sensor.next(os.sensor.self, UINT64_MAX, &e,
		                                1), 0);
	while (e.kind != EVENT_WORKER && e.kind != EVENT_MESSAGE);
	return e;
}

/* Nothing lies there to be taken, and nothing more comes before that. */
static inline void expect_worker(bool alive)
{
	const void  *bytes;
	struct event e;

	ck_assert_int_eq(wire->take(wire->self, &bytes), 0);
	e = next_event();
	ck_assert_int_eq(e.kind, EVENT_WORKER);
	ck_assert_int_eq(e.u.worker.alive, alive);
}

static inline int64_t next_message(const void **ret_bytes)
{
	int64_t n = wire->take(wire->self, ret_bytes);

	while (n == 0) {
		ck_assert_int_eq(next_event().kind, EVENT_MESSAGE);
		n = wire->take(wire->self, ret_bytes);
	}
	return n;
}

static inline void expect_message(const char *text)
{
	char        found[2100];
	const void *bytes;
	int64_t     n = next_message(&bytes);

	snprintf(found, sizeof found, "%.*s", (int)n, (const char *)bytes);
	ck_assert_str_eq(found, text);
}

static inline void expect_nothing_more(void)
{
	const void *bytes;

	ck_assert_int_eq(wire->take(wire->self, &bytes), 0);
}

static inline void order(const char *text)
{
	ck_assert_int_eq(wire->send(wire->self, text, strlen(text)), 0);
}

static inline void begin(void)
{
	open_doors(-1);
	ck_assert_int_eq(wire->start(wire->self), 0);
	expect_worker(true);
}

/* The only child that this process has. */
static inline pid_t worker_pid(void)
{
	char  path[64];
	int   pid = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	f = fopen(path, "r");
	ck_assert_int_eq(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

/* One line of /proc/PID/NAME that begins with key, blanks made single. */
static inline const char *proc_line(pid_t pid, const char *name,
                                    const char *key)
{
	static char text[256];
	char        path[64], line[256];
	FILE       *f;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	text[0] = '\0';
	while (fgets(line, sizeof line, f) != NULL) {
		char *rest = line, *word;

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		while ((word = strtok_r(rest, " \t\n", &rest)) != NULL)
			sprintf(text + strlen(text), "%s ", word);
		break;
	}
	fclose(f);
	return text;
}

static inline long resident_kib(void)
{
	long kib = 0;

	sscanf(proc_line(getpid(), "status", "VmRSS:"), "VmRSS: %ld", &kib);
	return kib;
}

/* This program in the role that its arguments give it. */
static inline int play(int argc, char **argv, void (*add_tests)(TCase *),
                       const char *name)
{
	TCase *t;
	Suite *s;

	if (strcmp(argv[0], "pqs-rules") == 0)
		return fake_worker();
	if (argc != 2)
		return run_in_scratch();
	t = tcase_create(name);
	tcase_set_timeout(t, 60);
	add_tests(t);
	s = suite_create(name);
	suite_add_tcase(s, t);
	return run_suite(s);
}

#endif
