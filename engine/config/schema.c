/* schema.c -- the table of keys, and what one row can be asked. */

#include "config/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FIELD(member) offsetof(struct config, member), \
                      sizeof(((struct config *)0)->member)
#define KEY(path, type, member, low, high, initial, meaning) \
	{ path, KEY_TYPE_##type, FIELD(member), low, high, initial, NULL, \
	  meaning }
#define PLAIN(path, type, member, initial, meaning) \
	KEY(path, type, member, NULL, NULL, initial, meaning)
/* Its default depends: what it is, in words. */
#define MADE(path, type, member, otherwise, meaning) \
	{ path, KEY_TYPE_##type, FIELD(member), NULL, NULL, NULL, otherwise, \
	  meaning }

#define ALARM(section, of, what, warn_from, critical_from) \
	KEY(section ".warn", SHARE, pressure[HOST_PRESSURE_##of].warn, \
	    "0.01%", "100%", warn_from, \
	    "from this share of waiting time on, " what " pressure is warn"), \
	KEY(section ".critical", SHARE, pressure[HOST_PRESSURE_##of].critical, \
	    "0.01%", "100%", critical_from, \
	    "from this share of waiting time on, it is critical"), \
	KEY(section ".period", TIME, pressure[HOST_PRESSURE_##of].period_ns, \
	    "1ms", "10s", "100ms", \
	    "between two readings while pressure lasts")

#define LIMIT(of, member, at_once_, each_, what) \
	KEY("limits." of "_at_once", NUMBER, limits.member.at_once, \
	    "1", "1000000", at_once_, \
	    "changes of " what " that need not wait"), \
	KEY("limits." of "_each", TIME, limits.member.each_ns, \
	    "0s", "1h", each_, \
	    "then one change in each of these; 0s: no limit")

/* The rows of one section stand together: keys_below() relies on it. */
const struct key config_keys[] = {
	MADE("rules.vendor", FOLDERS, rules[LAYER_VENDOR],
	     PQS_SHARE "/rules", "rules that came with pqs"),
	MADE("rules.distro", FOLDERS, rules[LAYER_DISTRO],
	     "none", "rules of the distribution"),
	MADE("rules.admin", FOLDERS, rules[LAYER_ADMIN],
	     "/etc/pqs/rules", "rules of this machine's admin"),
	MADE("rules.user", FOLDERS, rules[LAYER_USER],
	     "none for root; else pqs/rules in $XDG_CONFIG_HOME or ~/.config",
	     "rules of the user who runs pqs"),
	MADE("rules.users", HOME, users_rules,
	     "~/.config/pqs/rules for root, else none",
	     "each user's own rules, for that user's processes; {uid} is the "
	     "user's number"),
	MADE("journal", PATH, journal,
	     "/run/pqs for root; else pqs in $XDG_RUNTIME_DIR, or /tmp/pqs-UID",
	     "folder of the journal, from which values are put back"),
	MADE("control.socket", PATH, control.socket,
	     "control.sock in the folder of the journal",
	     "where a running pqs is asked; the folder must be pqs's alone to "
	     "write in"),
	MADE("control.group", GROUP, control.group, "none",
	     "whose members may do all that root may ask of a running pqs"),
	MADE("state", PATH, state,
	     "/var/lib/pqs for root; else pqs in $XDG_STATE_HOME or "
	     "~/.local/state",
	     "folder of the last good rules, for a start with broken ones"),
	PLAIN("reload.watch", BOOL, reload.watch, "true",
	      "rule files that change are read by themselves"),
	PLAIN("reload.run_tests", BOOL, reload.run_tests, "false",
	      "rules whose own tests fail are refused"),
	MADE("reload.max_changes", MOST, reload.max_changes, "none",
	     "rules that would change more processes and threads at once are "
	     "refused"),
	KEY("reload.health", TIME, reload.health_ns, "0s", "1h", "10s",
	    "how long new rules are on probation; 0s: not at all"),
	PLAIN("observe", BOOL, observe, "false",
	      "decide and print, but turn nothing; as --observe"),
	PLAIN("control_groups", BOOL, control_groups, "true",
	      "pools are made of control groups; false: there are no pools, and "
	      "processes are limited and frozen by signals"),
	PLAIN("log", FORMAT, log_json, "text",
	      "what a change is printed as, as --log; or the keys below"),
	PLAIN("log.format", FORMAT, log_json, "text",
	      "what a change is printed as; as --log"),
	MADE("log.file", PATH, log.file, "none",
	     "where changes are written down as well, as lines of JSON"),
	KEY("log.max_size", SIZE, log.max_bytes, "64KiB", "1GiB", "16MiB",
	    "of that file; then it becomes FILE.1, and another is begun"),
	KEY("log.keep", NUMBER, log.keep, "1", "100", "4",
	    "how many such files there are at most"),
	/* it sets several fields, of which this is the first */
	MADE("allow", ALLOW, allow_init, "none",
	     "what may be changed although it is protected otherwise"),

	ALARM("memory_pressure", MEMORY, "memory", "10%", "40%"),
	KEY("memory_pressure.left_warn", SHARE, shortage.left_warn,
	    "0%", "100%", "5%",
	    "with less than this share of memory left it is warn"),
	KEY("memory_pressure.left_critical", SHARE, shortage.left_critical,
	    "0%", "100%", "2%", "with less than this it is critical"),
	KEY("memory_pressure.lasts_warn", TIME, shortage.lasts_warn_ns,
	    "0s", "1min", "5s",
	    "when what is left is gone sooner, as fast as it shrinks, it is "
	    "warn; 0s: never"),
	KEY("memory_pressure.lasts_critical", TIME, shortage.lasts_critical_ns,
	    "0s", "1min", "2s", "when it is gone sooner than this, critical"),
	MADE("memory_pressure.groups", FOLDERS, memory_groups, "none",
	     "control groups with a limit whose memory counts too, as in "
	     "/proc/PID/cgroup"),
	ALARM("cpu_pressure",    CPU,    "CPU",    "40%", "80%"),
	ALARM("io_pressure",     IO,     "I/O",    "25%", "60%"),

	KEY("events.fifo_priority", NUMBER, events.fifo_priority,
	    "0", "99", "1",
	    "the event thread runs under SCHED_FIFO with this; 0: it stays "
	    "ordinary"),
	KEY("events.budget", SHARE, events.budget, "1%", "100%", "20%",
	    "of each window that it may use so"),
	KEY("events.window", TIME, events.window_ns, "1ms", "10s", "100ms",
	    "that window"),
	KEY("events.buffer", SIZE, events.buffer_bytes, "4KiB", "1GiB", "8MiB",
	    "room for kernel events that are not yet read"),
	KEY("events.poll", TIME, events.poll_ns, "10ms", "1h", "250ms",
	    "how often /proc is listed where the kernel refuses to tell "
	    "events"),

	PLAIN("worker.user", NAME, worker.user, "nobody",
	      "whom the rules worker runs as when root starts pqs; not root"),
	KEY("worker.question_cpu", TIME, worker.question_cpu_ns,
	    "1ms", "10s", "50ms", "CPU time for one question"),
	KEY("worker.question_wall", TIME, worker.question_wall_ns,
	    "10ms", "1min", "2s", "time by the clock for one question"),
	KEY("worker.load_wall", TIME, worker.load_wall_ns,
	    "100ms", "10min", "20s", "time for reading all rules"),
	KEY("worker.back_off", TIME, worker.back_off_ns,
	    "1ms", "1min", "100ms",
	    "pause before a lost worker is replaced; doubled up to 64 times"),
	KEY("worker.strikes", NUMBER, worker.strikes, "1", "1000", "3",
	    "workers lost over a rule until it is asked no more"),

	LIMIT("task", task, "20", "1s", "one task"),
	LIMIT("rule", rule, "2000", "10ms", "what one rule wants"),
	LIMIT("machine", machine, "8000", "1ms", "all tasks together"),
	KEY("limits.dwell", TIME, limits.dwell_ns, "0s", "1h", "100ms",
	    "how long a setting of a task stays before it is changed again"),

	PLAIN("exec_guard.enabled", BOOL, exec_guard.enabled, "false",
	      "programs that rules name exactly wait at their start until they "
	      "have their settings"),
	KEY("exec_guard.deadline", TIME, exec_guard.deadline_ns,
	    "1ms", "100ms", "20ms", "no program waits longer"),
	KEY("realtime.share", SHARE, realtime_share, "0%", "95%", "50%",
	    "of all CPUs, what threads with realtime may compute together"),
	KEY("answer_wait", TIME, answer_wait_ns, "0s", "1s", "20ms",
	    "how long a first verdict waits for functions and slow facts, and a "
	    "handler for these"),
	MADE("options", OPTIONS, options, "none",
	     "values that rules ask for with option(); \"folder/name\" is for "
	     "the files of that folder"),
	MADE("qos", ROWS, intents.qos, "the table of pqs-rules(7)",
	     "what a service class stands for; knobs that are not named keep "
	     "their value"),
	MADE("role", ROWS, intents.role, "the table of pqs-rules(7)",
	     "what a role stands for"),
	MADE("io", ROWS, intents.io, "the table of pqs-rules(7)",
	     "what a tier of I/O stands for"),
	MADE("suppress", ROW, intents.suppress, "the table of pqs-rules(7)",
	     "what suppressing stands for"),
};

const size_t config_keys_count = sizeof(config_keys) / sizeof(config_keys[0]);

/* What each type takes; only those whose values are numbers are parsed here. */
static const struct {
	const char *noun;
	int       (*parse)(const char *text, int64_t *ret_value);
} types[KEY_TYPES] = {
	[KEY_TYPE_NUMBER] = { "a whole number", text_number },
	[KEY_TYPE_SHARE]  = { "a share",        text_percent },
	[KEY_TYPE_TIME]   = { "a time",         text_duration },
	[KEY_TYPE_SIZE]   = { "a size",         text_size },
	[KEY_TYPE_BOOL]    = { "true or false", NULL },
	[KEY_TYPE_FORMAT]  = { "text or json", NULL },
	[KEY_TYPE_PATH]    = { "an absolute path", NULL },
	[KEY_TYPE_FOLDERS] = { "an absolute path, or a list of them", NULL },
	[KEY_TYPE_NAME]    = { "a name", NULL },
	[KEY_TYPE_HOME]    = { "a path from / or ~/ on, or none", NULL },
	[KEY_TYPE_GROUP]   = { "a group's name, or none", NULL },
	[KEY_TYPE_MOST]    = { "none, a number or a share", NULL },
	[KEY_TYPE_ALLOW]   = { "a list of pid1, kernel_threads, realtime",
	                       NULL },
	[KEY_TYPE_OPTIONS] = { "names and their values", NULL },
	[KEY_TYPE_ROW]     = { "knobs and their values", NULL },
	[KEY_TYPE_ROWS]    = { "for each class, knobs and their values", NULL },
};

const struct key *key_find(const char *path)
{
	for (size_t i = 0; i < config_keys_count; i++)
		if (strcmp(config_keys[i].path, path) == 0)
			return &config_keys[i];
	return NULL;
}

/* What of the path lies below the section, or NULL. */
static const char *path_below(const char *path, const char *section)
{
	size_t n = strlen(section);

	if (n == 0)
		return path;
	return strncmp(path, section, n) == 0 && path[n] == '.' ?
	       path + n + 1 : NULL;
}

/* A section's name comes up once for each of its rows, in a row. */
size_t keys_below(const char *section, char (*ret_names)[KEY_NAME_MAX],
                  size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < config_keys_count && n < max; i++) {
		const char *name = path_below(config_keys[i].path, section);

		if (name == NULL)
			continue;
		text_copy_bytes(ret_names[n], KEY_NAME_MAX, name,
		                strcspn(name, "."));
		if (n == 0 || strcmp(ret_names[n - 1], ret_names[n]) != 0)
			n++;
	}
	return n;
}

bool key_is_section(const char *path)
{
	char name[1][KEY_NAME_MAX];

	return keys_below(path, name, 1) > 0;
}

int key_parse(const struct key *k, const char *text, int64_t *ret_value)
{
	int64_t value, low, high;
	int     r = types[k->type].parse(text, &value);

	if (r < 0)
		return r;
	/* The bounds are texts of ours; a bad one lets no value through. */
	if (types[k->type].parse(k->low, &low) < 0 ||
	    types[k->type].parse(k->high, &high) < 0)
		return -EINVAL;
	if (value < low || value > high)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

const char *key_takes(const struct key *k, char *out, size_t size)
{
	if (k->low == NULL)
		text_copy(out, size, types[k->type].noun);
	else
		snprintf(out, size, "%s from %s to %s", types[k->type].noun,
		         k->low, k->high);
	return out;
}

void key_store(const struct key *k, int64_t value, struct config *c)
{
	char *field = (char *)c + k->at;
	bool  truth = value != 0;
	int   number = (int)value;      /* its bounds are an int's */

	if (k->size == sizeof(truth))
		memcpy(field, &truth, sizeof(truth));
	else if (k->size == sizeof(number))
		memcpy(field, &number, sizeof(number));
	else
		memcpy(field, &value, sizeof(value));
}
