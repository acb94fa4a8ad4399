/* test_os_linux_units.c -- properties of systemd's units, as a stand-in for
 * systemd sees them: a process that speaks its D-Bus interface on a socket of
 * the test's own, and writes what it is told into a tree of control groups. */

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/text.h"
#include "model/interned.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/actuator/units.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/linux.h"

#define GROUPS "/sys/fs/cgroup"
#define WEB    "/system.slice/web.service"
#define TREE   GROUPS WEB
#define NO_SUCH "org.freedesktop.systemd1.NoSuchUnit"

/* What the stand-in does with the next calls. */
enum mood { WILLING, REFUSES, HANGS, KNOWS_NO_UNIT, HAS_NO_CONTROLLER,
            IS_OF_ANOTHER_GROUP, SEES_IT_STOPPED, HAS_FORGOTTEN_IT };

static char          root[] = "/tmp/test_units_XXXXXX", address[64];
static struct layout l;
static struct units *u;
static pid_t         stand_in;

static void folders_of(char *path)
{
	for (char *at = path + strlen(root) + 1;
	     (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
}

static void file(const char *name, const char *text)
{
	char  path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s%s", root, name);
	folders_of(path);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	fclose(f);
}

static const char *content(const char *name)
{
	static char text[512];

	return groupfile_read(root, name + 1, text, sizeof text) < 0
	       ? "(none)" : text;
}

static void feel(enum mood m)
{
	char text[8];

	snprintf(text, sizeof text, "%d", m);
	file("/mood", text);
}

static enum mood mood(void)
{
	return (enum mood)atoi(content("/mood"));
}

/* The stand-in: what it was told is in /told, as one line. */

static void kernel_takes(const char *property, uint64_t value)
{
	char text[32];

	if (mood() == HAS_NO_CONTROLLER)
		return;
	if (strcmp(property, "CPUWeight") == 0) {
		snprintf(text, sizeof text, "%llu", value == UINT64_MAX ? 100
		         : (unsigned long long)value);
		file(TREE "/cpu.weight", text);
	} else if (strcmp(property, "CPUQuotaPerSecUSec") == 0) {
		snprintf(text, sizeof text, "%llu 100000",
		         (unsigned long long)value / 10);
		file(TREE "/cpu.max", value == UINT64_MAX ? "max 100000"
		                                          : text);
	} else if (strcmp(property, "MemoryHigh") == 0) {
		snprintf(text, sizeof text, "%llu",
		         (unsigned long long)value / 4096 * 4096);
		file(TREE "/memory.high", value == UINT64_MAX ? "max" : text);
	}
}

static int properties_set(sd_bus_message *m)
{
	const char *unit, *name, *type;
	const void *bits;
	char        told[512];
	size_t      n = 0;
	uint64_t    value = 0;
	int         runtime;

	if (sd_bus_message_read(m, "sb", &unit, &runtime) < 0 ||
	    sd_bus_message_enter_container(m, 'a', "(sv)") < 0 ||
	    sd_bus_message_enter_container(m, 'r', "sv") < 0 ||
	    sd_bus_message_read(m, "s", &name) < 0 ||
	    sd_bus_message_peek_type(m, NULL, &type) < 0 ||
	    sd_bus_message_enter_container(m, 'v', type) < 0)
		return -EBADMSG;
	if (strcmp(type, "t") == 0) {
		(void)sd_bus_message_read(m, "t", &value);
		snprintf(told, sizeof told, "%s %d %s %lld", unit, runtime,
		         name, (long long)value);
		kernel_takes(name, value);
	} else {
		(void)sd_bus_message_read_array(m, 'y', &bits, &n);
		snprintf(told, sizeof told, "%s %d %s %zu:%02x", unit, runtime,
		         name, n, n > 0 ? *(const unsigned char *)bits : 0u);
	}
	file("/told", told);
	return sd_bus_reply_method_return(m, "");
}

static int property_get(sd_bus_message *m)
{
	const char *interface, *name;

	if (sd_bus_message_read(m, "ss", &interface, &name) < 0)
		return -EBADMSG;
	if (strcmp(name, "ControlGroup") == 0)
		return sd_bus_reply_method_return(m, "v", "s",
			mood() == IS_OF_ANOTHER_GROUP ? "/other" :
			mood() == SEES_IT_STOPPED ? "" : WEB);
	if (strcmp(name, "AllowedCPUs") == 0)
		return sd_bus_reply_method_return(m, "v", "ay", 1, 3);
	return sd_bus_reply_method_return(m, "v", "t", (uint64_t)7);
}

static int on_call(sd_bus_message *m, void *self, sd_bus_error *error)
{
	const char *name = sd_bus_message_get_member(m);

	(void)self, (void)error;
	while (mood() == HANGS)
		pause();
	if (name == NULL)
		return 0;
	if (strcmp(name, "GetUnit") == 0)
		return mood() == KNOWS_NO_UNIT || mood() == HAS_FORGOTTEN_IT
		       ? sd_bus_reply_method_errorf(m, NO_SUCH, "not loaded")
		       : sd_bus_reply_method_return(m, "o", "/a/unit");
	if (strcmp(name, "SetUnitProperties") == 0)
		return mood() == REFUSES
		       ? sd_bus_reply_method_errorf(m,
		         SD_BUS_ERROR_ACCESS_DENIED, "no")
		       : mood() == HAS_FORGOTTEN_IT
		       ? sd_bus_reply_method_errorf(m, NO_SUCH, "not found")
		       : properties_set(m);
	return strcmp(name, "Get") == 0 ? property_get(m) : 0;
}

static void serve(int fd)
{
	sd_id128_t id = { .bytes = { 1 } };
	sd_bus    *line;

	if (sd_bus_new(&line) < 0 || sd_bus_set_fd(line, fd, fd) < 0 ||
	    sd_bus_set_server(line, 1, id) < 0 ||
	    sd_bus_add_filter(line, NULL, on_call, NULL) < 0 ||
	    sd_bus_start(line) < 0)
		_exit(1);
	for (;;) {
		int r = sd_bus_process(line, NULL);

		if (r < 0)
			break;
		if (r == 0)
			sd_bus_wait(line, UINT64_MAX);
	}
	sd_bus_close_unref(line);
}

static void stand_in_start(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int                fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s/bus", root);
	snprintf(address, sizeof address, "unix:path=%s/bus", root);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	stand_in = fork();
	if (stand_in == 0)
		for (;;) {
			int line = accept(fd, NULL, NULL);

			if (line >= 0)
				serve(line);
		}
	close(fd);
}

static void stand_in_end(void)
{
	if (stand_in > 0) {
		kill(stand_in, SIGKILL);
		waitpid(stand_in, NULL, 0);
	}
	stand_in = 0;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(root));
	file("/proc/self/mountinfo", "30 1 0:26 / " GROUPS
	     " rw - cgroup2 cgroup2 rw\n");
	file(GROUPS "/cgroup.controllers", "cpuset cpu io memory\n");
	file("/run/systemd/system/x", "");
	file("/proc/self/cgroup", "0::/system.slice/pqs.service\n");
	file("/proc/7/cgroup", "0::" WEB "\n");
	file(TREE "/cgroup.procs", "7\n");
	file(TREE "/cpu.weight", "100\n");
	file(GROUPS "/system.slice/cpuset.cpus.effective", "0-7\n");
	ck_assert_int_eq(layout_read(root, "pqs", &l), 0);
	feel(WILLING);
	stand_in_start();
	u = units_new(&l, address);
	ck_assert_ptr_nonnull(u);
}

static void teardown(void)
{
	pid_t pid;

	units_free(u);
	stand_in_end();
	pid = fork();
	if (pid == 0)
		execl("/bin/rm", "rm", "-rf", root, (char *)NULL);
	waitpid(pid, NULL, 0);
}

static struct task_id key_of(pid_t pid)
{
	struct task_id key;
	const char    *why;
	bool           alone;

	ck_assert_int_eq(units_key(u, pid, &key, &alone, &why), 0);
	return key;
}

static struct turned set(struct task_id key, enum setting s, int64_t value,
                         const char *cpus)
{
	struct unit_order o;
	struct turned     t;

	ck_assert_int_eq(units_order(u, key, s, value, cpus, &o), 0);
	(void)units_carry_out(u, &o, &t);
	return t;
}

static int64_t value_of(struct task_id key, enum setting s)
{
	char    text[CPU_LIST_MAX];
	int64_t value = -1;

	ck_assert_int_eq(units_read(u, key, s, &value, text, sizeof text), 0);
	return value;
}

START_TEST(a_unit_gets_a_weight_and_nothing_of_its_own_back)
{
	struct task_id key = key_of(7);
	struct turned  t;

	ck_assert_ptr_null(units_lack(u, SETTING_weight));
	ck_assert_int_eq(value_of(key, SETTING_weight), 100);
	t = set(key, SETTING_weight, 300, "");
	ck_assert_str_eq(t.why, "");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_int_eq(t.now, 300);
	ck_assert_str_eq(content("/told"), "web.service 1 CPUWeight 300");
	ck_assert_int_eq(value_of(key, SETTING_weight), 300);
	t = set(key, SETTING_weight, 100, "");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(content("/told"), "web.service 1 CPUWeight -1");
}
END_TEST

START_TEST(limits_are_in_systemds_own_units)
{
	struct task_id key = key_of(7);
	struct turned  t;

	ck_assert_int_eq(value_of(key, SETTING_cpu_limit), VALUE_UNLIMITED);
	t = set(key, SETTING_cpu_limit, 150, "");
	ck_assert_str_eq(content("/told"),
	                 "web.service 1 CPUQuotaPerSecUSec 1500000");
	ck_assert_int_eq(t.now, 150);
	(void)set(key, SETTING_cpu_limit, VALUE_UNLIMITED, "");
	ck_assert_str_eq(content("/told"),
	                 "web.service 1 CPUQuotaPerSecUSec -1");
	t = set(key, SETTING_memory_high, 10000, "");
	ck_assert_int_eq(t.now, 8192);
	ck_assert_str_eq(t.why, "the kernel kept it within bounds");
	t = set(key, SETTING_cpuset, 5, "0-1");
	ck_assert_str_eq(content("/told"), "web.service 1 AllowedCPUs 1:03");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	(void)set(key, SETTING_cpuset, 6, "0-7");
	ck_assert_str_eq(content("/told"), "web.service 1 AllowedCPUs 0:00");
}
END_TEST

START_TEST(whose_unit_may_not_be_touched_is_told)
{
	static const struct {
		const char *group, *why;
	} of[] = {
		{ "0::/\n", "it is in no unit" },
		{ "0::/docker/1\n", "it is in no unit" },
		{ "0::/init.scope\n", "it is systemd's own unit" },
		{ "0::/system.slice/pqs.service/pool-a\n",
		  "it is pqs's own unit" },
		{ "0::/user.slice/user-1.slice/user@1.service/app.slice/"
		  "a.scope\n", "its unit is not the system's but a user's" },
	};
	struct task_id key;
	const char    *why;
	bool           alone;

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		file("/proc/8/cgroup", of[i].group);
		ck_assert_int_eq(units_key(u, 8, &key, &alone, &why), -ENODATA);
		ck_assert_str_eq(why, of[i].why);
	}
	ck_assert_int_eq(units_key(u, 9, &key, &alone, &why), -ESRCH);
}
END_TEST

START_TEST(all_of_a_unit_have_one_key_and_one_alone_is_told)
{
	struct task_id first, second;
	const char    *why;
	bool           alone;

	ck_assert_int_eq(units_key(u, 7, &first, &alone, &why), 0);
	ck_assert(alone);
	ck_assert(units_is_key(first));
	file("/proc/8/cgroup", "0::" WEB "/worker\n");
	file(TREE "/worker/cgroup.procs", "8\n");
	ck_assert_int_eq(units_key(u, 8, &second, &alone, &why), 0);
	ck_assert(!alone);
	ck_assert(task_id_equal(first, second));
	ck_assert_int_eq(units_key(u, 7, &first, &alone, &why), 0);
	ck_assert(!alone);
}
END_TEST

START_TEST(a_refusal_is_told_and_changes_nothing)
{
	struct turned t;

	feel(REFUSES);
	t = set(key_of(7), SETTING_weight, 300, "");
	ck_assert_int_eq(t.effect, EFFECT_DENIED);
	ck_assert_str_eq(t.why, "systemd refuses it");
	ck_assert_int_eq(t.now, 100);
	ck_assert_str_eq(content("/told"), "(none)");
}
END_TEST

/* The one that hangs is replaced by one that does not. */
START_TEST(a_manager_that_hangs_is_waited_for_no_longer_than_that)
{
	struct unit_order o;
	struct turned     t;

	feel(HANGS);
	ck_assert_int_eq(units_order(u, key_of(7), SETTING_weight, 300, "", &o),
	                 0);
	ck_assert(!units_carry_out(u, &o, &t));
	ck_assert_int_eq(t.effect, EFFECT_DENIED);
	ck_assert_str_eq(t.why, "systemd does not answer");
	stand_in_end();
	feel(WILLING);
	ck_assert_int_eq(unlink(address + strlen("unix:path=")), 0);
	stand_in_start();
	ck_assert(units_carry_out(u, &o, &t));
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
}
END_TEST

START_TEST(a_manager_that_was_started_anew_is_found_again)
{
	struct turned t;

	(void)set(key_of(7), SETTING_weight, 300, "");
	stand_in_end();
	ck_assert_int_eq(unlink(address + strlen("unix:path=")), 0);
	stand_in_start();
	t = set(key_of(7), SETTING_weight, 200, "");
	ck_assert_str_eq(t.why, "");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(content("/told"), "web.service 1 CPUWeight 200");
}
END_TEST

START_TEST(it_can_be_asked_whether_systemd_answers)
{
	ck_assert_ptr_null(units_try(u));
	stand_in_end();
	ck_assert_int_eq(unlink(address + strlen("unix:path=")), 0);
	units_free(u);
	u = units_new(&l, address);
	ck_assert_str_eq(units_try(u), "systemd cannot be reached over D-Bus");
	l.systemd = false;
	ck_assert_str_eq(units_try(u), "no systemd runs here");
}
END_TEST

static const struct host_alarm    calm[HOST_PRESSURES];
static const struct host_shortage plenty;

/* The actuator of this machine, which is lent the stand-in's. */
static struct linux_actuator *actuator_begin(struct os *os,
                                             struct interned *sets)
{
	struct linux_options   o = { .events = true, .keeper_fd = -1,
	                             .buffer_bytes = 1 << 20,
	                             .poll_ns = 1000000000, .groups = "",
	                             .pressure = calm, .shortage = &plenty,
	                             .sets = sets };
	struct linux_actuator *a;
	char                   why[200] = "";

	ck_assert_msg(linux_open(&o, os, NULL, NULL, why, sizeof why) == 0,
	              "%s", why);
	a = os->actuator.self;
	units_free(a->units);
	a->units = u;
	a->can |= unit_can(a);
	unit_door(a, &os->actuator);
	ck_assert(os->actuator.unit_key != NULL);
	return a;
}

START_TEST(the_event_loop_does_not_wait_for_systemd)
{
	struct interned       *sets = interned_new();
	struct os              os;
	struct linux_actuator *a = actuator_begin(&os, sets);
	struct actuator       *door = &os.actuator;
	struct task_id         key;
	struct landed          landed;
	struct turned          t;
	struct event           events[EVENTS_PER_STEP];
	int64_t                value;
	const char            *why;
	bool                   alone;

	ck_assert_ptr_null(door->lacks(a, SETTING_weight, 300));
	ck_assert_int_eq(door->unit_key(a, (struct task_id){ 7, 7, 0 },
	                                SETTING_weight, &key, &alone, &why), 0);
	ck_assert_int_eq(door->read(a, key, SETTING_weight, &value), 0);
	ck_assert_int_eq(value, 100);
	door->apply(a, key, SETTING_weight, 300, &t);
	ck_assert_int_eq(t.effect, EFFECT_UNDERWAY);
	while (!door->landed(a, &landed))
		ck_assert_int_ge(os.sensor.next(os.sensor.self, UINT64_MAX,
		                                events, EVENTS_PER_STEP), 0);
	ck_assert(task_id_equal(landed.whom, key));
	ck_assert_int_eq(landed.turned.effect, EFFECT_APPLIED);
	ck_assert_int_eq(landed.turned.now, 300);
	value = interned_read_cpus(sets, "0-1");
	door->finish(a);                /* from now on it is waited for       */
	door->apply(a, key, SETTING_cpuset, value, &t);
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(content("/told"), "web.service 1 AllowedCPUs 1:03");
	linux_close(&os);
	u = NULL;
	interned_free(sets);
}
END_TEST

START_TEST(without_a_bus_that_is_the_reason)
{
	struct turned t;

	stand_in_end();
	ck_assert_int_eq(unlink(address + strlen("unix:path=")), 0);
	t = set(key_of(7), SETTING_weight, 300, "");
	ck_assert_int_eq(t.effect, EFFECT_DENIED);
	ck_assert_str_eq(t.why, "systemd cannot be reached over D-Bus");
}
END_TEST

START_TEST(a_unit_of_that_name_in_another_group_is_a_stranger)
{
	struct turned t;

	feel(IS_OF_ANOTHER_GROUP);
	t = set(key_of(7), SETTING_weight, 300, "");
	ck_assert_int_eq(t.effect, EFFECT_DENIED);
	ck_assert_str_eq(t.why, "its unit is gone");
	ck_assert_str_eq(content("/told"), "(none)");
}
END_TEST

/* Else it would have that when it is started again. */
START_TEST(a_unit_that_was_stopped_gets_its_value_back_all_the_same)
{
	struct task_id key = key_of(7);
	struct turned  t;
	char           text[CPU_LIST_MAX];
	int64_t        value;

	(void)set(key, SETTING_weight, 300, "");
	feel(KNOWS_NO_UNIT);
	units_free(u);
	u = units_new(&l, address);
	file("/run/systemd/system.control/web.service.d/50-CPUWeight.conf", "");
	ck_assert_int_eq(units_read(u, key, SETTING_weight, &value, text,
	                            sizeof text), -ENODATA);
	t = set(key, SETTING_weight, 100, "");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(content("/told"), "web.service 1 CPUWeight -1");
}
END_TEST

static void stop(void)
{
	char command[256];

	snprintf(command, sizeof command, "rm -r '%s" TREE "'", root);
	ck_assert_int_eq(system(command), 0);
}

/* Its group was there when it was looked at. */
START_TEST(a_unit_that_stops_meanwhile_gets_its_value_back_too)
{
	struct task_id    key = key_of(7);
	struct unit_order o;
	struct turned     t;

	(void)set(key, SETTING_weight, 300, "");
	ck_assert_int_eq(units_order(u, key, SETTING_weight, 100, "", &o), 0);
	stop();
	feel(SEES_IT_STOPPED);
	ck_assert(units_carry_out(u, &o, &t));
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(content("/told"), "web.service 1 CPUWeight -1");
}
END_TEST

START_TEST(of_a_unit_that_will_never_run_again_nothing_is_left)
{
	struct unit_order o;
	struct turned     t;

	ck_assert_int_eq(units_order(u, key_of(7), SETTING_weight, 100, "", &o),
	                 0);
	stop();
	feel(HAS_FORGOTTEN_IT);
	ck_assert(units_carry_out(u, &o, &t));
	ck_assert_int_eq(t.effect, EFFECT_GONE);
}
END_TEST

/* As nobody would know of it afterwards. */
START_TEST(what_reaches_no_group_is_taken_back)
{
	struct turned t;

	feel(HAS_NO_CONTROLLER);
	t = set(key_of(7), SETTING_weight, 300, "");
	ck_assert_int_eq(t.effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(t.why, "systemd took it, but the unit's group has no "
	                 "such controller");
	ck_assert_str_eq(content("/told"), "web.service 1 CPUWeight -1");
}
END_TEST

/* Who does not run any more makes room for the next. */
START_TEST(as_many_units_are_known_as_can_be)
{
	struct task_id key;
	const char    *why;
	bool           alone;
	char           text[128];

	for (int i = 0; i <= UNITS_MAX; i++) {
		snprintf(text, sizeof text, "0::/system.slice/a%d.service\n", i);
		file("/proc/8/cgroup", text);
		snprintf(text, sizeof text, GROUPS "/system.slice/a%d.service"
		         "/cgroup.procs", i);
		file(text, "8\n");
		ck_assert_int_eq(units_key(u, 8, &key, &alone, &why),
		                 i < UNITS_MAX ? 0 : -ENODATA);
	}
	ck_assert_str_eq(why, "too many units have settings of ours");
	snprintf(text, sizeof text, "%s" GROUPS "/system.slice/a9.service/"
	         "cgroup.procs", root);
	ck_assert_int_eq(unlink(text), 0);
	*strrchr(text, '/') = '\0';
	ck_assert_int_eq(rmdir(text), 0);
	ck_assert_int_eq(units_key(u, 8, &key, &alone, &why), 0);
}
END_TEST

int main(void)
{
	Suite   *s = suite_create("os/linux: units");
	TCase   *c = tcase_create("units");
	SRunner *r = srunner_create(s);
	int      failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_unit_gets_a_weight_and_nothing_of_its_own_back);
	tcase_add_test(c, limits_are_in_systemds_own_units);
	tcase_add_test(c, whose_unit_may_not_be_touched_is_told);
	tcase_add_test(c, all_of_a_unit_have_one_key_and_one_alone_is_told);
	tcase_add_test(c, a_refusal_is_told_and_changes_nothing);
	tcase_add_test(c, a_manager_that_hangs_is_waited_for_no_longer_than_that);
	tcase_add_test(c, a_manager_that_was_started_anew_is_found_again);
	tcase_add_test(c, it_can_be_asked_whether_systemd_answers);
	tcase_add_test(c, the_event_loop_does_not_wait_for_systemd);
	tcase_add_test(c, without_a_bus_that_is_the_reason);
	tcase_add_test(c, a_unit_of_that_name_in_another_group_is_a_stranger);
	tcase_add_test(c,
	               a_unit_that_was_stopped_gets_its_value_back_all_the_same);
	tcase_add_test(c, a_unit_that_stops_meanwhile_gets_its_value_back_too);
	tcase_add_test(c, of_a_unit_that_will_never_run_again_nothing_is_left);
	tcase_add_test(c, what_reaches_no_group_is_taken_back);
	tcase_add_test(c, as_many_units_are_known_as_can_be);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
