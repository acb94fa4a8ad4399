/* player.c -- who plays the rules worker: it reads the scene, and fails as
 * often as it is told to. */

#include "campaign.h"

/* How a worker can misbehave over one question. */
enum failure { FAILS_NOT, FAILS_SILENT, FAILS_DYING, FAILS_NONSENSE,
               FAILS_RULE, FAILURES };

static const void *broken_image(const struct scene *sc)
{
	static unsigned char image[SCENE_BYTES_MAX];

	memcpy(image, sc->image, sc->image_bytes);
	image_damage(image);
	return image;
}

static const void *player_image(void *self, size_t *ret_bytes,
                                const char **ret_why)
{
	uint32_t            wire = play.stage->wire;
	enum flaw           flaw;
	const struct scene *sc = scene_on_wire(wire, &flaw);

	(void)self;
	if (plays(PLAYS_RELOAD) && play.mischief != 0 && once_in(15)) {
		tell("the worker on wire %u dies over them", (unsigned)wire);
		play.worker_failed = true;
		sim_own_dies(play.stage->sim, wire);
	}
	*ret_why = "they are wrong";
	if (flaw == FLAW_WRONG)
		return NULL;
	*ret_bytes = sc->image_bytes;
	return flaw == FLAW_BROKEN ? broken_image(sc) : sc->image;
}

struct asked {
	const void    *question;
	size_t         bytes;
	struct answer *answer;
};

static int64_t fact(struct asked *q, enum fact f)
{
	struct value v = { 0 };

	q->answer->read.task |= FACT_BIT(f);
	if (question_fact(q->question, q->bytes, 0, f, &v) == -ENOENT)
		q->answer->outcome = OUTCOME_NEEDS;
	return v.number;
}

static int64_t host(struct asked *q, enum host_fact f)
{
	int64_t v = 0;

	q->answer->read.host |= HOST_BIT(f);
	if (question_host(q->question, q->bytes, f, &v) == -ENOENT)
		q->answer->outcome = OUTCOME_NEEDS;
	return v;
}

/* One want for some users on battery and the others off it. */
static void decide(const struct sketch *k, struct asked *q)
{
	bool odd = fact(q, FACT_uid) % 2 != 0;
	bool battery = host(q, HOST_on_battery) != 0;

	if (q->answer->outcome == OUTCOME_NEEDS)
		return;
	q->answer->outcome = OUTCOME_WANT;
	q->answer->want = odd != battery ? k->want : k->other;
}

static void handle(const struct sketch *k, uint32_t tasks, struct answer *a,
                   struct deeds *deeds)
{
	for (uint32_t i = 0; i < tasks && i < 4; i++)
		deeds->action[deeds->count++] = (struct action){
			.kind = ACTION_WANT, .task = i,
			.keep_ns = k->keep_ns, .want = k->want };
	a->outcome = deeds->count == 0 ? OUTCOME_NOTHING : OUTCOME_WANT;
}

static enum failure failure_draw(void)
{
	if (play.mischief == 0 || !once_in(30))
		return FAILS_NOT;
	play.worker_failed = true;
	return (enum failure)draw(FAILURES);
}

static int64_t fail(enum failure how, unsigned char *out, size_t size)
{
	size_t n = 1 + draw(200);

	tell("the worker fails, %d", how);
	if (how == FAILS_DYING)
		sim_own_dies(play.stage->sim, play.stage->wire);
	if (how != FAILS_NONSENSE || n > size)
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)draw(256);
	return (int64_t)n;
}

static int64_t player_answer(void *self, const void *question, size_t bytes,
                             void *out, size_t size)
{
	static struct deeds     deeds;
	struct message_question head;
	struct answer           a = { .outcome = OUTCOME_NOTHING };
	struct asked            q = { question, bytes, &a };
	const struct scene     *sc;
	const struct sketch    *k;
	enum failure            how = failure_draw();

	(void)self;
	memcpy(&head, question, sizeof head);
	sc = scene_of_generation(head.generation);
	if (head.rule >= sc->count)
		broken("a question of rule %u", (unsigned)head.rule);
	k = &sc->sketch[head.rule];
	deeds.count = deeds.written = 0;
	if (how == FAILS_RULE)
		a.outcome = OUTCOME_ERROR;
	else if (how != FAILS_NOT)
		return fail(how, out, size);
	else if (k->is_handler)
		handle(k, head.tasks, &a, &deeds);
	else
		decide(k, &q);
	return answer_write(head.head.id, head.generation, head.rule, &a,
	                    k->is_handler ? &deeds : NULL, play.words,
	                    out, size);
}

struct understudy player_cast(void)
{
	return (struct understudy){ NULL, player_image, player_answer };
}
