/* memory_group.c -- a control group whose memory has a limit: what is left of
 * it, and news that it shrinks. */

#include "os/linux/host/memory_group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"

#define STAT_BYTES 8192

/* Percent of the limit, in rising order: at the first little is left enough for
 * its pace to count. */
static const unsigned told_shares[] = { 75, 85, 92, 96 };

static int file_read_in(const struct memory_group *g, const char *file,
                        char *text, size_t size)
{
	char path[2 * PATH_KEEP + 64];

	snprintf(path, sizeof path, "%s/%s", g->folder, file);
	return path_read(path, text, size);
}

/* "max" is no limit. */
static bool number_read_in(const struct memory_group *g, const char *file,
                           uint64_t *ret_number)
{
	char text[64], *end;

	if (file_read_in(g, file, text, sizeof text) < 0)
		return false;
	*ret_number = strtoull(text, &end, 10);
	return end != text;
}

/* The number on the line that begins with the word; 0 where there is none. */
static uint64_t line_of(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; at != NULL && *at != '\0';
	     at = strchr(at, '\n'), at += at != NULL)
		if (strncmp(at, word, n) == 0 && at[n] == ' ')
			return strtoull(at + n, NULL, 10);
	return 0;
}

/* What can be had at once: pages of files, on either list. */
static uint64_t cached_bytes(const struct memory_group *g)
{
	char text[STAT_BYTES];

	if (file_read_in(g, "memory.stat", text, sizeof text) < 0)
		return 0;
	return g->unified ? line_of(text, "inactive_file") +
	                    line_of(text, "active_file")
	                  : line_of(text, "total_inactive_file") +
	                    line_of(text, "total_active_file");
}

/* Above memory.high everybody in it is slowed down until they hardly run, so
 * that is an end as well. */
static uint64_t limit_bytes(const struct memory_group *g)
{
	uint64_t limit = UINT64_MAX, high;

	if (!g->unified)
		return number_read_in(g, "memory.limit_in_bytes", &limit)
		       ? limit : UINT64_MAX;
	(void)number_read_in(g, "memory.max", &limit);
	if (number_read_in(g, "memory.high", &high) && high < limit)
		limit = high;
	return limit;
}

/* Where nobody is killed, those who want more stand still until there is. */
static bool is_empty(const struct memory_group *g)
{
	char text[256];

	return !g->unified &&
	       file_read_in(g, "memory.oom_control", text, sizeof text) >= 0 &&
	       line_of(text, "under_oom") != 0;
}

void memory_group_open(struct memory_group *g, const char *folder, bool unified)
{
	*g = (struct memory_group){ .unified = unified,
	                            .news = { -1, NULL, NULL } };
	text_copy(g->folder, sizeof g->folder, folder);
}

void memory_group_read(struct memory_group *g, uint64_t now_ns,
                       uint64_t most_bytes)
{
	uint64_t limit = limit_bytes(g), usage, cached;

	if (limit == 0 || limit >= most_bytes ||
	    !number_read_in(g, g->unified ? "memory.current"
	                                  : "memory.usage_in_bytes", &usage)) {
		supply_forget(&g->supply);
		return;
	}
	cached = cached_bytes(g);
	usage -= cached < usage ? cached : usage;
	if (usage > limit || is_empty(g))
		usage = limit;
	supply_note(&g->supply, now_ns, limit, limit - usage);
}

/* "<eventfd> <file> [bytes]" */
static int ask_old(const struct memory_group *g, const char *file,
                   uint64_t bytes)
{
	char path[2 * PATH_KEEP + 64], text[64];
	int  about, control, n, r = 0;

	snprintf(path, sizeof path, "%s/%s", g->folder, file);
	about = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof path, "%s/cgroup.event_control", g->folder);
	control = open(path, O_WRONLY | O_CLOEXEC);
	n = snprintf(text, sizeof text, bytes == 0 ? "%d %d" : "%d %d %" PRIu64,
	             g->news.fd, about, bytes);
	if (about < 0 || control < 0 || write(control, text, (size_t)n) < 0)
		r = -errno;
	if (about >= 0)
		close(about);
	if (control >= 0)
		close(control);
	return r;
}

/* The kernel knows the eventfd until it is closed. */
static int news_open_old(struct memory_group *g)
{
	int r = 0;

	g->news.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (g->news.fd < 0)
		return -errno;
	for (size_t i = 0; i < sizeof told_shares / sizeof *told_shares &&
	                   r == 0; i++)
		r = ask_old(g, "memory.usage_in_bytes",
		            g->supply.total_bytes / 100 * told_shares[i]);
	return r < 0 ? r : ask_old(g, "memory.oom_control", 0);
}

static int news_open_unified(struct memory_group *g)
{
	char path[2 * PATH_KEEP + 64];

	snprintf(path, sizeof path, "%s/memory.events", g->folder);
	g->news.fd = open(path, O_RDONLY | O_CLOEXEC);
	return g->news.fd < 0 ? -errno : 0;
}

static void news_close(struct memory_group *g, struct linux_os *os)
{
	linux_source_forget(os, &g->news);
	if (g->news.fd >= 0)
		close(g->news.fd);
	g->news.fd = -1;
	g->told_of_bytes = 0;
}

/* An event file says that it changed until it is read. */
static void news_forget(const struct memory_group *g)
{
	char text[STAT_BYTES];

	if (pread(g->news.fd, text, sizeof text, 0) < 0)
		return;         /* nothing was told, then                     */
}

void memory_group_arm(struct memory_group *g, struct linux_os *os,
                      int (*ready)(void *self, struct linux_os *os,
                                   uint32_t what), void *self)
{
	int r = 0;

	if (g->news.fd >= 0 && g->told_of_bytes != g->supply.total_bytes)
		news_close(g, os);
	if (g->supply.total_bytes == 0)
		return;
	if (g->news.fd < 0)
		r = g->unified ? news_open_unified(g) : news_open_old(g);
	g->told_of_bytes = g->supply.total_bytes;
	g->news.ready = ready;
	g->news.self = self;
	if (r == 0) {
		news_forget(g);
		r = linux_source_watch(os, &g->news,
		                       g->unified ? EPOLLPRI : EPOLLIN);
	}
	if (r < 0)
		news_close(g, os);
}

void memory_group_rest(struct memory_group *g, struct linux_os *os)
{
	linux_source_forget(os, &g->news);
}

void memory_group_close(struct memory_group *g, struct linux_os *os)
{
	news_close(g, os);
}
