/* defaults.c -- what holds where the file says nothing. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/schema.h"

static void folder_set(struct config_folders *f, const char *path)
{
	text_copy(f->path[0], CONFIG_PATH_MAX, path);
	f->count = 1;
}

/* A folder that the environment names; only an absolute one is believed. */
static const char *folder_from(const char *variable)
{
	const char *path = getenv(variable);

	return path != NULL && *path == '/' ? path : NULL;
}

/* Writes "base" and "rest" as one path; false when it does not fit.  What
 * stands behind its end is as it was, since what is read twice is
 * compared as bytes. */
static bool path_join(char *out, const char *base, const char *rest)
{
	if (strlen(base) + strlen(rest) >= CONFIG_PATH_MAX)
		return false;
	snprintf(out, CONFIG_PATH_MAX, "%s%s", base, rest);
	return true;
}

/* /run is not a user's to write to. */
static void journal_of_user(char *out)
{
	const char *runtime = folder_from("XDG_RUNTIME_DIR");

	if (runtime == NULL || !path_join(out, runtime, "/pqs"))
		snprintf(out, CONFIG_PATH_MAX, "/tmp/pqs-%u",
		         (unsigned)getuid());
}

static void state_of_user(char *out)
{
	const char *state = folder_from("XDG_STATE_HOME");
	const char *home = folder_from("HOME");

	if ((state == NULL || !path_join(out, state, "/pqs")) &&
	    (home == NULL || !path_join(out, home, "/.local/state/pqs")))
		snprintf(out, CONFIG_PATH_MAX, "/tmp/pqs-%u/state",
		         (unsigned)getuid());
}

/* Without a home there are no rules of the user's own. */
static void rules_of_user(struct config_folders *f)
{
	const char *config = folder_from("XDG_CONFIG_HOME");
	const char *home = folder_from("HOME");

	if (config != NULL)
		f->count = path_join(f->path[0], config, "/pqs/rules");
	else if (home != NULL)
		f->count = path_join(f->path[0], home, "/.config/pqs/rules");
}

/* Read like the file's own text, so a default obeys the bounds as well. */
static void initial_set(const struct key *k, struct config *c)
{
	int64_t value = 0;
	int     r = 0;

	switch (k->type) {
	case KEY_TYPE_NAME:
		text_copy((char *)c + k->at, k->size, k->initial);
		return;
	case KEY_TYPE_BOOL:
		value = strcmp(k->initial, "true") == 0;
		break;
	case KEY_TYPE_FORMAT:
		value = strcmp(k->initial, "json") == 0;
		break;
	default:
		r = key_parse(k, k->initial, &value);
	}
	assert(r == 0);
	(void)r;
	key_store(k, value, c);
}

/* A user works with the machine's rules too: its caps hold for everybody. */
void config_defaults(struct config *c, bool as_root)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].initial != NULL)
			initial_set(&config_keys[i], c);
	intents_default(&c->intents);
	folder_set(&c->rules[LAYER_VENDOR], PQS_SHARE "/rules");
	folder_set(&c->rules[LAYER_ADMIN], "/etc/pqs/rules");
	c->reload.max_changes.most = INT64_MAX;
	if (as_root) {
		text_copy(c->state, sizeof(c->state), "/var/lib/pqs");
		text_copy(c->journal, sizeof(c->journal), "/run/pqs");
		text_copy(c->users_rules, sizeof(c->users_rules),
		          "~/.config/pqs/rules");
	} else {
		journal_of_user(c->journal);
		state_of_user(c->state);
		rules_of_user(&c->rules[LAYER_USER]);
	}
}
