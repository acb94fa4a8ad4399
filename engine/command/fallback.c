/* fallback.c -- rules to start with when those that are there are wrong. */

#include "command/fallback.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command/reading.h"
#include "policy/builder.h"
#include "policy/image.h"

static void open_bounds(struct cap *c, enum setting s)
{
	c->has |= SETTING_BIT(s);
	c->bound[s] = bound_open(s);
}

/* As in rules/guard.lua: people's own rules must leave the machine usable. */
static void say_guard(struct builder *b, const struct interned *sets)
{
	struct builder_rule r = builder_rule_empty();
	struct cap          c = { 0 };

	open_bounds(&c, SETTING_nice);
	c.bound[SETTING_nice].low = -10;
	open_bounds(&c, SETTING_sched);
	c.bound[SETTING_sched].allowed = 1u << SCHED_CLASS_OTHER |
	                                 1u << SCHED_CLASS_BATCH |
	                                 1u << SCHED_CLASS_IDLE;
	open_bounds(&c, SETTING_oom_score_adj);
	c.bound[SETTING_oom_score_adj].low = -200;
	builder_selector_begin(b, SELECT_PROCESS);
	builder_condition(b, CONDITION_FACT, FACT_uid);
	builder_people(b);
	r.match = builder_selector_end(b);
	r.name = "guard/people";
	r.file = "(built in)";
	r.line = 1;
	r.layer = LAYER_ADMIN;
	r.cap = &c;
	(void)builder_rule(b, &r, sets);
}

static bool build_guard(struct fallback *f, const struct start *s)
{
	struct builder *b = builder_new();
	char            why[200];
	void           *image = NULL;
	size_t          bytes;
	int             r = -ENOMEM;

	if (b != NULL) {
		say_guard(b, s->sets);
		r = builder_finish(b, &image, &bytes, why, sizeof why);
	}
	builder_free(b);
	if (r < 0)
		return false;
	f->kept.image = f->kept.memory = image;
	f->kept.bytes = bytes;
	return true;
}

static bool recall(struct fallback *f, const char *folder, uint32_t number)
{
	char why[200];

	if (kept_read(folder, number, &f->kept) < 0)
		return false;
	if (f->kept.image != NULL &&
	    image_check(f->kept.image, f->kept.bytes, why, sizeof why) < 0)
		f->kept.image = NULL;
	if (f->kept.image != NULL || f->kept.sources.count > 0)
		return true;
	kept_forget(&f->kept);
	return false;
}

/* damaged: a newer one; 0: none. */
static void begin_with(uint32_t number, uint32_t damaged, char *ret_sentence,
                       size_t size)
{
	char before[80] = "";

	if (damaged != 0)
		snprintf(before, sizeof before, "what was kept of generation "
		         "%u is damaged: ", (unsigned)damaged);
	snprintf(ret_sentence, size, "%sstarting with generation %u, the last "
	         "good one", before, (unsigned)number);
}

bool fallback_next(struct fallback *f, const struct start *s, char *ret_sentence,
                   size_t size)
{
	uint32_t kept[GENERATIONS_KEPT], damaged = 0;
	char     folder[CONFIG_PATH_MAX + 16];
	size_t   n;

	if (s->rest_count > 0 || f->last)
		return false;           /* whoever names rules is there       */
	fallback_clear(f);
	reading_kept_folder(s, folder, sizeof folder);
	n = kept_list(folder, kept);
	for (; f->tried < n; f->tried++) {
		if (recall(f, folder, kept[f->tried])) {
			begin_with(kept[f->tried++], damaged, ret_sentence,
			           size);
			return true;
		}
		if (damaged == 0)
			damaged = kept[f->tried];
	}
	f->last = true;
	if (n == 0 || !build_guard(f, s))
		return false;
	f->kept.number = kept_highest(folder) + 1;
	snprintf(ret_sentence, size, "what was kept of the good ones is "
	         "damaged: starting with the rule that is built in");
	return true;
}

void fallback_clear(struct fallback *f)
{
	kept_forget(&f->kept);
}
