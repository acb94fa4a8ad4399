/* facts.c -- the rows of fact.def, and the upkeep of what was read. */

#include "model/facts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

/* All are cut from the one buffer that cmdline points to. */
#define COMMAND_LINE (FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args) | \
                      FACT_BIT(FACT_title))

const struct fact_row fact_rows[FACT_COUNT] = {
#define FACT(name, type, unit, source, rank, drift_ms, step, text) \
	{ #name, FACT_TYPE_##type, FACT_UNIT_##unit, FACT_SOURCE_##source, \
	  FACT_RANK_##rank, drift_ms, step, text },
#include "model/fact.def"
#undef FACT
};

const char *const app_env_names[APP_ENV_NAMES] = {
	"FLATPAK_ID", "APPIMAGE", "APPDIR", "GIO_LAUNCHED_DESKTOP_FILE",
	"GIO_LAUNCHED_DESKTOP_FILE_PID",
};

int fact_find(const char *name, enum fact *ret_fact)
{
	for (int f = 0; f < FACT_COUNT; f++)
		if (strcmp(fact_rows[f].name, name) == 0) {
			*ret_fact = (enum fact)f;
			return 0;
		}
	return -ENOENT;
}

const char *fact_nearest(const char *name)
{
	const char *names[FACT_COUNT];

	for (int f = 0; f < FACT_COUNT; f++)
		names[f] = fact_rows[f].name;
	return nearest(name, names, FACT_COUNT);
}

bool fact_is_number(enum fact f)
{
	return fact_rows[f].type == FACT_TYPE_NUMBER ||
	       fact_rows[f].type == FACT_TYPE_BOOL;
}

int64_t fact_in_step(enum fact f, int64_t value)
{
	return value - value % fact_rows[f].step;
}

int fact_parse(enum fact f, const char *text, int64_t *ret_value)
{
	int r = -EINVAL;

	switch (fact_rows[f].unit) {
	case FACT_UNIT_PLAIN:   break;
	case FACT_UNIT_NS:      r = text_duration(text, ret_value); break;
	case FACT_UNIT_BYTES:   r = text_size(text, ret_value); break;
	case FACT_UNIT_PERCENT: r = text_whole_percent(text, ret_value); break;
	case FACT_UNIT_RATE:    r = text_rate(text, ret_value); break;
	}
	return r < 0 ? -EINVAL : 0;
}

static void command_line_drop(struct facts *f)
{
	free(f->cmdline);
	f->cmdline = NULL;
	f->cmdline_bytes = 0;
	f->titled = false;
}

static void env_drop(struct facts *f)
{
	free(f->env);
	f->env = NULL;
	f->env_bytes = f->env_all_bytes = 0;
}

static const struct {
	enum fact fact;
	size_t    at, room;
} texts[] = {
	{ FACT_exe,    offsetof(struct facts, exe),    PATH_KEEP },
	{ FACT_name,   offsetof(struct facts, name),   NAME_KEEP },
	{ FACT_user,   offsetof(struct facts, user),   NAME_KEEP / 4 },
	{ FACT_group,  offsetof(struct facts, group),  NAME_KEEP / 4 },
	{ FACT_cgroup, offsetof(struct facts, cgroup), PATH_KEEP },
	{ FACT_unit,   offsetof(struct facts, unit),   NAME_KEEP },
};

#define TEXTS (sizeof texts / sizeof *texts)

static size_t text_row(enum fact fact)
{
	size_t i = 0;

	while (i < TEXTS && texts[i].fact != fact)
		i++;
	assert(i < TEXTS);
	return i;
}

static char *text_at(const struct facts *f, size_t i)
{
	char *text;

	memcpy(&text, (const char *)f + texts[i].at, sizeof text);
	return text;
}

static void text_put(struct facts *f, size_t i, char *text)
{
	free(text_at(f, i));
	memcpy((char *)f + texts[i].at, &text, sizeof text);
}

const char *facts_text(const struct facts *f, enum fact fact)
{
	const char *text = text_at(f, text_row(fact));

	return text == NULL ? "" : text;
}

void facts_tell(struct facts *f, enum fact fact, const char *text)
{
	size_t      i = text_row(fact);
	const char *before = text_at(f, i);
	char        kept[PATH_KEEP];

	(void)text_copy(kept, texts[i].room, text);
	if (before == NULL || strcmp(before, kept) != 0)
		text_put(f, i, strdup(kept));
	*(text_at(f, i) != NULL ? &f->known : &f->unreadable) |=
		FACT_BIT(fact);
}

void facts_clear(struct facts *f)
{
	for (size_t i = 0; i < TEXTS; i++)
		text_put(f, i, NULL);
	command_line_drop(f);
	env_drop(f);
	f->known = 0;
	f->unreadable = 0;
}

/* A buffer goes when none of its readers counts on it any more. */
void facts_forget(struct facts *f, uint64_t which)
{
	f->known &= ~which;
	f->unreadable &= ~which;
	if ((which & COMMAND_LINE) != 0 && (f->known & COMMAND_LINE) == 0)
		command_line_drop(f);
	if ((which & FACT_BIT(FACT_env)) != 0)
		env_drop(f);
}

/* Two looks too close to each other say little: the first of them counts on. */
void meter_look(struct meter *m, uint64_t now_ns, uint64_t total,
                uint64_t scale)
{
	uint64_t took_ns = now_ns - m->at_ns;

	if (m->begun && total >= m->total && now_ns >= m->at_ns) {
		if (took_ns < METER_LEAST_NS)
			return;
		m->rate = (int64_t)((double)(total - m->total) *
		                    (double)scale / (double)took_ns);
		m->known = true;
	}
	m->at_ns = now_ns;
	m->total = total;
	m->begun = true;
}
