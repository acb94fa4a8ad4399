/* condition_setting.c -- a setting in a match: the value without pqs. */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "book.h"

#define KNOWN_MAX 256           /* of a list of settings in a sentence        */

static struct builder *building(const struct complaints *c)
{
	return c->side->book->builder;
}

/* A setting that a match can look at: a number that the kernel has of the task
 * itself. */
static bool is_matchable(enum setting s)
{
	const struct setting_row *row = &setting_rows[s];

	return row->kind == SETTING_KIND_KNOB && row->undoable &&
	       row->scope != SETTING_SCOPE_GROUP &&
	       row->type != SETTING_TYPE_BOOL &&
	       row->type != SETTING_TYPE_REALTIME && !setting_is_interned(s);
}

static void setting_refuse(enum setting s, struct complaints *c)
{
	char   known[KNOWN_MAX] = "";
	size_t used = 0;

	for (int i = 0; i < SETTING_COUNT; i++)
		if (is_matchable((enum setting)i) && used < sizeof known)
			used += (size_t)snprintf(known + used,
			                         sizeof known - used, "%s%s",
			                         used > 0 ? ", " : "",
			                         setting_rows[i].name);
	complain(c, "%s cannot be matched; of settings only %s can",
	         setting_rows[s].name, known);
}

/* A class of several levels stands for all of them; "fifo" is no "fifo:1". */
static bool class_range(enum setting s, const char *text, int64_t *ret_low,
                        int64_t *ret_high)
{
	static const struct {
		const char *class, *low, *high;
	} classes[] = {
		{ "best-effort", "best-effort:7", "best-effort:0" },
		{ "realtime", "realtime:7", "realtime:0" },
	};

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (setting_rows[s].type == SETTING_TYPE_IONICE &&
		    strcmp(classes[i].class, text) == 0)
			return setting_parse(s, classes[i].low, NULL,
			                     ret_low) == 0 &&
			       setting_parse(s, classes[i].high, NULL,
			                     ret_high) == 0;
	return false;
}

/* The value of one text; of a scheduling class without its parameters. */
static int setting_read(int s, const char *text, int64_t *ret_value)
{
	int64_t value;
	bool    sched = setting_rows[s].type == SETTING_TYPE_SCHED;

	if (setting_parse((enum setting)s, text, NULL, &value) < 0 ||
	    value == VALUE_UNTOUCHED || (sched && strpbrk(text, ":+") != NULL))
		return -EINVAL;
	*ret_value = sched ? (int64_t)sched_class_of(value) : value;
	return 0;
}

/* Numbers are compared with numbers, and all else is written as text. */
static bool limit_fits(const struct limit *l, enum setting s,
                       struct complaints *c)
{
	const struct setting_row *row = &setting_rows[s];
	bool                      number = row->type == SETTING_TYPE_INT;

	if (l->type == LIMIT_NONE)
		return true;
	if ((l->type == LIMIT_NUMBER) != number) {
		complain(c, "%s is compared with %s", row->name,
		         number ? "whole numbers" : "text");
		return false;
	}
	if (!number || (l->number >= row->low && l->number <= row->high))
		return true;
	complain(c, "%s = %lld is outside %lld to %lld", row->name,
	         (long long)l->number, (long long)row->low,
	         (long long)row->high);
	return false;
}

static void setting_text_refuse(const char *text, enum setting s,
                                struct complaints *c)
{
	char takes[VALUE_TEXT_MAX];

	if (setting_rows[s].type == SETTING_TYPE_SCHED &&
	    strpbrk(text, ":+") != NULL)
		complain(c, "a match on %s names classes only, not \"%.60s\"",
		         setting_rows[s].name, text);
	else
		complain(c, "%s knows no \"%.60s\"; it takes %s",
		         setting_rows[s].name, text,
		         setting_takes(s, takes, sizeof takes));
}

static void setting_range_add(const struct word_range *r, enum setting s,
                              struct complaints *c)
{
	const struct measure m = { setting_read, (int)s };
	const char          *text = "";
	int64_t              low, high;
	int                  status;

	if (!limit_fits(&r->low, s, c) || !limit_fits(&r->high, s, c))
		return;
	status = word_range_read(r, &m, &low, &high, &text);
	if (status == -EINVAL)
		setting_text_refuse(text, s, c);
	else if (status < 0 || low > setting_rows[s].high ||
	         high < setting_rows[s].low)
		complain(c, "%s: nothing lies in that range",
		         setting_rows[s].name);
	else
		builder_range(building(c), low, high);
}

static void setting_add(lua_State *L, int idx, const char *name,
                        struct complaints *c, int which)
{
	enum setting             s = (enum setting)which;
	enum setting_type        type = setting_rows[s].type;
	const struct word_range *r = word_of(L, idx, WORD_RANGE);
	struct limit             l = { .type = LIMIT_NUMBER };
	const char              *text;
	char                     given[96];
	int64_t                  low, high;

	if (r != NULL) {
		setting_range_add(r, s, c);
	} else if (lua_isinteger(L, idx) && type == SETTING_TYPE_INT) {
		l.number = lua_tointeger(L, idx);
		if (limit_fits(&l, s, c))
			builder_range(building(c), l.number, l.number);
	} else if (lua_type(L, idx) == LUA_TSTRING &&
	           type != SETTING_TYPE_INT) {
		text = lua_tostring(L, idx);
		if (class_range(s, text, &low, &high))
			builder_range(building(c), low, high);
		else if (setting_read(which, text, &low) == 0)
			builder_range(building(c), low, low);
		else
			setting_text_refuse(text, s, c);
	} else if (word_of(L, idx, WORD_UNKNOWN) == NULL) {
		complain(c, "%s takes %s, a range, or a list of these, not %s",
		         name, type == SETTING_TYPE_INT ? "a whole number"
		                                        : "text",
		         value_name(L, idx, given, sizeof given));
	}
}

/* The value that the setting has without pqs. */
void condition_setting(lua_State *L, int idx, enum setting s,
                       struct complaints *c)
{
	if (!is_matchable(s)) {
		setting_refuse(s, c);
		return;
	}
	builder_condition(building(c), CONDITION_SETTING, (uint32_t)s);
	list_each(L, idx, setting_rows[s].name, c, setting_add, (int)s);
	selector_condition_end(c);
}
