/* setting.c -- the rows of setting.def, found by name. */

#include "model/setting.h"

#include <errno.h>
#include <string.h>

#include "base/nearest.h"

const struct setting_row setting_rows[SETTING_COUNT] = {
#define SETTING(name, kind, type, low, high, scope, power, text) \
	{ #name, SETTING_KIND_##kind, SETTING_TYPE_##type, low, high, \
	  SETTING_SCOPE_##scope, power, text },
#include "model/setting.def"
#undef SETTING
};

uint64_t setting_knobs(void)
{
	uint64_t set = 0;

	for (int s = 0; s < SETTING_COUNT; s++)
		if (setting_rows[s].kind == SETTING_KIND_KNOB)
			set |= SETTING_BIT(s);
	return set;
}

/* A dozen rows: a table by hash would cost more than it saves. */
int setting_find(const char *name, enum setting *ret_setting)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		if (strcmp(setting_rows[s].name, name) == 0) {
			*ret_setting = (enum setting)s;
			return 0;
		}
	return -ENOENT;
}

/* Intents and parts may be meant as well as knobs. */
const char *setting_nearest(const char *name)
{
	const char *names[SETTING_COUNT];

	for (int s = 0; s < SETTING_COUNT; s++)
		names[s] = setting_rows[s].name;
	return nearest(name, names, SETTING_COUNT);
}
