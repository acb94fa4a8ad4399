/* test_policy_doubts.c -- what is doubted is held against what really happens:
 * made-up rules on every task of a small world. */

#include "model/intent.h"
#include "policy/doubts.h"
#include "policy/implies.h"
#include "small_world.h"

#define ROUNDS      400
#define RULES_EACH  12
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

static uint64_t seed = 1;

static size_t roll(size_t sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % sides;
}

static struct task *task[64];
static size_t       tasks;

/* Every program of every user, in a unit or in none, some of
 * them unreadable. */
static void everybody_appears(void)
{
	static const char *const programs[][2] = {
		{ "a", "/x/a" }, { "ab", "/x/ab" }, { "b", "/y/b" },
		{ "ba", "/x/y/ba" },
	};
	static const uid_t uids[] = { 0, 5, 1000 };

	tasks = 0;
	for (size_t p = 0; p < COUNT(programs); p++)
		for (size_t u = 0; u < COUNT(uids); u++)
			for (int odd = 0; odd < 2; odd++) {
				struct being b = { .name = programs[p][0],
				                   .exe = programs[p][1],
				                   .uid = uids[u] };

				if (odd)
					b.unit = "u.service";
				else if (u == 1)
					b.unreadable = FACT_BIT(FACT_exe);
				task[tasks] = appear((pid_t)tasks + 10, 0, b);
				tasks++;
			}
}

/* "name=a|~b* uid=0..5", some of it out of reach. */
static const char *made_up_fields(char *out, size_t size)
{
	static const char *const names[] = { "a", "ab", "b", "ba", "zz", "~a*",
	                                     "~*b", "~*", "~?", "any" };
	static const char *const exes[] = { "/x/a", "/x/ab", "/q/a", "~/x/*",
	                                    "~x*", "any" };
	static const char *const uids[] = { "0", "5", "0..5", "5..1000",
	                                    "people", "any",
	                                    "4294967296..4294967297" };
	static const char *const units[] = { "u.service", "~u*", "any", "v" };
	static const struct {
		const char        *name;
		const char *const *value;
		size_t             values;
	} fields[] = {
		{ "name", names, COUNT(names) }, { "exe", exes, COUNT(exes) },
		{ "uid", uids, COUNT(uids) }, { "unit", units, COUNT(units) },
	};
	size_t n = 0;

	out[0] = '\0';
	for (size_t f = 0; f < COUNT(fields); f++)
		for (size_t i = 0, more = roll(3); i < more; i++)
			n += (size_t)snprintf(
				out + n, size - n, "%s%s%s%s",
				i == 0 ? " " : "", i == 0 ? fields[f].name : "",
				i == 0 ? "=" : "|",
				fields[f].value[roll(fields[f].values)]);
	return out;
}

static uint32_t made_up_selector(void)
{
	char fields[512];

	return pick(SELECT_PROCESS, made_up_fields(fields, sizeof fields));
}

/* Wants one, two or all four of the knobs that service classes set. */
static void made_up_rule(int number)
{
	char                name[16];
	struct builder_rule r;
	struct want         w = { 0 };

	snprintf(name, sizeof name, "r%d", number);
	r = rule_for(name, made_up_selector());
	if (roll(4) == 0)
		r.except = made_up_selector();
	if (roll(2) == 0)
		want_set(&w, SETTING_nice, (int64_t)roll(3));
	if (roll(3) == 0)
		want_set(&w, SETTING_oom_score_adj, (int64_t)roll(2));
	if (w.has == 0)
		want_set(&w, SETTING_qos, (int64_t)roll(2));
	r.want = &w;
	r.priority = (int32_t)roll(3);
	rule_add(r);
}

/* What was told of each rule. */
struct told {
	bool never[RULES_EACH], excepted[RULES_EACH], shadowed[RULES_EACH],
	     twice[RULES_EACH];
};

static void on_doubt(void *ctx, const struct doubt *d)
{
	struct told *t = ctx;

	if (d->rule == IMAGE_NONE)
		return;
	t->never[d->rule] |= strstr(d->sentence, " can never match") != NULL;
	t->never[d->rule] |= strstr(d->sentence, "nothing lies in") != NULL;
	t->excepted[d->rule] |= strstr(d->sentence, " its except ") != NULL;
	t->shadowed[d->rule] |=
		strstr(d->sentence, " never decides anything") != NULL;
	t->twice[d->rule] |= strstr(d->sentence, " says the same") != NULL;
}

static uint64_t knobs_of(const struct ruleset *rs, uint32_t rule)
{
	struct intents intents;
	struct want    w;

	intents_default(&intents);
	ruleset_want(rs, rule, &w);
	intents_expand(&intents, &w);
	return w.has;
}

/* Whether the rule has the last word on any knob of the task. */
static bool decides(const struct ruleset *rs, const struct found *f,
                    uint32_t rule)
{
	uint64_t left = knobs_of(rs, rule);

	for (size_t i = 0; i < f->rules; i++)
		if (ruleset_rank(rs, f->rule[i]) > ruleset_rank(rs, rule))
			left &= ~knobs_of(rs, f->rule[i]);
	return was_found(f, rule) && left != 0;
}

static void hold_against_all(const struct told *t, struct ruleset *rs)
{
	for (size_t i = 0; i < tasks; i++) {
		struct found f = look_up(rs, task[i]);

		for (uint32_t r = 0; r < RULES_EACH; r++)
			ck_assert_msg(!t->shadowed[r] || !decides(rs, &f, r),
			              "seed %llu: rule %u decides",
			              (unsigned long long)seed, r);
	}
}

/* A rule that decides nothing by what is written is found by the index, too. */
static void hold_against_each(const struct told *t, const struct ruleset *rs,
                              const void *image)
{
	for (uint32_t b = 0; b < RULES_EACH; b++)
		for (uint32_t a = 0; a < RULES_EACH; a++) {
			const struct image_rule *by = ruleset_rule(rs, a);
			const struct image_rule *of = ruleset_rule(rs, b);
			uint64_t                 steps = 0;

			if (a == b || t->never[a] || t->never[b] ||
			    t->twice[a] || t->twice[b] ||
			    by->except != IMAGE_NONE ||
			    ruleset_rank(rs, a) < ruleset_rank(rs, b) ||
			    (knobs_of(rs, b) & ~knobs_of(rs, a)) != 0 ||
			    !implies(image, of->match, by->match, &steps))
				continue;
			ck_assert_msg(t->shadowed[b], "seed %llu: rule %u is "
			              "shadowed by %u",
			              (unsigned long long)seed, b, a);
		}
}

/* Of one value in a list, or of its except, the rule itself may be fine. */
static bool is_whole(const void *image, const struct image_rule *r)
{
	const struct image_selector *s =
		IMAGE_AT(image, IMAGE_SELECTORS, image_selector, r->match);

	for (uint32_t i = 0; i < s->conditions.count; i++)
		if (IMAGE_AT(image, IMAGE_CONDITIONS, image_condition,
		             s->conditions.first + i)->alternatives.count > 1)
			return false;
	return r->except == IMAGE_NONE;
}

static void hold_never(const struct told *t, struct ruleset *rs,
                       const void *image)
{
	for (uint32_t r = 0; r < RULES_EACH; r++)
		for (size_t i = 0; i < tasks; i++)
			ck_assert_msg(!t->never[r] ||
			              (!t->excepted[r] &&
			               !is_whole(image, ruleset_rule(rs, r))) ||
			              !finds(rs, task[i], r),
			              "seed %llu: rule %u matches",
			              (unsigned long long)seed, r);
}

START_TEST(what_is_doubted_never_happens)
{
	size_t never = 0, excepted = 0, shadowed = 0;

	everybody_appears();
	for (int round = 0; round < ROUNDS; round++) {
		struct told     t;
		struct ruleset *rs = NULL;
		size_t          bytes;
		void           *image;

		memset(&t, 0, sizeof t);
		for (int i = 0; i < RULES_EACH; i++)
			made_up_rule(i);
		image = image_finish(&bytes);
		ck_assert_int_eq(ruleset_new(image, bytes, 1, sets, &rs), 0);
		ck_assert_int_eq(doubts_find(image, NULL, on_doubt, &t), 0);
		hold_against_all(&t, rs);
		hold_against_each(&t, rs, image);
		hold_never(&t, rs, image);
		for (int i = 0; i < RULES_EACH; i++) {
			never += t.never[i];
			excepted += t.excepted[i];
			shadowed += t.shadowed[i];
		}
		ruleset_free(rs);
		free(image);
	}
	ck_assert_uint_gt(never, ROUNDS / 4);
	ck_assert_uint_gt(excepted, ROUNDS / 40);
	ck_assert_uint_gt(shadowed, ROUNDS / 4);
}
END_TEST

/* And is found to hold often enough to be of use. */
START_TEST(what_is_implied_holds)
{
	size_t implied = 0;

	everybody_appears();
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t selector[RULES_EACH];
		size_t   bytes;
		void    *image;

		for (int i = 0; i < RULES_EACH; i++) {
			selector[i] = made_up_selector();
			rule_add(rule_for("r", selector[i]));
		}
		image = image_finish(&bytes);
		for (int i = 0; i < RULES_EACH * RULES_EACH; i++) {
			uint32_t a = selector[i / RULES_EACH];
			uint32_t b = selector[i % RULES_EACH];
			uint64_t steps = 0;

			if (!implies(image, a, b, &steps))
				continue;
			implied += a != b;
			for (size_t n = 0; n < tasks; n++) {
				struct subject x = about(task[n]);
				struct subject y = about(task[n]);

				ck_assert(match_truth(image, a, IMAGE_NONE, &x)
				          != TRUTH_YES ||
				          match_truth(image, b, IMAGE_NONE, &y)
				          == TRUTH_YES);
			}
		}
		free(image);
	}
	ck_assert_uint_gt(implied, ROUNDS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_doubted_never_happens,
		what_is_implied_holds,
	};

	return world_run("policy doubts", tests, COUNT(tests));
}
