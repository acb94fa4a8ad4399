/* shelf.c -- the files of rules as they are now, and who reads and keeps them.
 *
 * A file says which rules are in it, by their versions, and what is wrong with
 * it; so from the files of a generation alone it is known which scene it is.
 */

#include "campaign.h"
#include "reloading.h"

#define FILE_TEXT_MAX 256

static const enum layer layers[] = { LAYER_DISTRO, LAYER_ADMIN };

#define FILES   (sizeof layers / sizeof layers[0])
#define NUMBERS 4096            /* of generations                             */

static struct shelf {
	unsigned scene;                 /* of the files as they are now       */
	enum flaw flaw;
	unsigned read;                  /* the one that was read last         */
	struct {
		uint32_t number;
		unsigned scene;
	} kept[GENERATIONS_KEPT];       /* good ones, the last one first      */
	size_t   kept_count;
	unsigned of_number[NUMBERS];    /* a scene and one; 0: not known      */
	/* What is lent to the engine, and to the one before it. */
	struct rule_source begun[2][FILES];
} shelf;

static void text_of(unsigned scene, enum layer layer, enum flaw flaw,
                    char *out)
{
	const struct scene *sc = &play.scenes[scene];
	size_t              n = (size_t)snprintf(out, FILE_TEXT_MAX, "flaw %d:",
	                                         (int)flaw);

	for (int i = 0; i < POOLS && layer == LAYER_ADMIN; i++)
		n += (size_t)snprintf(out + n, FILE_TEXT_MAX - n, " p%u",
		                      sc->pool[i].version);
	for (uint32_t i = 0; i < sc->count; i++)
		if (sc->sketch[i].layer == layer)
			n += (size_t)snprintf(out + n, FILE_TEXT_MAX - n, " %u",
			                      sc->sketch[i].version);
}

static void source_fill(struct rule_source *s, unsigned scene,
                        enum layer layer, enum flaw flaw)
{
	char text[FILE_TEXT_MAX], path[16];

	text_of(scene, layer, flaw, text);
	snprintf(path, sizeof path, "%d.lua", (int)layer);
	*s = (struct rule_source){ .layer = layer, .path = strdup(path),
		                   .text = strdup(text),
		                   .bytes = strlen(text) };
	if (s->path == NULL || s->text == NULL)
		broken("no memory");
}

static void sources_fill(struct sources *s, unsigned scene, enum flaw flaw)
{
	s->source = calloc(FILES, sizeof *s->source);
	if (s->source == NULL)
		broken("no memory");
	s->count = FILES;
	for (size_t i = 0; i < FILES; i++)
		source_fill(&s->source[i], scene, layers[i], flaw);
}

static bool is_in(unsigned scene, enum flaw flaw, const struct rule_source *s)
{
	for (size_t i = 0; i < FILES; i++) {
		char text[FILE_TEXT_MAX];

		text_of(scene, layers[i], flaw, text);
		if (strcmp(text, s[i].text) != 0)
			return false;
	}
	return true;
}

/* Which scene these files are, the first of several that are alike. */
static unsigned scene_in(const struct rule_source *s, enum flaw *ret_flaw)
{
	for (unsigned i = 0; i < play.scene_count; i++)
		for (int f = 0; f < FLAWS; f++)
			if (is_in(i, (enum flaw)f, s)) {
				*ret_flaw = (enum flaw)f;
				return i;
			}
	broken("there are no such files: %s, %s", s[0].text, s[1].text);
}

/* What was kept may have forgotten its texts; then it is known
 * by its number. */
static unsigned scene_of(const struct generation *g, enum flaw *ret_flaw)
{
	*ret_flaw = FLAW_NONE;
	return g->source[0].text == NULL ? shelf.of_number[g->number] - 1
	                                 : scene_in(g->source, ret_flaw);
}

static bool is_numbered(const struct generation *g, uint32_t number)
{
	return g != NULL && g->number == number;
}

/* Until it is told which number the first one has it has none. */
static unsigned scene_numbered(uint32_t number)
{
	const struct reload *r = play.stage->engine.reload;
	enum flaw            unused;
	const struct generation *g = is_numbered(r->now, number) ? r->now :
	                             is_numbered(r->next, number) ? r->next :
	                             is_numbered(r->before, number)
	                             ? r->before : NULL;

	if (number >= NUMBERS)
		broken("generation %u", (unsigned)number);
	if (shelf.of_number[number] == 0 && g == NULL)
		return scene_of(r->now, &unused);
	if (shelf.of_number[number] == 0)
		shelf.of_number[number] = scene_of(g, &unused) + 1;
	return shelf.of_number[number] - 1;
}

const struct scene *scene_of_generation(uint32_t number)
{
	return play.stage->engine.reload == NULL
	       ? &play.scenes[0] : &play.scenes[scene_numbered(number)];
}

const struct scene *scene(void)
{
	const struct engine *en = play.stage == NULL ? NULL
	                                             : &play.stage->engine;
	const struct voice  *v = en == NULL ? NULL : &en->voice[VOICE_SYSTEM];
	enum flaw            unused;

	if (en == NULL || en->reload == NULL)
		return &play.scenes[0];
	return v->rules == NULL
	       ? &play.scenes[scene_of(en->reload->now, &unused)]
	       : scene_of_generation(ruleset_generation(v->rules));
}

static bool is_on(const struct generation *g, uint32_t wire)
{
	return g != NULL && g->worker != NULL && g->line == wire;
}

const struct scene *scene_on_wire(uint32_t wire, enum flaw *ret_flaw)
{
	const struct reload *r = play.stage->engine.reload;
	const struct generation *g;

	*ret_flaw = FLAW_NONE;
	if (r == NULL)
		return &play.scenes[0];
	g = is_on(r->next, wire) ? r->next :
	    is_on(r->before, wire) ? r->before : r->now;
	return &play.scenes[scene_of(g, ret_flaw)];
}

/* What goes wrong with files is no affair of the doors'. */
static bool stumbles(void)
{
	return play.mischief != 0 && once_in(12);
}

static int shelf_read(void *self, const struct workshop *shop,
                      struct reading *ret)
{
	enum flaw flaw;

	(void)self, (void)shop;
	ret->policy = play.policy;
	snprintf(ret->why, sizeof ret->why, "they cannot be read");
	if (shelf.flaw == FLAW_UNREADABLE || stumbles())
		return once_in(2) ? -EAGAIN : -EIO;
	sources_fill(&ret->sources, shelf.scene, shelf.flaw);
	shelf.read = scene_in(ret->sources.source, &flaw);
	tell("scene %u is read, flaw %d", shelf.read, (int)flaw);
	return 0;
}

static int shelf_test(void *self, const struct sources *s, char *why,
                      size_t size)
{
	enum flaw flaw;

	(void)self;
	scene_in(s->source, &flaw);
	snprintf(why, size, "their tests fail");
	return flaw == FLAW_TESTS ? -EINVAL : 0;
}

/* What is kept is what was in force, and good. */
static void kept_is_right(const struct kept *k, unsigned of)
{
	const struct scene *sc = &play.scenes[of];

	if (k->bytes != sc->image_bytes ||
	    memcmp(k->image, sc->image, k->bytes) != 0)
		broken("generation %u is kept with another's image",
		       (unsigned)k->number);
}

static uint32_t shelf_highest(void)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < shelf.kept_count; i++)
		if (shelf.kept[i].number > highest)
			highest = shelf.kept[i].number;
	return highest;
}

/* An engine that ends finishes what it is at, and the next one counts on from
 * there. */
static void number_is_taken(uint32_t number, unsigned of)
{
	shelf.of_number[number] = of + 1;
	play.stage->options.last_generation = shelf_highest();
}

static int shelf_keep(void *self, const struct kept *k)
{
	enum flaw flaw;
	unsigned  of = scene_in(k->sources.source, &flaw);
	size_t    at = 0;

	(void)self;
	if (stumbles())
		return -ENOSPC;
	if (flaw != FLAW_NONE && flaw != FLAW_TESTS)
		broken("rules that are wrong are kept");
	kept_is_right(k, of);
	while (at < shelf.kept_count && shelf.kept[at].number != k->number)
		at++;
	if (at == GENERATIONS_KEPT)
		at--;
	shelf.kept_count += at == shelf.kept_count;
	memmove(&shelf.kept[1], &shelf.kept[0], at * sizeof shelf.kept[0]);
	shelf.kept[0].number = k->number;
	shelf.kept[0].scene = of;
	number_is_taken(k->number, of);
	tell("generation %u is kept, scene %u", (unsigned)k->number, of);
	return 0;
}

static size_t shelf_kept(void *self, uint32_t ret_numbers[GENERATIONS_KEPT])
{
	(void)self;
	for (size_t i = 0; i < shelf.kept_count; i++)
		ret_numbers[i] = shelf.kept[i].number;
	return shelf.kept_count;
}

/* Sometimes its image is another version's, or damaged. */
static void recall_image(const struct scene *sc, struct kept *ret)
{
	if (once_in(3))
		return;
	ret->memory = malloc(sc->image_bytes);
	if (ret->memory == NULL)
		broken("no memory");
	memcpy(ret->memory, sc->image, sc->image_bytes);
	ret->image = ret->memory;
	ret->bytes = sc->image_bytes;
	if (once_in(3))
		image_damage(ret->memory);
}

static int shelf_recall(void *self, uint32_t number, struct kept *ret)
{
	(void)self;
	for (size_t i = 0; i < shelf.kept_count; i++) {
		if (shelf.kept[i].number != number)
			continue;
		if (stumbles())
			return -EBADMSG;
		ret->number = number;
		sources_fill(&ret->sources, shelf.kept[i].scene, FLAW_NONE);
		recall_image(&play.scenes[shelf.kept[i].scene], ret);
		return 0;
	}
	return -ENOENT;
}

static struct rule_reader shelf_reader(void)
{
	return (struct rule_reader){ .read = shelf_read, .test = shelf_test,
		                     .keep = shelf_keep, .kept = shelf_kept,
		                     .recall = shelf_recall };
}

static void begun_free(struct rule_source *s)
{
	for (size_t i = 0; i < FILES; i++) {
		free(s[i].path);
		free(s[i].text);
		s[i] = (struct rule_source){ .text = NULL };
	}
}

void shelf_clear(void)
{
	begun_free(shelf.begun[0]);
	begun_free(shelf.begun[1]);
	memset(&shelf, 0, sizeof shelf);
}

/* Before there are any rules: they lie there when the engine looks. */
void shelf_offer(struct rehearsal_options *o)
{
	shelf_clear();
	o->reader = shelf_reader();
	o->sources = shelf.begun[0];
	o->source_count = FILES;
}

/* Numbers that were not kept are given anew. */
void shelf_lend(struct rehearsal_options *o, unsigned scene)
{
	bool                first = shelf.begun[0]->text == NULL;
	struct rule_source *s = shelf.begun[!first &&
	                                    o->sources == shelf.begun[0]];

	begun_free(s);
	for (size_t i = 0; i < FILES; i++)
		source_fill(&s[i], scene, layers[i], FLAW_NONE);
	memset(shelf.of_number, 0, sizeof shelf.of_number);
	for (size_t i = 0; i < shelf.kept_count; i++)
		shelf.of_number[shelf.kept[i].number] = shelf.kept[i].scene + 1;
	o->sources = s;
	o->source_count = FILES;
	o->last_generation = shelf_highest();
}

void shelf_put(unsigned scene, enum flaw flaw)
{
	shelf.scene = scene;
	shelf.flaw = flaw;
	tell("on the shelf: scene %u, flaw %d", scene, (int)flaw);
}

bool shelf_is_good(void)
{
	return shelf.flaw == FLAW_NONE ||
	       (shelf.flaw == FLAW_TESTS && !play.policy.run_tests);
}

unsigned shelf_now(void)
{
	return shelf.scene;
}

const struct scene *shelf_last_read(void)
{
	return &play.scenes[shelf.read];
}

uint32_t shelf_some_kept(void)
{
	return shelf.kept_count == 0 ? 0 : shelf.kept[
	       draw((uint32_t)shelf.kept_count)].number;
}
