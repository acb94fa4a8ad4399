/* config.h -- pqs.yaml as a struct.
 *
 * Everything has a default, so no file is needed.  Keys are strict: an unknown
 * one is an error with its line and the nearest known name.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "model/host.h"
#include "model/layer.h"
#include "model/option.h"
#include "model/intent.h"

#define CONFIG_PATH_MAX 512

struct config_folders {
	size_t count;
	char   path[CONFIG_FOLDERS_MAX][CONFIG_PATH_MAX];
};

/* A bound that may be a number, or a share in hundredths of a percent. */
struct config_most {
	int64_t most;                   /* INT64_MAX: none                    */
	bool    share;
};

/* Shares of the time in hundredths of a percent; times in nanoseconds. */
struct config {
	struct config_folders rules[LAYERS];
	char     users_rules[CONFIG_PATH_MAX];  /* each user's own; "": none  */
	char     journal[CONFIG_PATH_MAX];      /* folder                     */
	struct {
		char socket[CONFIG_PATH_MAX];   /* "": in the journal's folder */
		char group[64];                 /* who may command; "": none  */
	} control;
	char     state[CONFIG_PATH_MAX];        /* folder of what was good    */
	struct {
		bool    run_tests, watch;
		struct config_most max_changes;
		int64_t health_ns;
	} reload;
	bool     observe;
	bool     control_groups;
	bool     log_json;
	struct {
		char    file[CONFIG_PATH_MAX];  /* "": none                   */
		int64_t max_bytes, keep;
	} log;
	bool     allow_init, allow_kernel_threads, allow_realtime;
	struct host_alarm pressure[HOST_PRESSURES];
	struct host_shortage shortage;
	struct config_folders memory_groups;    /* as in /proc/PID/cgroup     */
	struct {
		int     fifo_priority;          /* 0: stay SCHED_OTHER        */
		int64_t budget;                 /* permyriad of each window   */
		int64_t window_ns;
		int64_t buffer_bytes;           /* of the proc connector      */
		int64_t poll_ns;                /* where /proc must be polled */
	} events;
	struct {
		char    user[64];               /* whom the rules worker is   */
		int64_t question_cpu_ns, question_wall_ns, load_wall_ns;
		int64_t back_off_ns;
		int64_t strikes;
	} worker;
	struct {
		bool    enabled;
		int64_t deadline_ns;
	} exec_guard;
	int64_t  realtime_share;                /* permyriad of all CPUs      */
	int64_t  answer_wait_ns;                /* of a first verdict: 20 ms  */
	struct {
		struct {
			int64_t at_once, each_ns;
		} task, rule, machine;
		int64_t dwell_ns;
	} limits;                               /* of changes                 */
	struct rule_options options;            /* of rules                   */
	struct intents intents;
};

/* The defaults for root, or for a user (journal in $XDG_RUNTIME_DIR, rules in
 * $XDG_CONFIG_HOME/pqs/rules). */
void config_defaults(struct config *c, bool as_root);

/* Changes *c by what the file says.  0, or -errno with every mistake as
 * "file:line: sentence\n" in why (then *c is untouched).  sets interns the CPU
 * lists of the tables of intents. */
int config_read(const char *path, struct interned *sets, struct config *c,
                char *why, size_t why_size);

#endif
