/* cap.c -- reading what a rule bounds: one value, a list, or a range. */

#include "bind.h"

#include <errno.h>
#include <string.h>

#include "model/interned.h"

/* Settings whose values are classes: a cap lists those that may be had. */
static bool is_choice(enum setting s)
{
	return setting_rows[s].type == SETTING_TYPE_SCHED ||
	       setting_rows[s].type == SETTING_TYPE_QOS;
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

/* Narrows the open bound; what is left must hold at least one value. */
static bool range_read(const struct word_range *r, enum setting s,
                       struct complaints *c, struct bound *b)
{
	const struct measure m = { setting_measure, (int)s };
	const char          *text = "";
	int64_t              low, high;

	if (setting_rows[s].type == SETTING_TYPE_CPUS) {
		complain(c, "a cap on %s takes a list of CPUs, not a range",
		         setting_rows[s].name);
		return false;
	}
	if (!limit_allowed(&r->low, s, c) || !limit_allowed(&r->high, s, c))
		return false;
	if (word_range_read(r, &m, &low, &high, &text) < 0 ||
	    (!is_choice(s) && (low > b->high || high < b->low)))
		return range_empty(s, c);
	if (is_choice(s))
		b->allowed &= bits_between(s, low, high);
	if (is_choice(s) && b->allowed == 0)
		return range_empty(s, c);
	if (!is_choice(s) && low > b->low)
		b->low = low;
	if (!is_choice(s) && high < b->high)
		b->high = high;
	return true;
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

	if (r != NULL)
		return range_read(r, s, c, b);
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
	while (lua_next(L, idx) != 0) {
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
