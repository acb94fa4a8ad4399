/* kept.c -- rows that were made at once, and are sent as they are read. */

#include <stdlib.h>
#include <string.h>

#include "control/session.h"

void kept_begin(struct session *s, struct json *row, const char *kind)
{
	json_begin(row, s->control->row, sizeof s->control->row);
	json_text(row, "row", kind);
}

static bool make_room(struct session *s, size_t n)
{
	size_t size = s->kept.size;
	char  *more;

	while (size - s->kept.used < n)
		size = size == 0 ? VISIT_ROW_MAX : 2 * size;
	if (size == s->kept.size)
		return true;
	if (size > KEPT_BYTES_MAX)
		return false;
	more = realloc(s->kept.text, size);
	if (more == NULL)
		return false;
	s->kept.text = more;
	s->kept.size = size;
	return true;
}

/* What has no room is left out, and counted. */
void kept_end(struct session *s, struct json *row)
{
	if (row->cut || !make_room(s, row->used + 1)) {
		s->control->counts.rows_left_out++;
		return;
	}
	memcpy(s->kept.text + s->kept.used, row->out, row->used);
	s->kept.used += row->used;
	s->kept.text[s->kept.used++] = '\0';
}

void kept_clear(struct session *s)
{
	free(s->kept.text);
	s->kept.text = NULL;
	s->kept.used = s->kept.size = s->kept.at = 0;
}

int kept_row(struct session *s, struct json *row)
{
	const char *text;

	if (s->kept.at == s->kept.used) {
		s->kept.at = s->kept.used = 0;
		return 0;
	}
	text = s->kept.text + s->kept.at;
	row->used = strlen(text);
	memcpy(row->out, text, row->used + 1);
	s->kept.at += row->used + 1;
	return 1;
}
