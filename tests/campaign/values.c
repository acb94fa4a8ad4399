/* values.c -- some value of any setting, by its type. */

#include "campaign.h"

#define STEPS 8

uint32_t draw(uint32_t n)
{
	play.luck ^= play.luck << 13;
	play.luck ^= play.luck >> 7;
	play.luck ^= play.luck << 17;
	return (uint32_t)(play.luck >> 11) % n;
}

bool once_in(uint32_t n)
{
	return draw(n) == 0;
}

uint64_t settings_drawn(void)
{
	return play.stage == NULL ? 0 : setting_intents() |
	       play.stage->os.actuator.can;
}

uint64_t settings_turned(void)
{
	uint64_t all = play.stage->os.actuator.can, undoable = 0;

	while (all != 0) {
		enum setting s = setting_take(&all);

		if (setting_rows[s].undoable)
			undoable |= SETTING_BIT(s);
	}
	return undoable;
}

/* One of nine from low to high; other programs take the one beside it. */
static int64_t in_range(const struct setting_row *row, bool foreign)
{
	int64_t span = row->high - row->low;
	int64_t value = row->low + span / STEPS * draw(STEPS + 1) +
	                (foreign ? 1 : 0);

	return value > row->high ? row->high : value;
}

static int64_t some_class(bool foreign)
{
	static const enum sched_class ordinary[] = {
		SCHED_CLASS_OTHER, SCHED_CLASS_BATCH, SCHED_CLASS_IDLE,
	};

	if (once_in(foreign ? 4 : 6))
		return sched_value(once_in(2) ? SCHED_CLASS_RR
		                              : SCHED_CLASS_FIFO,
		                   foreign ? 51 : 10 + (int)draw(3));
	return sched_value(ordinary[draw(3)], 0);
}

static int64_t some_cpus(struct interned *sets, bool foreign)
{
	static const char *const ours[] = { "0-3", "4-7", "0", "2-5" };
	static const char *const theirs[] = { "1", "6-7", "3,5", "0-6" };

	return interned_read_cpus(sets, foreign ? theirs[draw(4)]
	                                        : ours[draw(4)]);
}

bool value_draw(enum setting s, struct interned *sets, bool foreign,
                int64_t *ret_value)
{
	const struct setting_row *row = &setting_rows[s];
	size_t                    words;

	switch (row->type) {
	case SETTING_TYPE_WORD:
		setting_words(s, &words);
		*ret_value = draw((uint32_t)words);
		return true;
	case SETTING_TYPE_BOOL:
		*ret_value = s != SETTING_freeze || !once_in(4);
		return true;
	case SETTING_TYPE_SCHED:
		*ret_value = some_class(foreign);
		return true;
	case SETTING_TYPE_REALTIME:
		*ret_value = realtime_value(20000, 500 * (1 + draw(3)), 10000);
		return !foreign;
	case SETTING_TYPE_SHARE:
		*ret_value = once_in(3) ? SHARE_OF_HOST | (25 + draw(3) * 25)
		             : 50 * (1 + draw(6)) + (foreign ? 1 : 0);
		return true;
	case SETTING_TYPE_CPUS:
		*ret_value = some_cpus(sets, foreign);
		return *ret_value >= 0;
	case SETTING_TYPE_NAME:
		if (!plays(PLAYS_POOLS) || foreign)
			return false;
		*ret_value = interned_read_names(sets, once_in(2) ? "p0" : "p1");
		return *ret_value >= 0;
	default:
		do
			*ret_value = in_range(row, foreign);
		while (!setting_valid(s, *ret_value));
		return true;
	}
}
