/* edit.c -- somebody changes some rules of a scene, or all of them. */

#include "campaign.h"

static uint32_t some_rule(const struct scene *sc)
{
	return TAGS + draw(sc->count - TAGS);
}

/* Those that come first give each a tag, which others ask for. */
static bool has_others(const struct scene *sc)
{
	return sc->count > TAGS + 1;
}

static void edit_remove(struct scene *sc)
{
	uint32_t at = some_rule(sc);

	memmove(&sc->sketch[at], &sc->sketch[at + 1],
	        (--sc->count - at) * sizeof sc->sketch[0]);
}

static unsigned unused_name(const struct scene *sc)
{
	unsigned name = 0;

	for (uint32_t i = 0; i < sc->count; i++)
		if (sc->sketch[i].called >= name)
			name = sc->sketch[i].called + 1;
	return name;
}

static void edit_add(struct scene *sc)
{
	uint32_t at = some_rule(sc);
	unsigned name = unused_name(sc);

	if (sc->count == SKETCHES_MAX)
		return;
	memmove(&sc->sketch[at + 1], &sc->sketch[at],
	        (sc->count++ - at) * sizeof sc->sketch[0]);
	sketch_draw(&sc->sketch[at], sc->wild);
	sc->sketch[at].called = name;
}

/* What it says, but not of whom. */
static void edit_want(struct scene *sc)
{
	struct sketch *k = &sc->sketch[some_rule(sc)];

	k->version = ++play.versions;
	if (k->cap.has != 0) {
		k->cap = (struct cap){ .has = 0 };
		cap_draw(&k->cap);
		return;
	}
	k->want.has = 0;
	want_draw(&k->want);
	pools_want_draw(&k->want);
	if (k->is_function && !k->of_threads)
		k->want.has &= ~SETTING_BIT(SETTING_realtime);
}

static void edit_match(struct scene *sc)
{
	struct sketch *k = &sc->sketch[draw(sc->count)];

	k->version = ++play.versions;
	k->name = (int)draw(NAMES);
}

/* Another rule under the same name. */
static void edit_replace(struct scene *sc)
{
	struct sketch *k = &sc->sketch[some_rule(sc)];
	unsigned       name = k->called;

	sketch_draw(k, sc->wild);
	k->called = name;
}

static void edit_swap(struct scene *sc)
{
	struct sketch *a = &sc->sketch[some_rule(sc)];
	struct sketch *b = &sc->sketch[some_rule(sc)], kept = *a;

	*a = *b;
	*b = kept;
}

static void (*const edits[])(struct scene *sc) = {
	edit_remove, edit_remove, edit_add, edit_want, edit_want, edit_match,
	edit_replace, edit_swap,
};

void image_damage(void *image)
{
	((char *)image)[9] ^= 1;
}

/* One edit or a few of that scene, or another altogether. */
unsigned scene_edit(unsigned from)
{
	struct scene *sc = &play.scenes[play.scene_count];

	if (play.scene_count == SCENES_MAX)
		return from;
	*sc = (struct scene){ .count = 0 };
	if (once_in(6)) {
		scene_draw(sc);
	} else {
		*sc = play.scenes[from];
		for (unsigned n = 1 + draw(3); n > 0 && has_others(sc); n--)
			edits[draw(sizeof edits / sizeof edits[0])](sc);
		pools_edit(sc);
	}
	sc->image = NULL;
	scene_build(sc);
	return play.scene_count++;
}
