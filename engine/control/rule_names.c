/* rule_names.c -- rules by the names that people ask for them by. */

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "control/verb.h"

static struct voice *next_meant(struct session *s, voice_filter *is_meant,
                                uint32_t *at)
{
	struct voice *v;

	do
		v = voice_next(s->control->engine, at);
	while (v != NULL && (v->rules == NULL || !is_meant(s, v)));
	return v;
}

bool rule_names_has(struct session *s, voice_filter *is_meant,
                    const char *name)
{
	struct voice *v;
	uint32_t      at = 0;

	while ((v = next_meant(s, is_meant, &at)) != NULL)
		for (uint32_t i = 0; i < ruleset_count(v->rules); i++)
			if (strcmp(ruleset_name(v->rules, i), name) == 0)
				return true;
	return false;
}

/* Lent by the rules, or NULL. */
static const char *rule_nearest(struct session *s, voice_filter *is_meant,
                                const char *name)
{
	const char **names = NULL, **more, *near;
	struct voice *v;
	uint32_t      at = 0;
	size_t        n = 0;

	while ((v = next_meant(s, is_meant, &at)) != NULL) {
		size_t count = ruleset_count(v->rules);

		more = count == 0 ? NULL
		       : realloc(names, (n + count) * sizeof *names);
		if (more == NULL)
			continue;
		names = more;
		for (uint32_t i = 0; i < count; i++)
			names[n++] = ruleset_name(v->rules, i);
	}
	near = nearest(name, names, n);
	free(names);
	return near;
}

int rule_names_refuse(struct session *s, voice_filter *is_meant,
                      const char *whose, const char *name)
{
	const char *near = rule_nearest(s, is_meant, name);

	return session_refuse(s, REFUSAL_UNKNOWN, "no rule of %s is called "
	                      "'%.60s'%s%.60s%s", whose, name,
	                      near == NULL ? "" : "; did you mean '",
	                      near == NULL ? "" : near,
	                      near == NULL ? "" : "'?");
}
