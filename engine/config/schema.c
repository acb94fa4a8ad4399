/* schema.c -- the table of keys, and what one row can be asked. */

#include "config/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FIELD(member) offsetof(struct config, member), \
                      sizeof(((struct config *)0)->member)
#define KEY(path, type, member, low, high, initial) \
	{ path, KEY_TYPE_##type, FIELD(member), low, high, initial }
#define PLAIN(path, type, member, initial) \
	KEY(path, type, member, NULL, NULL, initial)

/* The rows of one section stand together: keys_below() relies on it. */
const struct key config_keys[] = {
	PLAIN("rules.vendor", FOLDERS, rules[LAYER_VENDOR], NULL),
	PLAIN("rules.distro", FOLDERS, rules[LAYER_DISTRO], NULL),
	PLAIN("rules.admin",  FOLDERS, rules[LAYER_ADMIN],  NULL),
	PLAIN("rules.user",   FOLDERS, rules[LAYER_USER],   NULL),
	PLAIN("journal", PATH,   journal,  NULL),
	PLAIN("observe", BOOL,   observe,  "false"),
	PLAIN("log",     FORMAT, log_json, "text"),
	/* it sets several fields, of which this is the first */
	PLAIN("allow",   ALLOW,  allow_init, NULL),

	KEY("memory_pressure.warn", SHARE, memory_pressure.warn,
	    "0.01%", "100%", "10%"),
	KEY("memory_pressure.critical", SHARE, memory_pressure.critical,
	    "0.01%", "100%", "40%"),
	KEY("memory_pressure.period", TIME, memory_pressure.period_ns,
	    "1ms", "10s", "100ms"),

	KEY("events.fifo_priority", NUMBER, events.fifo_priority,
	    "0", "99", "1"),
	KEY("events.budget", SHARE, events.budget, "1%", "100%", "20%"),
	KEY("events.window", TIME, events.window_ns, "1ms", "10s", "100ms"),
	KEY("events.buffer", SIZE, events.buffer_bytes, "4KiB", "1GiB", "8MiB"),
	KEY("events.poll", TIME, events.poll_ns, "10ms", "1h", "250ms"),

	PLAIN("worker.user", NAME, worker.user, "nobody"),
	KEY("worker.question_cpu", TIME, worker.question_cpu_ns,
	    "1ms", "10s", "50ms"),
	KEY("worker.question_wall", TIME, worker.question_wall_ns,
	    "10ms", "1min", "2s"),
	KEY("worker.load_wall", TIME, worker.load_wall_ns,
	    "100ms", "10min", "20s"),
	KEY("worker.back_off", TIME, worker.back_off_ns,
	    "1ms", "1min", "100ms"),
	KEY("worker.strikes", NUMBER, worker.strikes, "1", "1000", "3"),

	KEY("answer_wait", TIME, answer_wait_ns, "0s", "1s", "20ms"),
	PLAIN("qos", QOS, qos, NULL),
};

const size_t config_keys_count = sizeof(config_keys) / sizeof(config_keys[0]);

/* The types whose values are numbers; the others have no row. */
static const struct {
	const char *noun;
	int       (*parse)(const char *text, int64_t *ret_value);
} quantities[KEY_TYPES] = {
	[KEY_TYPE_NUMBER] = { "a whole number", text_number },
	[KEY_TYPE_SHARE]  = { "a share",        text_percent },
	[KEY_TYPE_TIME]   = { "a time",         text_duration },
	[KEY_TYPE_SIZE]   = { "a size",         text_size },
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

int key_parse(const struct key *k, const char *text, int64_t *ret_value)
{
	int64_t value, low, high;
	int     r = quantities[k->type].parse(text, &value);

	if (r < 0)
		return r;
	/* The bounds are texts of ours; a bad one lets no value through. */
	if (quantities[k->type].parse(k->low, &low) < 0 ||
	    quantities[k->type].parse(k->high, &high) < 0)
		return -EINVAL;
	if (value < low || value > high)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

const char *key_takes(const struct key *k, char *out, size_t size)
{
	snprintf(out, size, "%s from %s to %s", quantities[k->type].noun,
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
