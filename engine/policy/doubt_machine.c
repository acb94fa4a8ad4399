/* doubt_machine.c -- what one machine cannot do of what rules want, or cannot
 * see of what they ask for.
 *
 * Rules are written for many machines, so nearly all of it is only worth
 * knowing; and each thing is told once, of the first rule that it hits.
 */

#include "policy/doubting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "model/facts.h"
#include "model/interned.h"

#define LLC "llc:"

static bool is_list(const char *cpus)
{
	return cpus[0] >= '0' && cpus[0] <= '9';
}

static bool is_alike_list(const char *cpus, const char *tried)
{
	return is_list(cpus) == is_list(tried) &&
	       (is_list(cpus) || strcmp(cpus, tried) == 0);
}

/* What was tried stands for all values that need the same of the system: of
 * CPUs for all lists, or for that kind of cores. */
static bool is_alike(const struct doubting *d, const struct image_value *v,
                     const struct inability *i)
{
	switch (setting_rows[i->setting].type) {
	case SETTING_TYPE_INT:
		return (v->value < 0) == (i->value < 0);
	case SETTING_TYPE_SCHED:
		return sched_class_of(v->value) == sched_class_of(i->value);
	case SETTING_TYPE_IONICE:       /* eight levels in each class         */
		return v->value / 8 == i->value / 8;
	case SETTING_TYPE_WORD:
	case SETTING_TYPE_BOOL:
		return v->value == i->value;
	case SETTING_TYPE_CPUS:
		return is_alike_list(doubt_text(d, v->text), i->text);
	default:
		return true;
	}
}

static bool is_bare(enum setting s)
{
	return setting_rows[s].type == SETTING_TYPE_INT ||
	       setting_rows[s].type == SETTING_TYPE_BOOL;
}

static const char *value_word(const struct doubting *d,
                              const struct image_value *v, char *out,
                              size_t size)
{
	enum setting s = (enum setting)v->setting;
	char         text[VALUE_TEXT_MAX];

	if (v->text.bytes > 0)
		snprintf(out, size, "\"%.100s\"", doubt_text(d, v->text));
	else if (is_bare(s))
		setting_print(s, v->value, NULL, out, size);
	else
		snprintf(out, size, "\"%s\"",
		         setting_print(s, v->value, NULL, text, sizeof(text)));
	return out;
}

/* Values of a setting that this machine does not do, and why. */
struct lack {
	enum setting            setting;
	bool                  (*hits)(const struct doubting *d,
	                              const struct image_value *v,
	                              const struct lack *l);
	const struct inability *tried;
	const char             *why;
};

static bool is_like_tried(const struct doubting *d, const struct image_value *v,
                          const struct lack *l)
{
	return is_alike(d, v, l->tried);
}

/* The one of these values that it hits, or NULL; of a pool that is wanted
 * also in *ret_pool. */
static const struct image_value *hit_in(const struct doubting *d,
                                        struct image_span values,
                                        const struct lack *l,
                                        const struct image_value **ret_pool)
{
	for (uint32_t n = 0; n < values.count; n++) {
		const struct image_value *v =
			IMAGE_AT(d->image, IMAGE_VALUES, image_value,
			         values.first + n);

		if (v->setting == SETTING_pool)
			*ret_pool = v;
		if (v->setting == l->setting && v->value != VALUE_UNTOUCHED &&
		    l->hits(d, v, l))
			return v;
	}
	return NULL;
}

/* What the rule wants, or the pool that it wants. */
static const struct image_value *wanted_of(const struct doubting *d,
                                           const struct image_rule *r,
                                           const struct lack *l)
{
	const struct image_value *pool = NULL, *none, *v;

	v = hit_in(d, r->want, l, &pool);
	if (v != NULL || pool == NULL ||
	    setting_rows[l->setting].scope != SETTING_SCOPE_GROUP)
		return v;
	for (uint32_t i = 0; i < image_count(d->image, IMAGE_POOLS); i++) {
		const struct image_pool *p =
			IMAGE_AT(d->image, IMAGE_POOLS, image_pool, i);

		if (strcmp(doubt_text(d, p->name),
		           doubt_text(d, pool->text)) == 0)
			v = hit_in(d, p->values, l, &none);
		if (v != NULL)
			return v;
	}
	return NULL;
}

/* " (and so in 3 more rules)" or "". */
static const char *more_text(uint32_t rules, char *out, size_t size)
{
	out[0] = '\0';
	if (rules > 1)
		snprintf(out, size, " (and in %u more rule%s)", rules - 1,
		         rules > 2 ? "s" : "");
	return out;
}

static void lack_tell(struct doubting *d, const struct lack *l)
{
	const struct image_value *first = NULL;
	uint32_t                  rules = 0, rule = 0;
	char                      value[VALUE_TEXT_MAX], more[48];

	for (uint32_t n = 0; n < d->rules; n++) {
		const struct image_value *v =
			wanted_of(d, doubt_rule(d, n), l);

		if (v == NULL || d->never[n] || !doubt_stands(d, n))
			continue;
		if (rules++ == 0) {
			first = v;
			rule = n;
		}
	}
	if (rules > 0)
		doubt_little(d, rule, setting_rows[l->setting].name,
		             "on this machine %s = %s is %s%s",
		             setting_rows[l->setting].name,
		             value_word(d, first, value, sizeof(value)), l->why,
		             more_text(rules, more, sizeof(more)));
}

static void inability_tell(struct doubting *d, const struct inability *i)
{
	lack_tell(d, &(struct lack){ i->setting, is_like_tried, i, i->why });
}

/* By number, and none of them is here. */
static bool is_elsewhere(const struct doubting *d, const struct image_value *v,
                         const struct lack *l)
{
	const char *list = doubt_text(d, v->text);
	uint8_t     wanted[CPUS_MAX / 8], here[CPUS_MAX / 8];

	(void)l;
	if (!is_list(list) || interned_list_bits(list, wanted) < 0 ||
	    interned_list_bits(d->machine->cpus, here) < 0)
		return false;
	for (size_t i = 0; i < sizeof here; i++)
		if ((wanted[i] & here[i]) != 0)
			return false;
	return true;
}

static bool was_tried(const struct doubting *d, enum setting s,
                      const char *text)
{
	const struct machine *m = d->machine;

	for (size_t i = 0; i < m->inabilities; i++)
		if (m->inability[i].setting == s &&
		    strcmp(m->inability[i].text, text) == 0)
			return true;
	return false;
}

/* Caches alone, and none of them is here. */
static bool is_past_caches(const struct doubting *d,
                           const struct image_value *v, const struct lack *l)
{
	const char *at = doubt_text(d, v->text);

	if (was_tried(d, l->setting, at))
		return false;
	for (; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, LLC, strlen(LLC)) != 0 ||
		    strtoul(at + strlen(LLC), NULL, 10) < d->machine->llcs)
			return false;
	return true;
}

static int64_t cpus_here(const struct machine *m)
{
	uint8_t here[CPUS_MAX / 8];
	int64_t n = 0;

	if (m->cpus == NULL || interned_list_bits(m->cpus, here) < 0)
		return 0;
	for (size_t cpu = 0; cpu < CPUS_MAX; cpu++)
		n += here[cpu / 8] >> (cpu % 8) & 1;
	return n;
}

/* As much as there is, or more. */
static bool is_no_limit(const struct doubting *d, const struct image_value *v,
                        const struct lack *l)
{
	(void)l;
	return v->value <= SHARE_CORES_HIGH &&
	       v->value >= 100 * cpus_here(d->machine);
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* What it has less of than rules speak of. */
static void amounts_tell(struct doubting *d)
{
	const struct machine *m = d->machine;
	char                  cpus[160], caches[80], count[80];
	int64_t               n = cpus_here(m);

	if (n == 0)
		return;
	snprintf(cpus, sizeof cpus, "unsupported: its CPUs are %.120s", m->cpus);
	snprintf(caches, sizeof caches, "unsupported: it has %u last-level "
	         "cache%s", m->llcs, plural(m->llcs));
	snprintf(count, sizeof count, "inert: it has %d CPU%s", (int)n,
	         plural(n));
	for (enum setting s = SETTING_cpuset; ; s = SETTING_affinity) {
		lack_tell(d, &(struct lack){ s, is_elsewhere, NULL, cpus });
		lack_tell(d, &(struct lack){ s, is_past_caches, NULL, caches });
		if (s == SETTING_affinity)
			break;
	}
	lack_tell(d, &(struct lack){ SETTING_cpu_limit, is_no_limit, NULL,
	                             count });
}

/* Only of one's own processes, which one may look at. */
static bool is_own(const struct doubting *d, const struct image_selector *s)
{
	const struct image_condition *uid = doubt_fact(d, s, FACT_uid);
	const struct image_condition *user = doubt_fact(d, s, FACT_user);
	const struct image_alternative *a;

	if (uid != NULL && uid->alternatives.count == 1) {
		a = doubt_alternative(d, uid, 0);
		return a->op == OP_RANGE && a->low == a->high &&
		       a->low == (int64_t)d->machine->uid;
	}
	if (user == NULL || user->alternatives.count != 1 ||
	    d->machine->user == NULL)
		return false;
	a = doubt_alternative(d, user, 0);
	return a->op == OP_TEXT &&
	       strcmp(doubt_text(d, a->text), d->machine->user) == 0;
}

/* What the kernel shows of others' processes only to those who may trace them;
 * FACT_COUNT: nothing. */
static uint32_t hidden_of(const struct image_condition *c, enum select kind)
{
	if (c->kind == CONDITION_ENV)
		return FACT_env;
	if (c->kind != CONDITION_FACT ||
	    (c->fact == FACT_name && kind == SELECT_THREAD))
		return FACT_COUNT;
	return fact_rows[c->fact].source == FACT_SOURCE_EXE ||
	       c->fact == FACT_io_rate ? c->fact : FACT_COUNT;
}

/* A bit for each in the selector and those inside it. */
static uint64_t hidden_in(const struct doubting *d, uint32_t selector)
{
	const struct image_selector *s;
	uint64_t                     all = 0;

	if (selector == IMAGE_NONE)
		return 0;
	s = doubt_selector(d, selector);
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		uint32_t f = hidden_of(doubt_condition(d, s, i),
		                       (enum select)s->kind);

		if (f != FACT_COUNT && !is_own(d, s))
			all |= FACT_BIT(f);
	}
	return all | hidden_in(d, s->of) | hidden_in(d, s->under) |
	       hidden_in(d, s->parent);
}

static void hidden_tell(struct doubting *d)
{
	uint32_t first[FACT_COUNT] = { 0 }, rules[FACT_COUNT] = { 0 };
	char     more[48];

	for (uint32_t i = 0; i < d->rules; i++) {
		uint64_t hidden = doubt_stands(d, i) && !d->never[i]
			? hidden_in(d, doubt_rule(d, i)->match) : 0;

		for (uint32_t f = 0; f < FACT_COUNT; f++)
			if ((hidden & FACT_BIT(f)) != 0 && rules[f]++ == 0)
				first[f] = i;
	}
	for (uint32_t f = 0; f < FACT_COUNT; f++)
		if (rules[f] > 0)
			doubt_little(d, first[f], fact_rows[f].name,
			             "%s of other users' processes is only "
			             "seen with CAP_SYS_PTRACE%s",
			             fact_rows[f].name,
			             more_text(rules[f], more, sizeof(more)));
}

/* Whether some alternative but that one fits what really runs. */
static bool fits_otherwise(const struct doubting *d,
                           const struct image_condition *c, const char *real)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a = doubt_alternative(d, c, i);
		const char *mine = doubt_text(d, a->text);

		if (a->op == OP_TEXT ? strcmp(mine, real) == 0
		    : a->op != OP_GLOB || glob_match(mine, real))
			return true;
	}
	return false;
}

/* What runs here in place of a program that is only named so, or NULL. */
static const char *real_name(const struct doubting *d,
                             const struct image_condition *c, uint32_t i)
{
	const struct machine           *m = d->machine;
	const struct image_alternative *a = doubt_alternative(d, c, i);

	return a->op == OP_TEXT && m->program != NULL
	       ? m->program(m->ctx, doubt_text(d, a->text)) : NULL;
}

/* A program that goes by many names may start another one of that name; of one
 * that is only a version of it, like python3.11, this is the only name. */
static bool is_version(const char *name, const char *real)
{
	return strstr(real, name) != NULL;
}

/* Where all names are other files' here, nothing matches; else some other may
 * be the one on this machine. */
static void names_tell(struct doubting *d, uint32_t rule,
                       const struct image_condition *c)
{
	bool others = false;

	for (uint32_t i = 0; i < c->alternatives.count; i++)
		others |= real_name(d, c, i) == NULL;
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a = doubt_alternative(d, c, i);
		const char *name = doubt_text(d, a->text);
		const char *real = real_name(d, c, i);

		if (real == NULL || fits_otherwise(d, c, real))
			continue;
		(others || !is_version(name, real) ? doubt_little : doubt)
			(d, rule, name, "on this machine '%s' is a link to "
			 "'%s', and name is the file's own", name, real);
	}
}

void doubt_machine(struct doubting *d)
{
	for (size_t i = 0; i < d->machine->inabilities; i++)
		inability_tell(d, &d->machine->inability[i]);
	amounts_tell(d);
	if (!d->machine->sees_all)
		hidden_tell(d);
	for (uint32_t i = 0; i < d->rules; i++) {
		const struct image_rule      *r = doubt_rule(d, i);
		const struct image_selector  *s = r->match == IMAGE_NONE
			? NULL : doubt_selector(d, r->match);
		const struct image_condition *name = s != NULL &&
			s->kind == SELECT_PROCESS
			? doubt_fact(d, s, FACT_name) : NULL;

		if (name != NULL && !d->never[i] && doubt_stands(d, i))
			names_tell(d, i, name);
	}
}
