/* show.c -- changes as lines that people or programs read. */

#include "command/show.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "command/command.h"

#define LINE_MAX_BYTES 2048
#define PATIENCE_MS    1000

static void take_line(struct show *s, const char *line, size_t bytes)
{
	if (s->used + bytes > sizeof s->line)
		show_flush(s);
	memcpy(s->line + s->used, line, bytes);
	s->used += bytes;
	s->lines++;
}

static void wait_for_reader(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	poll(&out, 1, PATIENCE_MS);
}

void show_flush(struct show *s)
{
	if (s->used != 0 && s->file != NULL) {
		log_file_put(s->file, s->line, s->used);
		s->used = s->lines = 0;
	}
	if (s->used != 0 && s->patient)
		wait_for_reader();
	if (s->used != 0 &&
	    !log_write(STDOUT_FILENO, s->line, (uint32_t)s->used))
		s->dropped += s->lines;
	s->used = 0;
	s->lines = 0;
}

/* A reason is long and the same for many: in full the first time. */
static const char *reason_text(struct show *s, const struct change *c,
                               char *out, size_t size)
{
	uint32_t sum = text_crc32(0, c->why, strlen(c->why)) | 1;

	out[0] = '\0';
	if (c->why[0] == '\0')
		return out;
	for (int i = 0; i < SHOW_REASONS; i++) {
		if (s->said[i] == sum)
			return out;
		if (s->said[i] == 0) {
			s->said[i] = sum;
			break;
		}
	}
	snprintf(out, size, " (%s)", c->why);
	return out;
}

/* The C library looks the time zone up again each time; once a
 * second will do. */
static const char *clock_text(struct show *s)
{
	time_t    now = time(NULL);
	struct tm tm;

	if (now != s->second && localtime_r(&now, &tm) != NULL) {
		strftime(s->clock, sizeof s->clock,
		         s->json ? "%Y-%m-%dT%H:%M:%S%z" : "%H:%M:%S", &tm);
		s->second = now;
	}
	return s->clock;
}

static const char *value_text(const struct show *s, enum setting setting,
                              int64_t value, char *out, size_t size)
{
	return setting_print(setting, value, s->sets, out, size);
}

static void change_as_json(struct show *s, const struct change *c,
                           const struct rule_label *rule)
{
	char        line[LINE_MAX_BYTES], value[VALUE_TEXT_MAX];
	struct json j;
	int64_t     bytes;

	json_begin(&j, line, sizeof line);
	json_text(&j, "at", clock_text(s));
	json_text(&j, "event", "change");
	json_number(&j, "pid", c->whom.pid);
	json_number(&j, "tid", task_id_known(c->whom).tid);
	if (task_id_is_main(c->whom))
		json_bool(&j, "main", true);
	json_text(&j, "name", c->name);
	json_text(&j, "setting", setting_rows[c->setting].name);
	json_text(&j, "before", value_text(s, c->setting, c->before, value,
	                                   sizeof value));
	json_text(&j, "wanted", value_text(s, c->setting, c->wanted, value,
	                                   sizeof value));
	json_text(&j, "now", value_text(s, c->setting, c->now, value,
	                                sizeof value));
	json_text(&j, "effect", effect_name(c->effect));
	json_text(&j, "why", c->why);
	json_number(&j, "threads", c->threads);
	json_bool(&j, "foreign", c->foreign);
	if (s->observe)
		json_bool(&j, "observed", true);
	if (c->fought)
		json_number(&j, "fight", c->rounds);
	if (c->rule != RULE_NONE) {
		json_text(&j, "rule", rule->name);
		json_text(&j, "file", rule->file);
		json_number(&j, "line", rule->line);
		if (rule->voice[0] != '\0')
			json_text(&j, "of", rule->voice);
	}
	bytes = json_end(&j);
	if (bytes > 0)
		take_line(s, line, (size_t)bytes);
}

static const char *cause_text(const struct change *c,
                              const struct rule_label *rule, char *out,
                              size_t size)
{
	if (c->foreign)
		return "somebody else changed it";
	if (c->rule == RULE_NONE)
		return "back to what it was";
	if (rule->voice[0] == '\0')
		return rule->name;
	snprintf(out, size, "%s: %s", rule->voice, rule->name);
	return out;
}

/* Programs choose their names, and a terminal obeys what it is sent. */
static const char *who_text(const struct change *c, char *out, size_t size)
{
	if (task_id_is_thread(c->whom))
		snprintf(out, size, "%.32s[%d/%d]", c->name, (int)c->whom.pid,
		         (int)task_id_known(c->whom).tid);
	else
		snprintf(out, size, "%.32s[%d]", c->name, (int)c->whom.pid);
	text_clean(out);
	return out;
}

/* Whether the knob has, or would have, what was wanted rather than what it has
 * now. */
static bool shows_wanted(const struct show *s, const struct change *c)
{
	return !c->foreign && (s->observe || c->effect == EFFECT_DENIED ||
	                       c->effect == EFFECT_UNSUPPORTED);
}

/* Somebody else writes it too. */
static const char *fight_text(const struct change *c)
{
	static char text[64];

	snprintf(text, sizeof text, "set again, somebody else writes it too "
	         "(%u)", (unsigned)c->rounds);
	return text;
}

static const char *effect_text(const struct show *s, const struct change *c)
{
	if (c->fought && c->effect != EFFECT_DENIED)
		return fight_text(c);
	if (c->foreign)
		return "left alone";
	if (s->observe && c->effect == EFFECT_APPLIED)
		return "would be applied";
	if (s->observe && c->effect == EFFECT_INERT)
		return "would be inert";
	return effect_name(c->effect);
}

static void change_as_text(struct show *s, const struct change *c,
                           const struct rule_label *rule)
{
	char line[LINE_MAX_BYTES], who[64], reason[200] = "";
	char before[VALUE_TEXT_MAX], after[VALUE_TEXT_MAX], cause[300];
	int  n;

	if (!c->foreign)
		reason_text(s, c, reason, sizeof reason);
	n = snprintf(line, sizeof line, "%s  %-24s %-14s %s -> %s  %s%s  %s\n",
	             clock_text(s), who_text(c, who, sizeof who),
	             setting_rows[c->setting].name,
	             value_text(s, c->setting, c->before, before, sizeof before),
	             value_text(s, c->setting, shows_wanted(s, c) ? c->wanted
	                                                          : c->now,
	                        after, sizeof after),
	             effect_text(s, c), reason,
	             cause_text(c, rule, cause, sizeof cause));
	if (n > 0 && (size_t)n < sizeof line)
		take_line(s, line, (size_t)n);
}

/* What was so already is no change; programs are told of it all the same. */
void show_change(struct show *s, const struct change *c,
                 const struct rule_label *rule)
{
	if (s->json)
		change_as_json(s, c, rule);
	else if (c->effect != EFFECT_ALREADY)
		change_as_text(s, c, rule);
}

void show_note(struct show *s, const char *event, const char *sentence)
{
	char        line[LINE_MAX_BYTES];
	struct json j;
	int64_t     bytes;

	if (!s->json) {
		bytes = snprintf(line, sizeof line, "pqs: %s\n", sentence);
		if (bytes >= (int64_t)sizeof line)
			bytes = (int64_t)sizeof line - 1;
	} else {
		json_begin(&j, line, sizeof line);
		json_text(&j, "at", clock_text(s));
		json_text(&j, "event", event);
		json_text(&j, "text", sentence);
		bytes = json_end(&j);
	}
	if (bytes > 0)
		take_line(s, line, (size_t)bytes);
}

int show_undone(struct show *s, const char *what, int n, size_t left,
                size_t refused)
{
	char sentence[240], more[60] = "";

	if (refused > 0)
		snprintf(more, sizeof more, ", %zu that could not be put back",
		         refused);
	snprintf(sentence, sizeof sentence, "%s%s%d settings put back, %zu left "
	         "as somebody else had set them%s", what == NULL ? "" : what,
	         what == NULL ? "" : ": ", n, left, more);
	show_note(s, "undo", sentence);
	return left > 0 || refused > 0 ? EXIT_LEFT : EXIT_OK;
}
