/* want.c -- reading what a rule wants, and believing none of it. */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "model/interned.h"

#define CLASSES_MAX   16
#define TAKES_MAX     256
#define CPU_LIST_MAX  4096

/* One row of setting.def, or the nearest to what was written. */
bool want_key_read(lua_State *L, int idx, struct complaints *c,
                   enum setting *ret_setting)
{
	char        given[96], clause[128];
	const char *name;

	if (lua_type(L, idx) != LUA_TSTRING) {
		if (!unnamed_was_told(c))
			complain(c, "settings have names, as in nice = 5; "
			         "value %s has none",
			         value_name(L, idx, given, sizeof given));
		return false;
	}
	name = lua_tostring(L, idx);
	c->word = name;
	if (setting_find(name, ret_setting) == 0)
		return true;
	if (belongs(name, clause, sizeof clause) == NULL)
		did_you_mean_it(setting_nearest(name), clause, sizeof clause);
	complain(c, "nobody can want '%.60s'%s", name, clause);
	return false;
}

/* The words in "none, idle, best-effort:0-7", cut out of it. */
static size_t takes_split(char *takes, const char **ret_words)
{
	size_t n = 0;

	for (char *w = strtok(takes, ", "); w != NULL && n < CLASSES_MAX;
	     w = strtok(NULL, ", ")) {
		w[strcspn(w, ":")] = '\0';
		ret_words[n++] = w;
	}
	return n;
}

/* The setting does not know the text: what was meant, or what it takes. */
static void text_refuse(const char *text, enum setting s, struct complaints *c)
{
	enum setting_type type = setting_rows[s].type;
	char              takes[TAKES_MAX], head[64];
	const char       *words[CLASSES_MAX], *meant = NULL;

	setting_takes(s, takes, sizeof takes);
	if (type == SETTING_TYPE_WORD || type == SETTING_TYPE_SCHED ||
	    type == SETTING_TYPE_IONICE) {
		text_copy_bytes(head, sizeof head, text, strcspn(text, ":"));
		meant = nearest(head, words, takes_split(takes, words));
	}
	if (meant != NULL && strcmp(meant, head) != 0) {
		complain(c, "%s knows no \"%.60s\"; did you mean '%s'?",
		         setting_rows[s].name, text, meant);
		return;
	}
	complain(c, "%s knows no \"%.60s\"; it takes %s", setting_rows[s].name,
	         text, setting_takes(s, takes, sizeof takes));
}

/* Text as setting_parse() takes it; what it refuses is explained. */
bool want_text_read(const char *text, enum setting s, struct interned *sets,
                    struct complaints *c, int64_t *ret_value)
{
	char takes[TAKES_MAX];
	int  status = setting_parse(s, text, sets, ret_value);

	if (status == -ERANGE)
		complain(c, "%s = \"%.60s\" is out of range; it takes %s",
		         setting_rows[s].name, text,
		         setting_takes(s, takes, sizeof takes));
	else if (status < 0)
		text_refuse(text, s, c);
	return status == 0;
}

/* Only whole numbers: 5.0 and "5" are signs of a mistake somewhere before. */
static bool int_read(lua_State *L, int idx, enum setting s,
                     struct complaints *c, int64_t *ret_value)
{
	const struct setting_row *row = &setting_rows[s];
	char                      given[96];

	if (!lua_isinteger(L, idx)) {           /* the text "5" is not 5 */
		complain(c, "%s takes a whole number from %lld to %lld, not %s",
		         row->name, (long long)row->low, (long long)row->high,
		         value_name(L, idx, given, sizeof given));
		return false;
	}
	*ret_value = lua_tointeger(L, idx);
	if (*ret_value >= row->low && *ret_value <= row->high)
		return true;
	complain(c, "%s = %lld is outside %lld to %lld", row->name,
	         (long long)*ret_value, (long long)row->low,
	         (long long)row->high);
	return false;
}

/* What a list of CPUs may have: 5, or "llc:1". */
static bool cpu_read(lua_State *L, enum setting s, struct complaints *c,
                     char *ret_text, size_t size)
{
	char given[96];

	if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 0) {
		snprintf(ret_text, size, "%lld",
		         (long long)lua_tointeger(L, -1));
		return true;
	}
	if (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) < size) {
		text_copy(ret_text, size, lua_tostring(L, -1));
		return true;
	}
	complain(c, "%s takes numbers of CPUs and kinds of cores, not %s",
	         setting_rows[s].name,
	         value_name(L, -1, given, sizeof given));
	return false;
}

/* { 0, 1, 4 } as "0,1,4" */
static bool cpus_read(lua_State *L, int idx, struct interned *sets,
                      enum setting s, struct complaints *c, int64_t *ret_value)
{
	char        list[CPU_LIST_MAX] = "", one[24];
	size_t      used = 0;
	lua_Integer n = (lua_Integer)lua_rawlen(L, idx);

	for (lua_Integer i = 1; i <= n; i++) {
		bool fine, room = used + sizeof one <= sizeof list;

		lua_rawgeti(L, idx, i);
		fine = cpu_read(L, s, c, one, sizeof one);
		if (fine && !room)
			complain(c, "%s takes no list as long as this; write "
			         "text such as \"0-3,8\"",
			         setting_rows[s].name);
		lua_pop(L, 1);
		if (!fine || !room)
			return false;
		used += (size_t)snprintf(list + used, sizeof list - used,
		                         "%s%s", i > 1 ? "," : "", one);
	}
	return want_text_read(list, s, sets, c, ret_value);
}

static bool truth_read(lua_State *L, int idx, enum setting s,
                       struct complaints *c, int64_t *ret_value)
{
	char given[96];

	*ret_value = lua_toboolean(L, idx);
	if (lua_isboolean(L, idx))
		return true;
	complain(c, "%s takes true or false, not %s", setting_rows[s].name,
	         value_name(L, idx, given, sizeof given));
	return false;
}

static const char *const time_names[] = { "period", "computation",
                                          "constraint" };
#define TIMES (sizeof time_names / sizeof time_names[0])

/* Which of the three times the key at idx names, or -1. */
static int time_find(lua_State *L, int idx, struct complaints *c)
{
	char        given[96], clause[128];
	const char *name;

	if (lua_type(L, idx) != LUA_TSTRING) {
		complain(c, "realtime has times with names, as in period = "
		         "\"5ms\"; value %s has none",
		         value_name(L, idx, given, sizeof given));
		return -1;
	}
	name = lua_tostring(L, idx);
	for (size_t i = 0; i < TIMES; i++)
		if (strcmp(time_names[i], name) == 0)
			return (int)i;
	complain(c, "realtime has no '%.60s'%s", name,
	         did_you_mean(name, time_names, TIMES, clause, sizeof clause));
	return -1;
}

/* The time at the top of the stack; how long it may be is for the three
 * together to say. */
static bool time_read(lua_State *L, const char *name, struct complaints *c,
                      char *ret_text, size_t size)
{
	char    given[96];
	int64_t ns;

	if (lua_type(L, -1) == LUA_TSTRING &&
	    text_duration(lua_tostring(L, -1), &ns) == 0 && ns % 1000 == 0) {
		text_copy(ret_text, size, lua_tostring(L, -1));
		return true;
	}
	complain(c, "%s takes a time in whole microseconds, like \"5ms\", not "
	         "%s", name, value_name(L, -1, given, sizeof given));
	return false;
}

static bool times_are_whole(char texts[TIMES][32], struct complaints *c)
{
	for (size_t i = 0; i < TIMES; i++)
		if (texts[i][0] == '\0') {
			complain(c, "realtime needs a %s", time_names[i]);
			return false;
		}
	return true;
}

/* { period = "5ms", computation = "1ms", constraint = "4ms" } as
 * "5ms/1ms/4ms" */
static bool times_read(lua_State *L, int idx, enum setting s,
                       struct complaints *c, int64_t *ret_value)
{
	char   texts[TIMES][32] = { "" }, all[sizeof texts];
	size_t before = c->count;

	lua_pushnil(L);
	while (budget_next(L, idx) != 0) {
		int which = time_find(L, -2, c);

		if (which >= 0)
			time_read(L, time_names[which], c, texts[which],
			          sizeof texts[which]);
		lua_pop(L, 1);
	}
	if (c->count > before || !times_are_whole(texts, c))
		return false;
	snprintf(all, sizeof all, "%s/%s/%s", texts[0], texts[1], texts[2]);
	return want_text_read(all, s, NULL, c, ret_value);
}

/* Settings that are neither numbers nor tables are written as text. */
static bool text_read(lua_State *L, int idx, enum setting s,
                      struct interned *sets, struct complaints *c,
                      int64_t *ret_value)
{
	char takes[TAKES_MAX], given[96];

	if (lua_type(L, idx) == LUA_TSTRING)
		return want_text_read(lua_tostring(L, idx), s, sets, c,
		                      ret_value);
	complain(c, setting_rows[s].type == SETTING_TYPE_REALTIME ?
	         "%s takes a table (%s), not %s" :
	         "%s takes text (%s), not %s", setting_rows[s].name,
	         setting_takes(s, takes, sizeof takes),
	         value_name(L, idx, given, sizeof given));
	return false;
}

/* One value, for a want or as the bound of a cap. */
bool want_value_read(lua_State *L, int idx, enum setting s,
                     struct interned *sets, struct complaints *c,
                     int64_t *ret_value)
{
	enum setting_type type = setting_rows[s].type;

	if (word_of(L, idx, WORD_UNKNOWN) != NULL)
		return false;
	if (word_of(L, idx, WORD_UNTOUCHED) != NULL &&
	    setting_rows[s].kind != SETTING_KIND_PART) {
		*ret_value = VALUE_UNTOUCHED;
		return true;
	}
	if (type == SETTING_TYPE_INT)
		return int_read(L, idx, s, c, ret_value);
	if (type == SETTING_TYPE_BOOL)
		return truth_read(L, idx, s, c, ret_value);
	if (type == SETTING_TYPE_CPUS && lua_type(L, idx) == LUA_TTABLE)
		return cpus_read(L, idx, sets, s, c, ret_value);
	if (type == SETTING_TYPE_REALTIME && lua_type(L, idx) == LUA_TTABLE)
		return times_read(L, idx, s, c, ret_value);
	return text_read(L, idx, s, sets, c, ret_value);
}

/* The priority belongs into the class that it is one of. */
static bool priority_fold(struct want *w, struct complaints *c)
{
	int64_t          value = w->value[SETTING_sched];
	enum sched_class class = sched_class_of(value);

	if (!want_has(w, SETTING_rt_priority))
		return true;
	w->has &= ~SETTING_BIT(SETTING_rt_priority);
	if (!want_has(w, SETTING_sched) || value == VALUE_UNTOUCHED ||
	    (class != SCHED_CLASS_RR && class != SCHED_CLASS_FIFO)) {
		c->word = setting_rows[SETTING_rt_priority].name;
		complain(c, "rt_priority needs sched = \"fifo\" or \"rr\" "
		         "beside it");
		return false;
	}
	w->value[SETTING_sched] =
		sched_value(class, (int)w->value[SETTING_rt_priority]) |
		(value & SCHED_VALUE_RESET);
	return true;
}

/* Every key is looked at, so that one run tells every mistake of the table. */
bool want_read(lua_State *L, int idx, struct interned *sets,
               struct complaints *c, struct want *ret_want)
{
	struct want  w = { 0 };
	size_t       before = c->count;
	enum setting s;
	int64_t      value;

	lua_pushnil(L);
	while (budget_next(L, idx) != 0) {
		/* w[key] = value, each checked against its row */
		if (want_key_read(L, -2, c, &s) &&
		    want_value_read(L, lua_gettop(L), s, sets, c, &value))
			want_set(&w, s, value);
		lua_pop(L, 1);
	}
	if (c->count > before || !priority_fold(&w, c))
		return false;
	*ret_want = w;                          /* never half a want */
	return true;
}
