/* settable.c -- what can be set by hand on a task, by that visitor. */

#include "control/settable.h"

#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "control/verb.h"
#include "model/interned.h"
#include "rights.h"


static int refuse_setting(struct session *s, const char *name)
{
	const char *near = setting_nearest(name);

	return session_refuse(s, REFUSAL_UNKNOWN, "there is no setting "
	                      "'%.40s'%s%s%s", name,
	                      near == NULL ? "" : "; did you mean '",
	                      near == NULL ? "" : near,
	                      near == NULL ? "" : "'?");
}

/* What can be set for a time, by hand, on that task, by that visitor. */
static int check_setting(struct session *s, const struct task *who,
                         enum setting setting)
{
	const struct setting_row *row = &setting_rows[setting];

	if (!s->commands && (rights_never() & SETTING_BIT(setting)) != 0)
		return session_refuse(s, REFUSAL_DENIED, "'%s' is not for a "
		                      "user to set", row->name);
	if (!row->undoable)
		return session_refuse(s, REFUSAL_WRONG, "'%s' is done once; it "
		                      "cannot be set for a time", row->name);
	if (row->kind == SETTING_KIND_PART)
		return session_refuse(s, REFUSAL_WRONG, "'%s' is part of "
		                      "sched: \"sched=fifo:10\"", row->name);
	if (row->scope != SETTING_SCOPE_THREAD && task_id_is_thread(who->id))
		return session_refuse(s, REFUSAL_WRONG, "'%s' is for a whole "
		                      "process: PID", row->name);
	if ((setting == SETTING_realtime || setting == SETTING_precedence) &&
	    !task_id_is_thread(who->id))
		return session_refuse(s, REFUSAL_WRONG, "'%s' is for single "
		                      "threads: PID/TID", row->name);
	return 0;
}

/* A pool is one that rules speak of: a name that nobody has is a mistake. */
static int check_pool(struct session *s, const char *name)
{
	size_t      bytes, n = 0;
	const void *image = ruleset_image(
		s->control->engine->voice[VOICE_SYSTEM].rules, &bytes);
	const char *near, *names[POOLS_MAX];

	for (uint32_t i = 0; i < image_count(image, IMAGE_POOLS); i++) {
		const struct image_pool *p =
			IMAGE_AT(image, IMAGE_POOLS, image_pool, i);
		const char *known = image_text_of(image, p->name);

		if (strcmp(known, name) == 0)
			return 0;
		if (n < POOLS_MAX)
			names[n++] = known;
	}
	near = nearest(name, names, n);
	return session_refuse(s, REFUSAL_UNKNOWN, "there is no pool "
	                      "'%.40s'%s%s%s", name,
	                      near == NULL ? "" : "; did you mean '",
	                      near == NULL ? "" : near,
	                      near == NULL ? "" : "'?");
}

/* Sets of CPUs are kept for good, so that they must not be a user's to invent
 * without end. */
static int parse_value(struct session *s, enum setting setting,
                       const char *text, int64_t *ret_value)
{
	struct control  *c = s->control;
	struct interned *sets = c->engine->sets;
	size_t           before = interned_count(sets);
	char             takes[VALUE_TEXT_MAX];

	if (!s->commands && setting_is_interned(setting) &&
	    c->sets_of_users >= SETS_OF_USERS_MAX)
		return session_refuse(s, REFUSAL_UNREADY, "too many different "
		                      "sets of CPUs were set by users");
	if (setting_parse(setting, text, sets, ret_value) < 0)
		return session_refuse(s, REFUSAL_WRONG, "'%s' takes %s, not "
		                      "'%.40s'", setting_rows[setting].name,
		                      setting_takes(setting, takes,
		                                    sizeof takes), text);
	if (!s->commands)
		c->sets_of_users += interned_count(sets) - before;
	return 0;
}

/* "nice=5", or "nice=" to take it back. */
static int read_pair(struct session *s, const struct task *who,
                     const char *pair, struct settable *q)
{
	char         name[64];
	const char  *equals = strchr(pair, '=');
	enum setting setting;
	int64_t      value = 0;

	if (equals == NULL)
		return session_refuse(s, REFUSAL_WRONG, "'%.40s' is no "
		                      "name=value", pair);
	text_copy_bytes(name, sizeof name, pair, (size_t)(equals - pair));
	if (setting_find(name, &setting) < 0)
		return refuse_setting(s, name);
	if (check_setting(s, who, setting) < 0)
		return -EINVAL;
	if (equals[1] == '\0') {
		q->forget |= SETTING_BIT(setting);
		return 0;
	}
	if (setting == SETTING_pool && strcmp(equals + 1, "untouched") != 0 &&
	    check_pool(s, equals + 1) < 0)
		return -EINVAL;
	if (parse_value(s, setting, equals + 1, &value) < 0)
		return -EINVAL;
	want_set(&q->want, setting, value);
	return 0;
}

int settable_read(struct session *s, const struct task *who,
                  struct settable *ret)
{
	const struct json_field *f = json_find(&s->ask, "set");
	const char              *pair = f->text;

	*ret = (struct settable){ .forget = 0 };
	if (f->number == 0)
		return session_refuse(s, REFUSAL_WRONG, "set what?");
	for (int64_t i = 0; i < f->number; i++) {
		if (read_pair(s, who, pair, ret) < 0)
			return -EINVAL;
		pair += strlen(pair) + 1;
	}
	return 0;
}
