/* managed.c -- pqs as systemd runs it, and other units beside it. */

#include "managed.h"

#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DROP_INS "/run/systemd/system/pqs.service.d"

struct running r;
char           managed_said[1 << 16];

static int run(const char *line)
{
	FILE  *f = popen(line, "r");
	size_t n;
	int    status;

	ck_assert_ptr_nonnull(f);
	n = fread(managed_said, 1, sizeof managed_said - 1, f);
	managed_said[n] = '\0';
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int managed_run(const char *format, ...)
{
	char    line[1024], all[1100];
	va_list arguments;
	int     status;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	snprintf(all, sizeof all, "{ %s; } 2>&1", line);
	status = run(all);
	printf("$ %s\n%s", line, managed_said);
	if (status != 0)
		printf("exit %d\n", status);
	return status;
}

static void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_msg(f != NULL, "cannot write %s", path);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* By a rename, so that no half of it is ever read. */
void managed_rules(const char *rules)
{
	write_to("/etc/pqs/vm.lua", rules);
	ck_assert_int_eq(rename("/etc/pqs/vm.lua", "/etc/pqs/rules/vm.lua"),
	                 0);
}

void managed_drop_in(const char *lines)
{
	char text[1024];

	snprintf(text, sizeof text, "[Service]\n%s\n", lines);
	ck_assert_int_eq(managed_run("mkdir -p " DROP_INS), 0);
	write_to(DROP_INS "/vm.conf", text);
	ck_assert_int_eq(managed_run("systemctl daemon-reload"), 0);
}

void managed_end(void)
{
	int dropped = access(DROP_INS, F_OK) == 0;

	managed_run("systemctl stop pqs 'vm-*.service'");
	managed_run("systemctl reset-failed pqs 2>/dev/null");
	managed_run("rm -rf " DROP_INS " /etc/pqs /var/lib/pqs /tmp/pqs-e2e-*");
	if (dropped)
		managed_run("systemctl daemon-reload");
	r.keeper = 0;
}

void managed_begin(const char *rules, const char *yaml)
{
	char config[1024];

	setenv("SYSTEMD_PAGER", "", 1);
	setenv("SYSTEMD_COLORS", "0", 1);
	setenv("COLUMNS", "300", 1);
	managed_end();
	running_prepare(&r, NULL, "");
	ck_assert_int_eq(managed_run("mkdir -p /etc/pqs/rules"), 0);
	snprintf(config, sizeof config, "rules:\n  vendor: []\n%s", yaml);
	write_to("/etc/pqs/pqs.yaml", config);
	managed_rules(rules);
}

const char *managed_property(const char *unit, const char *name)
{
	char line[256];

	snprintf(line, sizeof line, "systemctl show -P %s %s", name, unit);
	ck_assert_int_eq(run(line), 0);
	managed_said[strcspn(managed_said, "\n")] = '\0';
	return managed_said;
}

bool managed_is(const char *unit, const char *name, const char *value)
{
	return strcmp(managed_property(unit, name), value) == 0;
}

double managed_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void managed_look(void)
{
	r.keeper = atoi(managed_property("pqs", "MainPID"));
	ck_assert_int_gt(r.keeper, 1);
	ck_assert(BEFORE_LONG((r.core = running_find_core(&r)) > 0));
}

void managed_start(void)
{
	ck_assert_int_eq(managed_run("systemctl start pqs"), 0);
	managed_look();
}

pid_t managed_unit(const char *unit, const char *options, const char *program)
{
	pid_t pid;

	ck_assert_int_eq(managed_run("systemd-run -q --unit=%s %s %s", unit,
	                             options, program), 0);
	pid = atoi(managed_property(unit, "MainPID"));
	ck_assert_int_gt(pid, 1);
	ck_assert(BEFORE_LONG(program_ready(pid)));
	return pid;
}

const char *managed_group_file(const char *unit, const char *file)
{
	static char text[256];
	char        path[512];
	FILE       *f;

	snprintf(path, sizeof path, "/sys/fs/cgroup%s/%s",
	         managed_property(unit, "ControlGroup"), file);
	f = fopen(path, "r");
	if (f == NULL || fgets(text, sizeof text, f) == NULL)
		text[0] = '\0';
	if (f != NULL)
		fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return text;
}
