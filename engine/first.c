/* first.c -- the first rules of the system: checked and indexed beside the loop, as
 * all that follow them are.
 *
 * The worker that compiled them waits meanwhile.  What is lost and compiles them
 * again is not waited for: the first image is the one.
 */

#include <errno.h>

#include "base/text.h"
#include "judge.h"
#include "reloading.h"

#define VALUES_A_STEP 256

/* As if they had been found wrong as they came. */
static void disbelieve(struct engine *en, struct generation *g)
{
	struct voice *v = &en->voice[VOICE_SYSTEM];

	if (worker_disbelieve(v->worker, g->why) == WORKER_LOST)
		judge_loss(en, v);
	en->first = NULL;
	generation_leave_own(en, g);
}

static void was_built(struct engine *en, struct generation *g)
{
	const struct voice *v = &en->voice[VOICE_SYSTEM];
	size_t              bytes;
	const void         *image;

	if (g->error == 0) {
		image = ruleset_image(g->rules, &bytes);
		g->error = worker_believe(v->worker, image, bytes, g->sum);
		text_copy(g->why, sizeof g->why, "no memory for the compiled "
		          "rules");
	}
	letter_give_back(&g->compiled);
	g->built = g->error == 0;
	if (!g->built)
		disbelieve(en, g);
}

int first_compiled(struct engine *en)
{
	struct letter_kept compiled =
		worker_compiled(en->voice[VOICE_SYSTEM].worker);
	struct generation *g = en->first == NULL ? generation_new(en) : NULL;

	if (g == NULL) {
		letter_give_back(&compiled);
		return en->first == NULL ? -ENOMEM : 0;
	}
	en->first = g;
	g->compiled = compiled;
	g->voice = VOICE_SYSTEM;
	g->number = en->last_generation + 1;
	return chore_add(en, generation_build, was_built, g) ? 0 : -ENOMEM;
}

static int put_in_force(struct engine *en, struct generation *g)
{
	struct voice *v = &en->voice[VOICE_SYSTEM];

	v->rules = g->rules;
	v->memo = g->memo;
	v->conduct = g->conduct;
	g->rules = NULL;
	g->memo = NULL;
	g->conduct = NULL;
	en->first = NULL;
	generation_leave_own(en, g);
	return judge_begin(en);
}

int first_go_on(struct engine *en)
{
	struct generation *g = en->first;
	int                r;

	if (g == NULL || !g->built)
		return 0;
	r = ruleset_intern(g->rules, en->sets, VALUES_A_STEP);
	return r == 0 ? put_in_force(en, g) : r < 0 ? r : 0;
}

bool first_is_built(const struct engine *en)
{
	return en->first != NULL && en->first->built;
}
