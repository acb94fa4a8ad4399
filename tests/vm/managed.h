/* managed.h -- pqs as 'make install' put it there and systemd runs it, and
 * other units beside it; for tests on a machine of their own. */
#ifndef VM_MANAGED_H
#define VM_MANAGED_H

#include <unistd.h>

#include "running.h"

/* The folder is for programs; keeper and core are systemd's. */
extern struct running r;

/* Takes away what another test may have left, and writes these rules, the only
 * ones, and pqs.yaml with that added (may be ""). */
void managed_begin(const char *rules, const char *yaml);
/* For all tests: ends pqs and the units of managed_unit(). */
void managed_end(void);
/* "systemctl start pqs", which must go well. */
void managed_start(void);
/* Who its keeper and its core are now. */
void managed_look(void);
/* Puts other rules in the place of those before. */
void managed_rules(const char *rules);
/* Lines for [Service] of the unit, besides its own. */
void managed_drop_in(const char *lines);

/* Runs a line of shell: its exit status.  What it says is in managed_said, and
 * the test's own output. */
int managed_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern char managed_said[1 << 16];
/* What "systemctl show" says of a property, until the next call. */
const char *managed_property(const char *unit, const char *name);
bool        managed_is(const char *unit, const char *name, const char *value);

/* EVENTUALLY() for what takes a program to ask: false after a minute, which is
 * "never" here. */
#define BEFORE_LONG(condition) \
	__extension__({ \
		double end_ = managed_seconds() + 60; \
		bool   held_ = false; \
		while (!(held_ = (condition)) && managed_seconds() < end_) \
			usleep(50000); \
		held_; \
	})
/* By a clock that is never set. */
double managed_seconds(void);

/* Starts a program in a transient unit of that name, vm-*.service: its pid.
 * options: those of systemd-run. */
pid_t managed_unit(const char *unit, const char *options, const char *program);
/* The first line of a file of a unit's control group, "" if there is none. */
const char *managed_group_file(const char *unit, const char *file);

#endif
