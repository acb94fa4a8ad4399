/* image.c -- the rules of a scene in compiled form, and in words. */

#include "campaign.h"

static void add_name(struct builder *b, int name)
{
	char text = (char)('a' + name);

	builder_condition(b, CONDITION_FACT, FACT_name);
	builder_text(b, &text, 1);
}

static uint32_t named(struct builder *b, int name)
{
	builder_selector_begin(b, SELECT_PROCESS);
	add_name(b, name);
	return builder_selector_end(b);
}

static void add_number(struct builder *b, enum fact f, int64_t low,
                       int64_t high)
{
	builder_condition(b, CONDITION_FACT, f);
	builder_range(b, low, high);
}

static uint32_t process_of(struct builder *b, const struct sketch *k)
{
	uint32_t above = k->lineage == LINEAGE_NONE ? IMAGE_NONE
	                                            : named(b, k->above);
	char     tag[8];

	builder_selector_begin(b, SELECT_PROCESS);
	if (k->name != NONE)
		add_name(b, k->name);
	if (k->uid != NONE)
		add_number(b, FACT_uid, k->uid, k->uid);
	if (k->drifts)
		add_number(b, FACT_rss, 1 << 24, INT64_MAX);
	if (k->asks != NONE) {
		snprintf(tag, sizeof tag, "t%d", k->asks);
		builder_condition(b, CONDITION_TAG, 0);
		builder_tag(b, tag);
	}
	if (k->lineage == LINEAGE_PARENT)
		builder_parent(b, above);
	if (k->lineage == LINEAGE_UNDER)
		builder_under(b, above);
	if (k->lasting_ns != 0 && !k->of_threads)
		builder_lasting(b, k->lasting_ns);
	return builder_selector_end(b);
}

static uint32_t match_of(struct builder *b, const struct sketch *k)
{
	uint32_t process = process_of(b, k);

	if (!k->of_threads)
		return process;
	builder_selector_begin(b, SELECT_THREAD);
	builder_condition(b, CONDITION_FACT,
	                  k->of_main ? FACT_main : FACT_name);
	if (k->of_main)
		builder_range(b, play.plant != PLANT_main, 1);
	else if (k->by_pattern)
		builder_glob(b, "w*", 2);
	else
		builder_text(b, "x", 1);
	builder_of(b, process);
	return builder_selector_end(b);
}

static uint32_t when_of(struct builder *b, const struct sketch *k)
{
	if (k->when == WHEN_ALWAYS)
		return IMAGE_NONE;
	builder_selector_begin(b, SELECT_HOST);
	builder_condition(b, CONDITION_HOST, k->when == WHEN_BATTERY
	                  ? HOST_on_battery : HOST_memory_pressure);
	builder_range(b, 1, HOST_LEVEL_CRITICAL);
	return builder_selector_end(b);
}

static void sketch_build(struct scene *sc, struct builder *b,
                         const struct sketch *k)
{
	struct builder_rule r = builder_rule_empty();
	char                tag[8], file[16], name[16];

	snprintf(name, sizeof name, "r%u", k->called);
	r.name = name;
	snprintf(file, sizeof file, "%d.lua", k->layer);
	r.file = file;
	r.line = (uint32_t)(k - sc->sketch) + 1;
	r.match = match_of(b, k);
	if (k->except != NONE)
		r.except = named(b, k->except);
	r.when = when_of(b, k);
	if (k->gives != NONE) {
		snprintf(tag, sizeof tag, "t%d", k->gives);
		r.tag = tag;
	}
	r.layer = k->layer;
	r.priority = k->priority;
	r.moment = k->moment;
	r.to = k->to;
	r.keep_ns = k->is_handler ? 0 : k->keep_ns;
	r.is_function = k->is_function;
	r.is_handler = k->is_handler;
	r.level = k->is_handler ? HOST_LEVEL_CRITICAL : IMAGE_NONE;
	r.insist = k->insist;
	if (k->want.has != 0 && !k->is_function)
		r.want = &k->want;
	if (k->cap.has != 0 && play.plant != PLANT_cap)
		r.cap = &k->cap;
	if (builder_rule(b, &r, play.words) < 0)
		broken("a rule cannot be built");
}

void scene_build(struct scene *sc)
{
	struct builder *b = builder_new();
	char            why[200] = "";

	if (b == NULL)
		broken("no memory");
	pools_build(b, sc);
	for (uint32_t i = 0; i < sc->count; i++)
		sketch_build(sc, b, &sc->sketch[i]);
	if (builder_finish(b, &sc->image, &sc->image_bytes, why,
	                   sizeof why) < 0)
		broken("the rules are wrong: %s", why);
	if (sc->image_bytes > SCENE_BYTES_MAX)
		broken("an image of %zu bytes", sc->image_bytes);
	builder_free(b);
}

static void want_print(const struct want *w, char *out, size_t size)
{
	uint64_t left = w->has;
	size_t   used = strlen(out);

	while (left != 0 && used + 1 < size) {
		enum setting s = setting_take(&left);
		char         value[VALUE_TEXT_MAX];

		setting_print(s, w->value[s], play.words, value, sizeof value);
		used += (size_t)snprintf(out + used, size - used, " %s=%s",
		                         setting_rows[s].name, value);
	}
}

static void cap_print(const struct cap *c, char *out, size_t size)
{
	uint64_t left = c->has;
	size_t   used = strlen(out);

	while (left != 0 && used + 1 < size) {
		enum setting s = setting_take(&left);

		used += (size_t)snprintf(out + used, size - used,
		                         " cap %s %lld..%lld/%x",
		                         setting_rows[s].name,
		                         (long long)c->bound[s].low,
		                         (long long)c->bound[s].high,
		                         (unsigned)c->bound[s].allowed);
	}
}

static void sketch_tell(const struct scene *sc, const struct sketch *k)
{
	static const char *const whens[WHENS] = { "", " on battery",
	                                          " under pressure" };
	static const char *const lines[LINEAGES] = { "", " parent", " under" };
	char wants[200] = "";

	want_print(&k->want, wants, sizeof wants);
	if (k->is_function) {
		strncat(wants, " or", sizeof wants - strlen(wants) - 1);
		want_print(&k->other, wants, sizeof wants);
	}
	cap_print(&k->cap, wants, sizeof wants);
	tell("rule %d (r%u): name %d uid %d except %d asks %d gives %d%s%s%s%s%s%s "
	     "layer %d priority %d moment %d to %d keep %llu lasting %llu:%s",
	     (int)(k - sc->sketch), k->called, k->name, k->uid, k->except, k->asks,
	     k->gives, !k->of_threads ? "" : k->of_main ? " main" :
	     k->by_pattern ? " w*" : " x",
	     whens[k->when], lines[k->lineage], k->drifts ? " rss" : "",
	     k->is_function ? " function" : "", k->insist ? " insist" : "",
	     (int)k->layer, (int)k->priority, (int)k->moment, (int)k->to,
	     (unsigned long long)(k->keep_ns / MS),
	     (unsigned long long)(k->lasting_ns / MS), wants);
}

void scene_tell(const struct scene *sc)
{
	for (uint32_t i = 0; i < sc->count; i++)
		sketch_tell(sc, &sc->sketch[i]);
}

void limits_tell(void)
{
	const struct limit_rates *l = &play.limits;

	tell("limits: task %u/%llums rule %u/%llums machine %u/%llums dwell "
	     "%llums", (unsigned)l->task.at_once,
	     (unsigned long long)(l->task.each_ns / MS),
	     (unsigned)l->rule.at_once,
	     (unsigned long long)(l->rule.each_ns / MS),
	     (unsigned)l->machine.at_once,
	     (unsigned long long)(l->machine.each_ns / MS),
	     (unsigned long long)(l->dwell_ns / MS));
}
