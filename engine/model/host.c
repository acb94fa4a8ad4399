/* host.c -- the names of facts about the machine, and of their values. */

#include "model/host.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/nearest.h"

const struct host_row host_rows[HOST_COUNT] = {
#define HOST(name, type, text) { #name, HOST_TYPE_##type, text },
#include "model/host.def"
#undef HOST
};

static const char *const level_names[HOST_LEVELS] = {
	[HOST_LEVEL_NORMAL]   = "normal",
	[HOST_LEVEL_WARN]     = "warn",
	[HOST_LEVEL_CRITICAL] = "critical",
};

static const char *const bool_names[] = { "false", "true" };

int host_find(const char *name, enum host_fact *ret_fact)
{
	for (int f = 0; f < HOST_COUNT; f++)
		if (strcmp(host_rows[f].name, name) == 0) {
			*ret_fact = (enum host_fact)f;
			return 0;
		}
	return -ENOENT;
}

const char *host_nearest(const char *name)
{
	const char *names[HOST_COUNT];

	for (int f = 0; f < HOST_COUNT; f++)
		names[f] = host_rows[f].name;
	return nearest(name, names, HOST_COUNT);
}

const char *host_level_name(enum host_level level)
{
	return (unsigned)level < HOST_LEVELS ? level_names[level] : "?";
}

/* The names of a fact's values, 0 first. */
static size_t host_names(enum host_fact f, const char *const **ret_names)
{
	bool level = host_rows[f].type == HOST_TYPE_LEVEL;

	*ret_names = level ? level_names : bool_names;
	return level ? HOST_LEVELS : 2;
}

int host_parse(enum host_fact f, const char *text, int64_t *ret_value)
{
	const char *const *names;
	size_t             n = host_names(f, &names);

	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0) {
			*ret_value = (int64_t)i;
			return 0;
		}
	return -EINVAL;
}

const char *host_print(enum host_fact f, int64_t value)
{
	const char *const *names;
	size_t             n = host_names(f, &names);

	return value >= 0 && (uint64_t)value < n ? names[value] : "?";
}
