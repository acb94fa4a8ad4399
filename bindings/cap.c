/* cap.c -- reading what a rule bounds: one value, a list, or a range. */

#include "bind.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "model/interned.h"

/* Settings whose values are classes: a cap lists those that may be had. */
static bool is_choice(enum setting s)
{
	return setting_rows[s].type == SETTING_TYPE_SCHED ||
	       setting_rows[s].type == SETTING_TYPE_WORD;
}

/* A bound has one bit for each class. */
static uint32_t class_bit(enum setting s, int64_t value)
{
	return UINT32_C(1) << (setting_rows[s].type == SETTING_TYPE_SCHED
	                               ? sched_class_of(value)
	                               : (uint32_t)value);
}

static bool is_untouched(int64_t value, struct complaints *c)
{
	if (value == VALUE_UNTOUCHED)
		complain(c, "untouched is a want; a cap bounds values");
	return value == VALUE_UNTOUCHED;
}

/* A cap allows a class whole, so "fifo:10" would not mean what it says. */
static bool choice_read(lua_State *L, int idx, enum setting s,
                        struct complaints *c, uint32_t *ret_bit)
{
	int64_t value;

	if (lua_type(L, idx) == LUA_TSTRING &&
	    strpbrk(lua_tostring(L, idx), ":+") != NULL) {
		complain(c, "a cap on %s names classes only, not \"%.60s\"",
		         setting_rows[s].name, lua_tostring(L, idx));
		return false;
	}
	if (!want_value_read(L, idx, s, NULL, c, &value) ||
	    is_untouched(value, c))
		return false;
	*ret_bit = class_bit(s, value);
	return true;
}

/* { "other", "batch" }: a bit each. */
static bool choices_read(lua_State *L, int idx, enum setting s,
                         struct complaints *c, struct bound *b)
{
	lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
	bool        fine = true;
	uint32_t    bit;

	b->allowed = 0;
	if (n == 0)
		complain(c, "a cap on %s takes a list that is not empty",
		         setting_rows[s].name);
	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(L, idx, i);
		if (choice_read(L, lua_gettop(L), s, c, &bit))
			b->allowed |= bit;
		else
			fine = false;
		lua_pop(L, 1);
	}
	return fine && n > 0;
}

/* Every bit from low's to high's; a side left open has none. */
static uint32_t bits_between(enum setting s, int64_t low, int64_t high)
{
	uint32_t below = low == INT64_MIN ? 0 : class_bit(s, low) - 1;
	uint32_t upto = UINT32_MAX;

	if (high < 0)                   /* below the lowest class */
		return 0;
	if (high != INT64_MAX)
		upto = class_bit(s, high) * 2 - 1;
	return upto & ~below;
}

/* How a text in a range stands for a value of the setting. */
static int setting_measure(int s, const char *text, int64_t *ret_value)
{
	int status = setting_parse((enum setting)s, text, NULL, ret_value);

	return status == 0 && *ret_value == VALUE_UNTOUCHED ? -EINVAL : status;
}

/* A limit is itself a value of the setting, or it was meant otherwise. */
static bool limit_allowed(const struct limit *l, enum setting s,
                          struct complaints *c)
{
	const struct setting_row *row = &setting_rows[s];
	bool                      text = row->type != SETTING_TYPE_INT;
	int64_t                   value;

	if (l->type == LIMIT_NONE)
		return true;
	if (text != (l->type == LIMIT_TEXT)) {
		complain(c, "a cap on %s takes %s in a range", row->name,
		         text ? "text" : "whole numbers");
		return false;
	}
	if (text)
		return want_text_read(l->text, s, NULL, c, &value);
	if (l->number >= row->low && l->number <= row->high)
		return true;
	complain(c, "%s = %lld is outside %lld to %lld", row->name,
	         (long long)l->number, (long long)row->low,
	         (long long)row->high);
	return false;
}

/* A cap that allows nothing would be found out only when it first cuts. */
static bool range_empty(enum setting s, struct complaints *c)
{
	complain(c, "the cap on %s allows nothing", setting_rows[s].name);
	return false;
}

/* Of what is no order there is no range: what its cap takes instead. */
static const char *no_range(enum setting s)
{
	switch (setting_rows[s].type) {
	case SETTING_TYPE_CPUS:
		return "a list of CPUs";
	case SETTING_TYPE_NAME:
		return "names, or false for none";
	case SETTING_TYPE_BOOL:
	case SETTING_TYPE_REALTIME:
		return "false";
	default:
		return NULL;
	}
}

static bool between_read(enum setting s, int64_t low, int64_t high,
                         struct complaints *c, struct bound *b)
{
	int status = bound_between(s, low, high, b);

	if (status == -EINVAL)
		complain(c, "a cap on %s counts either in cores or in shares "
		         "of the host", setting_rows[s].name);
	return status == -ENOENT ? range_empty(s, c) : status == 0;
}

/* Narrows the open bound; what is left must hold at least one value. */
static bool range_read(const struct word_range *r, enum setting s,
                       struct complaints *c, struct bound *b)
{
	const struct measure m = { setting_measure, (int)s };
	const char          *text = "";
	int64_t              low, high;

	if (no_range(s) != NULL) {
		complain(c, "a cap on %s takes %s, not a range",
		         setting_rows[s].name, no_range(s));
		return false;
	}
	if (!limit_allowed(&r->low, s, c) || !limit_allowed(&r->high, s, c))
		return false;
	if (word_range_read(r, &m, &low, &high, &text) < 0)
		return range_empty(s, c);
	if (!is_choice(s))
		return between_read(s, low, high, c, b);
	b->allowed &= bits_between(s, low, high);
	return b->allowed != 0 || range_empty(s, c);
}

/* { "build", "games" } as "build,games", or one name. */
static bool names_read(lua_State *L, int idx, enum setting s,
                       struct interned *sets, struct complaints *c,
                       struct bound *b)
{
	char        list[(INTERNED_NAME_MAX + 1) * INTERNED_NAMES_MAX];
	bool        is_list = lua_type(L, idx) == LUA_TTABLE;
	lua_Integer n = is_list ? (lua_Integer)lua_rawlen(L, idx) : 1;
	size_t      used = 0;
	int64_t     id;

	if (n == 0 || n > INTERNED_NAMES_MAX) {
		complain(c, "a cap on %s takes false, or 1 to %d names",
		         setting_rows[s].name, INTERNED_NAMES_MAX);
		return false;
	}
	for (lua_Integer i = 1; i <= n; i++) {
		bool fine;

		if (is_list)
			lua_rawgeti(L, idx, i);
		else
			lua_pushvalue(L, idx);
		fine = want_value_read(L, lua_gettop(L), s, sets, c, &id) &&
		       !is_untouched(id, c);
		lua_pop(L, 1);
		if (!fine)
			return false;
		list[used] = ',';
		used += used > 0;
		used += text_copy(list + used, sizeof list - used,
		                  interned_text(sets, id));
	}
	b->low = interned_read_names(sets, list);
	if (b->low < 0)
		complain(c, "%s: these are too many names",
		         setting_rows[s].name);
	return b->low >= 0;
}

/* "freeze = false": nobody may. */
static bool none_read(lua_State *L, int idx, enum setting s,
                      struct complaints *c, struct bound *b)
{
	char given[96];

	if (lua_isboolean(L, idx) && !lua_toboolean(L, idx)) {
		b->allowed = 0;
		b->high = b->low;
		return true;
	}
	complain(c, "a cap on %s takes false, for nobody may, not %s",
	         setting_rows[s].name,
	         value_name(L, idx, given, sizeof given));
	return false;
}

/* One exact value: the only one allowed, or the widest set of CPUs. */
static bool value_read(lua_State *L, int idx, enum setting s,
                       struct interned *sets, struct complaints *c,
                       struct bound *b)
{
	int64_t value;

	if (!want_value_read(L, idx, s, sets, c, &value) ||
	    is_untouched(value, c))
		return false;
	b->low = value;
	if (setting_rows[s].type != SETTING_TYPE_CPUS)
		b->high = value;
	return true;
}

/* By what was written, then by what the setting is. */
static bool bound_read(lua_State *L, int idx, enum setting s,
                       struct interned *sets, struct complaints *c,
                       struct bound *b)
{
	const struct word_range *r = word_of(L, idx, WORD_RANGE);
	enum setting_type        type = setting_rows[s].type;

	if (r != NULL)
		return range_read(r, s, c, b);
	if (word_of(L, idx, WORD_UNKNOWN) != NULL)
		return false;
	if (type == SETTING_TYPE_BOOL || type == SETTING_TYPE_REALTIME ||
	    (type == SETTING_TYPE_NAME && lua_isboolean(L, idx)))
		return none_read(L, idx, s, c, b);
	if (type == SETTING_TYPE_NAME)
		return names_read(L, idx, s, sets, c, b);
	if (is_choice(s) && lua_type(L, idx) == LUA_TTABLE)
		return choices_read(L, idx, s, c, b);
	if (is_choice(s))
		return choice_read(L, idx, s, c, &b->allowed);
	return value_read(L, idx, s, sets, c, b);
}

/* Every setting in the table, from wide open to what was written. */
bool cap_read(lua_State *L, int idx, struct interned *sets,
              struct complaints *c, struct cap *ret_cap)
{
	struct cap   cap = { 0 };
	size_t       before = c->count;
	enum setting s;

	lua_pushnil(L);
	while (budget_next(L, idx) != 0) {
		if (want_key_read(L, -2, c, &s)) {
			cap.bound[s] = bound_open(s);
			if (bound_read(L, lua_gettop(L), s, sets, c,
			               &cap.bound[s]))
				cap.has |= SETTING_BIT(s);
		}
		lua_pop(L, 1);
	}
	if (c->count > before)
		return false;
	*ret_cap = cap;                         /* never half a cap */
	return true;
}
