/* doubt_never.c -- rules that cannot match, whatever runs.
 *
 * A selector is dead if one of its conditions is, if two of them cannot hold
 * together, or if a selector inside it is dead.  What a selector is dead of is
 * told once, of the first rule that uses it.
 */

#include "policy/doubting.h"

#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "base/text.h"
#include "model/facts.h"
#include "model/host.h"
#include "model/interned.h"
#include "policy/implies.h"

#define PIDS_HIGH 4194304               /* the kernel's PID_MAX_LIMIT         */
#define IDS_HIGH  4294967294            /* one less than "nobody was named"   */

enum soundness { UNSEEN, SOUND, DEAD };

/* What values there are, where a selector can ask for others. */
static const struct reach {
	uint32_t    fact;
	int64_t     low, high;
	const char *why;
} fact_reaches[] = {
	{ FACT_pid,       1, PIDS_HIGH, "it is 1 to 4194304" },
	{ FACT_tid,       1, PIDS_HIGH, "it is 1 to 4194304" },
	{ FACT_ppid,      0, PIDS_HIGH, "it is at most 4194304" },
	{ FACT_session,   0, PIDS_HIGH, "it is at most 4194304" },
	{ FACT_uid,       0, IDS_HIGH,  "it is at most 4294967294" },
	{ FACT_gid,       0, IDS_HIGH,  "it is at most 4294967294" },
	{ FACT_threads,   1, PIDS_HIGH, "it is 1 to 4194304" },
	{ FACT_exit_code, 0, 255,       "it is at most 255" },
	{ FACT_cpu,       0, INT64_C(100) * CPUS_MAX,
	  "it is at most 100% of each CPU, and no machine has more than 4096" },
}, host_reaches[] = {
	{ HOST_memory_pressure, 0, HOST_LEVELS - 1, "it is at most critical" },
	{ HOST_cpu_pressure,    0, HOST_LEVELS - 1, "it is at most critical" },
	{ HOST_io_pressure,     0, HOST_LEVELS - 1, "it is at most critical" },
	{ HOST_memory_stall,    0, 100, "it is at most 100%" },
	{ HOST_cpu_stall,       0, 100, "it is at most 100%" },
	{ HOST_io_stall,        0, 100, "it is at most 100%" },
	{ HOST_cpu,             0, 100, "it is at most 100%, of all CPUs "
	  "together" },
	{ HOST_cores,           1, CPUS_MAX, "it is 1 to 4096" },
	{ HOST_time,            0, HOST_DAY_MINUTES - 1,
	  "it is 00:00 to 23:59" },
	{ HOST_weekday,         0, HOST_WEEK_DAYS - 1,
	  "monday is the first and sunday the last" },
	{ HOST_os,              0, HOST_OSES - 1, "it is linux or darwin" },
};

static const struct reach *reach_of(const struct image_condition *c)
{
	bool                host = c->kind == CONDITION_HOST;
	const struct reach *all = host ? host_reaches : fact_reaches;
	size_t              n = host ? sizeof(host_reaches) / sizeof(*all)
	                             : sizeof(fact_reaches) / sizeof(*all);

	for (size_t i = 0; i < n; i++)
		if (all[i].fact == c->fact)
			return &all[i];
	return NULL;
}

static const char *range_why(const struct image_condition *c,
                             const struct image_alternative *a,
                             enum select kind)
{
	const struct reach *reach = reach_of(c);

	if (c->kind == CONDITION_FACT && c->fact == FACT_main &&
	    kind != SELECT_THREAD && a->high == 0)
		return "of a process this is true: thread { main = false } is "
		       "about its other threads";
	if (reach == NULL || a->low > a->high ||
	    (a->low <= reach->high && a->high >= reach->low))
		return NULL;
	return reach->why;
}

/* How many bytes a text has at least that fits the glob.  A set is one byte;
 * a '[' without an end is itself. */
static size_t glob_least(const char *p)
{
	size_t n = 0;

	for (; *p != '\0'; p++) {
		const char *end = *p == '[' && p[1] != '\0'
		                  ? strchr(p + 2, ']') : NULL;

		n += *p != '*';
		if (end != NULL)
			p = end;
		else if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return n;
}

/* A thread's name is its comm. */
static const char *glob_why(const struct doubting *d, uint32_t fact,
                            const struct image_alternative *a,
                            enum select kind)
{
	const char *glob = doubt_text(d, a->text);
	bool        is_comm = fact == FACT_comm ||
	                      (fact == FACT_name && kind == SELECT_THREAD);

	if (is_comm)
		return glob_least(glob) < COMM_MAX ? NULL :
		       "the kernel keeps 15 bytes of it";
	if (fact == FACT_exe)
		return strchr("/*?[\\", glob[0]) != NULL ? NULL :
		       "it is a whole path; name is the file's name";
	if (fact == FACT_name || fact == FACT_parent || fact == FACT_ancestors)
		return strchr(glob, '/') == NULL ? NULL :
		       "it is the file's name alone; exe has the path";
	return NULL;
}

/* Why nothing fits the alternative, or NULL. */
static const char *never_why(const struct doubting *d,
                             const struct image_condition *c,
                             const struct image_alternative *a,
                             enum select kind)
{
	if (a->op == OP_RANGE && (c->kind == CONDITION_FACT ||
	                          c->kind == CONDITION_HOST))
		return range_why(c, a, kind);
	if (a->op == OP_GLOB && c->kind == CONDITION_FACT)
		return glob_why(d, c->fact, a, kind);
	return NULL;
}

static const char *field_name(const struct image_condition *c)
{
	return c->kind == CONDITION_HOST ? host_rows[c->fact].name
	                                 : fact_rows[c->fact].name;
}

/* As in a rule file, if it is one value: "5", "true", glob "a*". */
static const char *value_text(const struct doubting *d,
                              const struct image_condition *c,
                              const struct image_alternative *a, char *out,
                              size_t size)
{
	if (a->op == OP_GLOB)
		snprintf(out, size, "glob \"%.60s\"", doubt_text(d, a->text));
	else if (c->kind == CONDITION_FACT &&
	         fact_rows[c->fact].type == FACT_TYPE_BOOL)
		text_copy(out, size, a->low != 0 ? "true" : "false");
	else if (c->kind == CONDITION_FACT &&
	         fact_rows[c->fact].unit == FACT_UNIT_PERCENT)
		snprintf(out, size, "\"%lld%%\"", (long long)a->low);
	else if (c->kind == CONDITION_FACT)
		snprintf(out, size, "%lld", (long long)a->low);
	else
		host_print((enum host_fact)c->fact, a->low, out, size);
	return out;
}

static void value_tell(struct doubting *d, uint32_t rule,
                       const struct image_condition *c,
                       const struct image_alternative *a, const char *why)
{
	const char *name = field_name(c);
	char        value[VALUE_TEXT_MAX];

	if (a->op == OP_RANGE && a->low != a->high)
		doubt(d, rule, name, "%s: nothing lies in that range: %s", name,
		      why);
	else
		doubt(d, rule, name, "%s = %s can never match: %s", name,
		      value_text(d, c, a, value, sizeof(value)), why);
}

/* Whether no alternative can fit; the first that cannot is told. */
static bool condition_is_dead(struct doubting *d, uint32_t rule,
                              const struct image_condition *c,
                              enum select kind)
{
	uint32_t dead = 0;

	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a = doubt_alternative(d, c, i);
		const char *why = never_why(d, c, a, kind);

		if (why != NULL && dead++ == 0)
			value_tell(d, rule, c, a, why);
	}
	return dead == c->alternatives.count;
}

/* Whether the text may fit the condition; only exact texts and globs tell. */
static bool text_may_fit(const struct doubting *d,
                         const struct image_condition *c, const char *text)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a = doubt_alternative(d, c, i);
		const char *mine = doubt_text(d, a->text);

		if (a->op == OP_TEXT ? strcmp(mine, text) == 0 :
		    a->op != OP_GLOB || glob_match(mine, text))
			return true;
	}
	return false;
}

/* Whether some text of one may fit the other; of paths their last part. */
static bool texts_may_meet(const struct doubting *d,
                           const struct image_condition *texts,
                           const struct image_condition *c, bool paths)
{
	for (uint32_t i = 0; i < texts->alternatives.count; i++) {
		const struct image_alternative *a =
			doubt_alternative(d, texts, i);
		const char *text = doubt_text(d, a->text);

		if (a->op != OP_TEXT ||
		    text_may_fit(d, c, paths ? text_base_name(text) : text))
			return true;
	}
	return false;
}

/* Whether root's name is asked for, and another number than root's. */
static bool is_root_alone(const struct doubting *d,
                          const struct image_condition *name,
                          const struct image_condition *id)
{
	for (uint32_t i = 0; i < name->alternatives.count; i++) {
		const struct image_alternative *a =
			doubt_alternative(d, name, i);

		if (a->op != OP_TEXT ||
		    strcmp(doubt_text(d, a->text), "root") != 0)
			return false;
	}
	for (uint32_t i = 0; i < id->alternatives.count; i++) {
		const struct image_alternative *a = doubt_alternative(d, id, i);

		if (a->op != OP_PEOPLE && (a->op != OP_RANGE || a->low <= 0))
			return false;
	}
	return true;
}

/* Two fields that cannot both hold, or NULL. */
static const char *clash_of(const struct doubting *d,
                            const struct image_selector *s,
                            const char **ret_word)
{
	const struct image_condition *of[FACT_COUNT];
	bool thread = s->kind == SELECT_THREAD;

	for (uint32_t f = 0; f < FACT_COUNT; f++)
		of[f] = doubt_fact(d, s, f);
	*ret_word = "exe";
	if (!thread && of[FACT_exe] != NULL && of[FACT_name] != NULL &&
	    !texts_may_meet(d, of[FACT_exe], of[FACT_name], true))
		return "name is the last part of exe, and no exe here ends so";
	*ret_word = "comm";
	if (thread && of[FACT_comm] != NULL && of[FACT_name] != NULL &&
	    !texts_may_meet(d, of[FACT_comm], of[FACT_name], false))
		return "a thread's name is its comm, and these differ";
	*ret_word = "user";
	if (of[FACT_user] != NULL && of[FACT_uid] != NULL &&
	    is_root_alone(d, of[FACT_user], of[FACT_uid]))
		return "root's uid is 0, which this uid is not";
	*ret_word = "group";
	if (of[FACT_group] != NULL && of[FACT_gid] != NULL &&
	    is_root_alone(d, of[FACT_group], of[FACT_gid]))
		return "root's gid is 0, which this gid is not";
	*ret_word = "exit_code";
	if (of[FACT_exit_code] != NULL && of[FACT_signal] != NULL)
		return "what a signal ended has no exit_code";
	return NULL;
}

static bool is_dead(struct doubting *d, uint32_t rule, uint32_t selector)
{
	const struct image_selector *s;
	const char                  *clash, *word;
	bool                         dead = false;

	if (selector == IMAGE_NONE)
		return false;
	if (d->sound[selector] != UNSEEN)
		return d->sound[selector] == DEAD;
	s = doubt_selector(d, selector);
	for (uint32_t i = 0; i < s->conditions.count; i++)
		dead |= condition_is_dead(d, rule, doubt_condition(d, s, i),
		                          (enum select)s->kind);
	clash = dead ? NULL : clash_of(d, s, &word);
	if (clash != NULL)
		doubt(d, rule, word, "this can never match: %s", clash);
	dead |= clash != NULL;
	dead |= is_dead(d, rule, s->of);
	dead |= is_dead(d, rule, s->under);
	dead |= is_dead(d, rule, s->parent);
	d->sound[selector] = dead ? DEAD : SOUND;
	return dead;
}

/* What is excepted is all there is. */
static bool is_excepted(struct doubting *d, uint32_t rule)
{
	const struct image_rule *r = doubt_rule(d, rule);

	if (r->except != IMAGE_NONE &&
	    implies(d->image, r->match, r->except, &d->steps)) {
		doubt(d, rule, "except", "rule '%s' can never match: its "
		      "except holds whenever its match does",
		      doubt_text(d, r->name));
		return true;
	}
	if (r->unless == IMAGE_NONE || r->when == IMAGE_NONE ||
	    !implies(d->image, r->when, r->unless, &d->steps))
		return false;
	doubt(d, rule, "when", "rule '%s' can never decide anything: its "
	      "except (host { }) holds whenever its host { } does",
	      doubt_text(d, r->name));
	return true;
}

/* Whether a rule that can match gives one of these tags. */
static bool is_given(const struct doubting *d, const struct tag_set *given,
                     const struct image_condition *c)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a = doubt_alternative(d, c, i);

		if (a->op != OP_TAG || tags_have(given, (uint32_t)a->low))
			return true;
	}
	return false;
}

static bool asks_for_tags(const struct image_condition *c)
{
	return c->kind == CONDITION_TAG ||
	       (c->kind == CONDITION_HOST && c->fact == HOST_running);
}

/* The condition on tags that nobody can have, in it or inside it; or NULL. */
static const struct image_condition *ungiven(const struct doubting *d,
                                             const struct tag_set *given,
                                             uint32_t selector)
{
	const struct image_selector  *s;
	const struct image_condition *found = NULL;

	if (selector == IMAGE_NONE)
		return NULL;
	s = doubt_selector(d, selector);
	for (uint32_t i = 0; i < s->conditions.count && found == NULL; i++) {
		const struct image_condition *c = doubt_condition(d, s, i);

		if (asks_for_tags(c) && !is_given(d, given, c))
			found = c;
	}
	if (found == NULL)
		found = ungiven(d, given, s->of);
	if (found == NULL)
		found = ungiven(d, given, s->under);
	return found != NULL ? found : ungiven(d, given, s->parent);
}

static struct tag_set given_by_all(const struct doubting *d)
{
	struct tag_set given = { { 0 } };

	for (uint32_t i = 0; i < d->rules; i++)
		if (doubt_rule(d, i)->tag != IMAGE_NONE && !d->never[i] &&
		    doubt_stands(d, i))
			tags_add(&given, doubt_rule(d, i)->tag);
	return given;
}

static bool tag_is_ungiven(struct doubting *d, const struct tag_set *given,
                           uint32_t rule)
{
	const struct image_rule      *r = doubt_rule(d, rule);
	const struct image_condition *c = ungiven(d, given, r->match);
	struct image_text             tag;

	if (c == NULL)
		c = ungiven(d, given, r->when);
	if (c == NULL)
		return false;
	tag = *IMAGE_AT(d->image, IMAGE_TAGS, image_text,
	                doubt_alternative(d, c, 0)->low);
	doubt(d, rule, doubt_text(d, tag), "the tag '%s' is never given: no "
	      "rule that would give it can match", doubt_text(d, tag));
	return true;
}

/* What cannot match gives no tag, so others may not match either. */
static void tags_follow(struct doubting *d)
{
	for (bool more = true; more;) {
		struct tag_set given = given_by_all(d);

		more = false;
		for (uint32_t i = 0; i < d->rules; i++)
			if (!d->never[i] && doubt_stands(d, i) &&
			    tag_is_ungiven(d, &given, i)) {
				d->never[i] = 1;
				more = true;
			}
	}
}

/* A dead except is told as well, but a rule lives with it. */
void doubt_never(struct doubting *d)
{
	for (uint32_t i = 0; i < d->rules; i++) {
		const struct image_rule *r = doubt_rule(d, i);
		bool                     dead;

		if (!doubt_stands(d, i))
			continue;
		dead = is_dead(d, i, r->match);
		dead |= is_dead(d, i, r->when);
		is_dead(d, i, r->except);
		is_dead(d, i, r->unless);
		d->never[i] = dead || (r->match != IMAGE_NONE &&
		                       is_excepted(d, i));
	}
	tags_follow(d);
}
