/* own_rules.h -- users' rules, which may become others while they are in
 * force, for tests. */
#ifndef TESTS_OWN_RULES_H
#define TESTS_OWN_RULES_H

#include "rehearsing.h"

#define ANN 1000
#define BOB 1001

static inline uint32_t named(const char *name)
{
	return select_named(SELECT_PROCESS, name);
}

static inline void wants(const char *name, enum setting s, int64_t value)
{
	rule_wants(named(name), IMAGE_NONE, s, value);
}

/* The system says nothing of "x". */
static inline void system_silent(void)
{
	rules_begin();
	wants("other", SETTING_nice, 3);
	rules_end(NULL);
}

static inline struct own *own_of(uid_t uid)
{
	for (size_t i = 0; i < own_count; i++)
		if (owns[i].uid == uid)
			return &owns[i];
	ck_abort_msg("that user has no rules");
	return NULL;
}

/* What its worker will make of the files from now on. */
static inline void other_rules(uid_t uid, void (*act)(struct asking *q))
{
	struct own *o = own_of(uid);
	char        why[200] = "";

	free(o->image);
	o->act = act;
	ck_assert_msg(builder_finish(building, &o->image, &o->image_bytes, why,
	                             sizeof why) == 0, "%s", why);
	builder_free(building);
	interned_free(building_sets);
	building_layer = LAYER_ADMIN;
	sim_own_files(stage->sim, uid);
}

static inline void other_wrong(uid_t uid, const char *why)
{
	struct own *o = own_of(uid);

	free(o->image);
	o->image = NULL;
	o->why = why;
	sim_own_files(stage->sim, uid);
}

static inline void own_wants(uid_t uid, const char *name, enum setting s,
                             int64_t value)
{
	own_begin();
	wants(name, s, value);
	own_end(uid, NULL);
}

static inline void own_nice(uid_t uid, int64_t nice)
{
	own_wants(uid, "x", SETTING_nice, nice);
}

static inline void other_nice(uid_t uid, int64_t nice)
{
	own_begin();
	wants("x", SETTING_nice, nice);
	other_rules(uid, NULL);
}

static inline pid_t run_as(const char *name, uid_t uid)
{
	pid_t pid = run_under(0, name, uid);

	settle();
	return pid;
}

static inline const struct voice *voice_of(uid_t uid)
{
	for (uint32_t i = 1; i < VOICES_MAX; i++)
		if (stage->engine.voice[i].worker != NULL &&
		    stage->engine.voice[i].uid == uid)
			return &stage->engine.voice[i];
	return NULL;
}

#endif
