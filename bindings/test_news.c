/* test_news.c -- news on their way from one process to another. */

#include "test_news.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TEXTS     3
#define TEXT_MOST ((uint32_t)128 << 10)

/* As it lies in the pipe, followed by the texts. */
struct wire_news {
	uint32_t kind, file, index, well;
	int32_t  line;
	uint32_t bytes[TEXTS];          /* of each text, without its NUL      */
	uint64_t ns;
};

void news_send(FILE *out, const struct news *n)
{
	const char      *text[TEXTS] = { n->name, n->sentence, n->lines };
	struct wire_news w = { .kind = n->kind, .file = n->file,
	                       .index = n->index, .well = n->well,
	                       .line = n->line, .ns = n->ns };

	for (int i = 0; i < TEXTS; i++)
		if (text[i] != NULL)
			w.bytes[i] = (uint32_t)strnlen(text[i], TEXT_MOST);
	fwrite(&w, sizeof w, 1, out);
	for (int i = 0; i < TEXTS; i++)
		if (w.bytes[i] > 0)
			fwrite(text[i], 1, w.bytes[i], out);
}

static bool is_sound(const struct wire_news *w)
{
	for (int i = 0; i < TEXTS; i++)
		if (w->bytes[i] > TEXT_MOST)
			return false;
	return w->kind < NEWS_KINDS && w->line >= 0;
}

/* Each line by itself, so that their ends stay. */
static void lines_clean(char *text)
{
	for (char *end; text != NULL; text = end) {
		end = strchr(text, '\n');
		if (end != NULL)
			*end = '\0';
		text_clean(text);
		if (end != NULL)
			*end++ = '\n';
	}
}

/* All texts, each with a NUL of ours behind it. */
static bool texts_read(struct news_reader *r, const struct wire_news *w,
                       char **ret_text)
{
	size_t room = TEXTS;
	char  *at;

	for (int i = 0; i < TEXTS; i++)
		room += w->bytes[i];
	at = realloc(r->text, room);
	if (at == NULL)
		return false;
	r->text = at;
	for (int i = 0; i < TEXTS; i++) {
		if (fread(at, 1, w->bytes[i], r->in) != w->bytes[i])
			return false;
		at[w->bytes[i]] = '\0';
		ret_text[i] = at;
		at += w->bytes[i] + 1;
	}
	return true;
}

int news_next(struct news_reader *r, struct news *ret_news)
{
	struct wire_news w;
	char            *text[TEXTS];

	if (fread(&w, sizeof w, 1, r->in) != 1 || !is_sound(&w) ||
	    !texts_read(r, &w, text))
		return 0;
	*ret_news = (struct news){
		.kind = (enum news_kind)w.kind, .file = w.file,
		.index = w.index, .line = w.line, .well = w.well != 0,
		.ns = w.ns, .name = text[0], .sentence = text[1],
		.lines = text[2],
	};
	text_clean(text[0]);
	text_clean(text[1]);
	lines_clean(text[2]);
	return 1;
}

void news_close(struct news_reader *r)
{
	free(r->text);
	if (r->in != NULL)
		fclose(r->in);
	*r = (struct news_reader){ 0 };
}
