/* setting.c -- the rows of setting.def, found by name. */

#include "model/setting.h"

#include <errno.h>
#include <string.h>

#include "base/nearest.h"

#define UNDO_YES true
#define UNDO_NO  false

const struct setting_row setting_rows[SETTING_COUNT] = {
#define SETTING(name, kind, type, low, high, scope, undo, power, text) \
	{ #name, SETTING_KIND_##kind, SETTING_TYPE_##type, low, high, \
	  SETTING_SCOPE_##scope, UNDO_##undo, power, text },
#include "model/setting.def"
#undef SETTING
};

#define SETTING(name, kind, type, low, high, scope, undo, power, text) \
	| (SETTING_KIND_##kind == KIND ? SETTING_BIT(SETTING_##name) : 0)

uint64_t setting_knobs(void)
{
#define KIND SETTING_KIND_KNOB
	return 0
#include "model/setting.def"
	;
#undef KIND
}

uint64_t setting_intents(void)
{
#define KIND SETTING_KIND_INTENT
	return 0
#include "model/setting.def"
	;
#undef KIND
}
#undef SETTING

#define SETTING(name, kind, type, low, high, scope, undo, power, text) \
	| (SETTING_SCOPE_##scope == SETTING_SCOPE_GROUP ? \
	   SETTING_BIT(SETTING_##name) : 0)

uint64_t setting_grouped(void)
{
	return 0
#include "model/setting.def"
	;
}
#undef SETTING

#define SETTING(name, kind, type, low, high, scope, undo, power, text) \
	| (SETTING_KIND_##kind == SETTING_KIND_KNOB && UNDO_##undo && \
	   (SETTING_SCOPE_##scope == SETTING_SCOPE_THREAD || \
	    SETTING_SCOPE_##scope == SETTING_SCOPE_PROCESS) \
	   ? SETTING_BIT(SETTING_##name) : 0)

uint64_t setting_own(void)
{
	return 0
#include "model/setting.def"
	;
}
#undef SETTING

/* A few dozen rows: a table by hash would cost more than it saves. */
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
